"""All formats of labels; a new one is a file of its own and a row here."""

from __future__ import annotations

from rpn_core.errors import UserError
from rpn_core.labels.format import Format
from rpn_core.labels.formats.coco import COCO
from rpn_core.labels.formats.createml import CREATEML
from rpn_core.labels.formats.csv_boxes import CSV
from rpn_core.labels.formats.cvat import CVAT
from rpn_core.labels.formats.dota import DOTA
from rpn_core.labels.formats.keras_lines import KERAS_LINES
from rpn_core.labels.formats.kitti import KITTI
from rpn_core.labels.formats.labelme import LABELME
from rpn_core.labels.formats.mot import MOT
from rpn_core.labels.formats.via import VIA
from rpn_core.labels.formats.visdrone import VISDRONE
from rpn_core.labels.formats.voc import VOC
from rpn_core.labels.formats.wider_face import WIDER_FACE
from rpn_core.labels.formats.yolo import YOLO
from rpn_core.messages import Message, msg

# Where a single file could be of several formats, the first of them reads it.
FORMATS: tuple[Format, ...] = (
    COCO,
    VOC,
    YOLO,
    CSV,
    LABELME,
    VIA,
    CVAT,
    CREATEML,
    KITTI,
    VISDRONE,
    DOTA,
    MOT,
    KERAS_LINES,
    WIDER_FACE,
)


def find_format(key: str) -> Format:
    """Look one up by its key. Raises UserError when there is none of this name."""
    for form in FORMATS:
        if form.key == key:
            return form
    raise UserError(
        "There is no format of labels {key!r}: choose one of {formats}.",
        key=key[:40],
        formats=tuple(form.key for form in FORMATS),
    )


def any_format() -> Message:
    """What to give where any format will do, for a sentence.

    >>> str(any_format()).split(", ")[:3]
    ['COCO JSON', 'Pascal VOC XML', 'YOLO txt (with data.yaml and the images)']
    """
    *before, last = (form.wanted for form in FORMATS)
    return msg("{formats} or {last}", formats=tuple(before), last=last)
