"""Pascal VOC: one XML file per image.

VOC counts pixels from 1 and names the first and the last one inside a box (devkit_doc.pdf, sec.
"Annotation"): an object over the whole width W has xmin 1 and xmax W. As edges, which boxes are
everywhere else here, that is x1 = xmin - 1 and x2 = xmax; detectron2 reads it the same way. Many
tools write this format and count from 0, so a set in which any xmin or ymin is below 1 is read as
edges already, and a remark says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from rpn_core.counts import part_of_boxes
from rpn_core.errors import UserError
from rpn_core.labels.finding import Rule, Severity, of_data_set
from rpn_core.labels.format import Format, ReadLabels, Texts, the_only
from rpn_core.labels.label_set import label_set
from rpn_core.labels.stores.files import read_file, read_start
from rpn_core.labels.stores.image_source import without_suffix
from rpn_core.messages import Message, msg, nmsg
from rpn_core.photo.file_name import display_name
from rpn_core.progress import Progress, told

MAX_XML_BYTES = 4 << 20  # of one file; 10,000 objects need 3 MB
_MAX_SIDE = 1 << 31
_PEEK = 4096
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
COUNTS_FROM_0 = Rule(
    "counts-from-0",
    Severity.NOTE,
    msg("Pixels are counted from 0"),
    msg("Nothing: the boxes are read as edges, without VOC's shift by one pixel."),
    msg("Write xmin and ymin from 1 on if this tool is to read them as VOC's own."),
)
OTHER_XML = Rule(
    "other-xml",
    Severity.NOTE,
    msg("XML file that is no annotation"),
    msg("Nothing: it is passed over."),
    msg("Take it out of the data set."),
)


@dataclass(slots=True)
class _Rows:
    """What the files read so far have said."""

    names: list[str]
    sizes: list[tuple[int, int]]
    boxes: list[list[float]]
    image: list[int]
    category: list[int]
    difficult: list[bool]
    categories: dict[str, int]


def _read(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    """Read the boxes of VOC XML files; image sets (lists of names) are not asked.

    Parts of objects are passed over. An object whose bndbox is missing or no four numbers becomes
    a box of NaN, for the linter. A file without a name of its image means the image of its own
    name.

    Args:
        names: of the XML files.
    Raises:
        UserError: none of them is an annotation; one is not XML, or has entities or a document
            type, which can make a parser read other files or run out of memory.
    """
    files = texts.files
    rows = _Rows([], [], [], [], [], [], {})
    others = 0
    for name in told(names, progress):
        root = _parsed(read_file(files, name, MAX_XML_BYTES), name)
        if root.tag == "annotation":
            _add(rows, root, name)
        else:
            others += 1
            other_tag = root.tag
    if not rows.names:
        shown = files.shown if len(names) > 1 else display_name(names[0])
        raise UserError(
            "{file} is XML, but with <{tag}> on top where Pascal VOC has <annotation>: export the "
            "boxes as Pascal VOC or COCO.",
            file=shown,
            tag=str(other_tag)[:40],
        )
    remarks = [of_data_set(OTHER_XML, _files, others, count=min(others, 1))]
    boxes = np.array(rows.boxes, np.float64).reshape(-1, 4)
    with np.errstate(invalid="ignore"):
        below = int((boxes[:, :2] < 1).any(1).sum())
    if below:
        remarks.append(of_data_set(COUNTS_FROM_0, _below_1, below, len(boxes)))
    else:
        boxes[:, :2] -= 1
    labels = label_set(
        tuple(rows.names),
        boxes,
        np.array(rows.image, np.int64),
        sizes_hw=np.array(rows.sizes, np.int64).reshape(-1, 2),
        categories=tuple(rows.categories),
        category=np.array(rows.category, np.int64),
        difficult=np.array(rows.difficult, bool),
    )
    return ReadLabels(labels, tuple(remark for remark in remarks if len(remark)))


def _files(count: float) -> Message:
    return nmsg("{count} file", "{count} files", count=int(count))


def _below_1(below: float, boxes: float) -> Message:
    return msg("xmin or ymin is below 1 in {boxes}", boxes=part_of_boxes(int(below), int(boxes)))


def _parsed(data: bytes, name: str) -> Element:
    shown = display_name(name)
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise UserError(
            "{file} declares a document type or entities, which annotations do not need and "
            "which can do harm: take the declaration out.",
            file=shown,
        ) from None
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise UserError(
            "{file} is not whole XML ({reason}): copy or export it again.",
            file=shown,
            reason=str(error)[:100],
        ) from None
    return root


def _add(rows: _Rows, root: Element, name: str) -> None:
    place = len(rows.names)
    named = (root.findtext("filename") or "").strip().replace("\\", "/")
    rows.names.append(named or without_suffix(name).rpartition("/")[2])
    size = root.find("size")
    rows.sizes.append((0, 0) if size is None else (_side(size, "height"), _side(size, "width")))
    if 0 in rows.sizes[-1]:  # half a size is none
        rows.sizes[-1] = (0, 0)
    for entry in root.iterfind("object"):
        box = entry.find("bndbox")
        rows.boxes.append(
            [math.nan] * 4 if box is None else [_number(box, corner) for corner in _CORNERS]
        )
        rows.image.append(place)
        category = (entry.findtext("name") or "").strip()
        rows.category.append(
            rows.categories.setdefault(category, len(rows.categories)) if category else -1
        )
        rows.difficult.append(_number(entry, "difficult") == 1)


def _number(parent: Element, tag: str) -> float:
    try:
        return float(parent.findtext(tag) or "nan")
    except ValueError:
        return math.nan


def _side(parent: Element, tag: str) -> int:
    side = _number(parent, tag)
    return int(side) if 1 <= side < _MAX_SIDE else 0


def _find(texts: Texts) -> Sequence[str]:
    found = texts.ending_in(".xml")
    return (
        found
        if any(b"<annotation>" in read_start(texts.files, one, _PEEK) for one in found)
        else []
    )


_TITLE = msg("Pascal VOC XML")
VOC = Format("voc", _TITLE, _TITLE, (".xml",), _find, _read, lambda texts: the_only(texts, ".xml"))
