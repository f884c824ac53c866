"""A small data set for visitors without one: boxes drawn for five of the sample photos."""

from __future__ import annotations

import hashlib

from rpn_core.labels.formats.coco import COCO, read_coco_labels
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.labels.stores.files import FolderFiles
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.messages import msg
from rpn_core.photo.samples import FOLDER

NAME = msg("Sample photos")
_FILE = "labels.json"


def example_labels() -> LoadedLabels:
    """Open the bundled example: long, round, large, small and overlapping objects.

    >>> example = example_labels()
    >>> len(example.labels.names), len(example.images.names) > 5
    (5, True)
    """
    data = (FOLDER / _FILE).read_bytes()
    read = read_coco_labels(data, _FILE)
    images = ImageSource(FolderFiles(FOLDER))
    sha256 = hashlib.sha256(b"example" + data).hexdigest()
    return LoadedLabels(
        read.labels, images, NAME, sha256, hashlib.sha256(data).hexdigest(), COCO, read.remarks
    )
