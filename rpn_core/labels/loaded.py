"""A data set as it was opened: its boxes, its images, and what its reader had to say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rpn_core.labels.finding import Findings
from rpn_core.labels.label_set import LabelSet
from rpn_core.labels.stores.files import Shown
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.messages import Message, msg


class Format(StrEnum):
    """How the boxes were written down."""

    COCO = "coco"
    VOC = "voc"
    YOLO = "yolo"
    CSV = "csv"

    @property
    def label(self) -> Message:
        """For people.

        >>> str(Format("voc").label)
        'Pascal VOC XML'
        """
        return _LABELS[self]


_LABELS = {
    Format.COCO: msg("COCO JSON"),
    Format.VOC: msg("Pascal VOC XML"),
    Format.YOLO: msg("YOLO txt"),
    Format.CSV: msg("CSV"),
}


@dataclass(frozen=True, eq=False, slots=True)
class ReadLabels:
    """What a reader makes of the files of one format.

    Attributes:
        labels: every box that can be told, right or wrong.
        remarks: what could not be told, or had to be decided.
    """

    labels: LabelSet
    remarks: tuple[Findings, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class LoadedLabels:
    """A data set in force.

    Attributes:
        labels: its boxes; sizes that the annotations lack are read from the images' headers.
        images: the images, as far as they came.
        name: what it was called, for people; never a path.
        sha256: of the annotation files' bytes and, for uploads, of all files: the key of caches.
        form: how the boxes were written.
        remarks: of the reader; `lint` shows them with its own findings.
    """

    labels: LabelSet
    images: ImageSource
    name: Shown
    sha256: str
    form: Format
    remarks: tuple[Findings, ...] = ()
