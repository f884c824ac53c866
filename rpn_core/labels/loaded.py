"""A data set as it was opened: its boxes, its images, and what its reader had to say."""

from __future__ import annotations

from dataclasses import dataclass

from rpn_core.labels.finding import Findings
from rpn_core.labels.format import Format
from rpn_core.labels.label_set import LabelSet
from rpn_core.labels.stores.files import Shown
from rpn_core.labels.stores.image_source import ImageSource


@dataclass(frozen=True, eq=False, slots=True)
class LoadedLabels:
    """A data set in force.

    Attributes:
        labels: its boxes; sizes that the annotations lack are read from the images' headers.
        images: the images, as far as they came.
        name: what it was called, for people; never a path.
        sha256: of the annotation files' bytes and, for uploads, of all files: the key of caches.
        boxes_sha256: of the files with the boxes alone, wherever they lie: of one file its own
            digest. "" for uploads, of which `sha256` says all.
        form: how the boxes were written.
        remarks: of the reader; `lint` shows them with its own findings.
    """

    labels: LabelSet
    images: ImageSource
    name: Shown
    sha256: str
    boxes_sha256: str
    form: Format
    remarks: tuple[Findings, ...] = ()
