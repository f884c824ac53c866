"""Why no format of boxes was found among a data set's files: what they are instead.

The same is said of one file, of a folder and of a zip.
"""

from __future__ import annotations

from collections.abc import Sequence

from rpn_core.errors import UserError
from rpn_core.labels.format import Format, Texts
from rpn_core.labels.formats.json_kinds import NAMED, json_kind
from rpn_core.labels.formats.xml_text import first_tag
from rpn_core.messages import Message, msg
from rpn_core.photo.file_name import display_name
from rpn_core.photo.kinds import is_image_name, suffix_of
from rpn_core.progress import no_progress

_LOOKED_AT = 50  # files; more say no more
_BY_CONTENT = (".json", ".xml", ".csv", ".tsv")
_XML: dict[str, tuple[Message, Message]] = {
    "HRSCImage": (
        msg("the XML of HRSC2016"),
        msg("convert it to COCO with mmrotate's script tools/data/hrsc"),
    ),
    "dataset": (
        msg("dlib's imglab XML"),
        msg("run `imglab --convert` the other way, or write Pascal VOC XML"),
    ),
    "opencv_storage": (msg("OpenCV's own XML"), msg("write the boxes as Pascal VOC XML or CSV")),
}
_ENDINGS: dict[str, tuple[Message, Message]] = {
    ".tfrecord": (
        msg("TFRecord, which only TensorFlow reads"),
        msg("export the data set as COCO, Pascal VOC or YOLO where it was made"),
    ),
    ".parquet": (msg("Parquet"), msg("write its table of boxes as CSV")),
    ".ndjson": (
        msg("JSON by lines, as Labelbox writes"),
        msg("convert it to COCO with Labelbox' own converter"),
    ),
    ".jsonl": (msg("JSON by lines"), msg("export the data set as COCO")),
    ".manifest": (
        msg("a manifest of SageMaker Ground Truth"),
        msg("convert it to COCO with Amazon's own script"),
    ),
    ".mat": (msg("a MATLAB file"), msg("write its boxes as CSV")),
    ".xlsx": (msg("an Excel file"), msg("save its table as CSV in UTF-8")),
}


def known_by_name(texts: Texts) -> Message | None:
    """That the files are of a format that is known and not read, if they are."""
    for name in texts.names[:_LOOKED_AT]:
        known = _known(texts, name)
        if known is not None:
            what, way = known
            return msg(
                "{file} is not read: it is {what}; {way}.",
                file=texts.files.shown if name.startswith("xl/") else display_name(name),
                what=what,
                way=way,
            )
    return None


def why_none(texts: Texts, forms: Sequence[Format]) -> Message | None:
    """What is wrong with the files, if that can be said.

    Args:
        forms: the formats that were looked for.
    """
    could_be = texts.ending_in(*_BY_CONTENT)
    if len({texts.endings[texts.names.index(name)] for name in could_be[:_LOOKED_AT]}) == 1:
        return _said_by_reader(texts, could_be[0], forms)
    if not could_be and _only_masks(texts):
        return msg(
            "{files} holds pictures in a folder of masks and no boxes: give the folder "
            "Annotations, or the masks' outlines as COCO.",
            files=texts.files.shown,
        )
    return None


def _known(texts: Texts, name: str) -> tuple[Message, Message] | None:
    if name == "xl/workbook.xml":  # an Excel file is a zip
        return _ENDINGS[".xlsx"]
    by_name = _ENDINGS.get(".tfrecord" if ".tfrecord" in name else suffix_of(name))
    if by_name is not None:
        return by_name
    ending = texts.endings[texts.names.index(name)]
    if ending == ".json":
        return NAMED.get(json_kind(texts, name))
    return _XML.get(first_tag(texts, name)) if ending == ".xml" else None


def _said_by_reader(texts: Texts, name: str, forms: Sequence[Format]) -> Message | None:
    """What the first format of this ending has to say of a file that it did not find."""
    ending = texts.endings[texts.names.index(name)]
    form = next((one for one in forms if ending in one.endings), None)
    if form is None:
        return None
    try:
        form.read(texts.strictly(), [name], no_progress)
    except UserError as error:
        return error.message
    return None


def _only_masks(texts: Texts) -> bool:
    """Whether images lie where Pascal VOC keeps segmentations."""
    return any(
        part.startswith("Segmentation") or part in ("masks", "SegmentationClass")
        for name in texts.files.names
        if is_image_name(name)
        for part in name.split("/")[:-1]
    )
