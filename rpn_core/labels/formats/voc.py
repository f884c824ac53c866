"""Pascal VOC: one XML file per image.

VOC counts pixels from 1 and names the first and the last one inside a box (devkit_doc.pdf, sec.
"Annotation"): an object over the whole width W has xmin 1 and xmax W. As edges, which boxes are
everywhere else here, that is x1 = xmin - 1 and x2 = xmax; detectron2 reads it the same way. Many
tools write this format and count from 0, so a set in which any xmin or ymin is below 1 is read as
edges already, and a remark says so.
"""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from rpn_core.counts import part_of_boxes
from rpn_core.errors import UserError
from rpn_core.labels.finding import Findings, Rule, Severity, of_data_set
from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.bad_files import BadFiles
from rpn_core.labels.formats.rows import Rows, number
from rpn_core.labels.formats.shapes import NO_BOX, Box, Drawn, around, around_turned
from rpn_core.labels.formats.xml_text import first_tag, parsed, xml_names
from rpn_core.labels.stores.files import read_file
from rpn_core.messages import Message, msg, nmsg
from rpn_core.photo.file_name import display_name
from rpn_core.photo.kinds import without_suffix
from rpn_core.progress import Progress

MAX_XML_BYTES = 4 << 20  # of one file; 10,000 objects need 3 MB
_TAG = "annotation"
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


def _read(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    """Read the boxes of VOC XML files; image sets (lists of names) are not asked.

    Parts of objects are passed over. Of an object without bndbox its robndbox (roLabelImg), polygon
    (LabelMe's XML, Roboflow) or points are bounded upright; they are edges as they stand. An object
    with none of these, or no four numbers, becomes a box of NaN, for the linter. A file without a
    name of its image means the image of its own name.

    Args:
        names: of the XML files.
    Raises:
        UserError: none of them is an annotation, or none can be read.
    """
    files = texts.files
    rows, drawn, bad = Rows(), Drawn(), BadFiles()
    counted: list[bool] = []  # in VOC's way
    others: list[str] = []

    placed: dict[str, list[str]] = {}
    for image in texts.images.names:
        placed.setdefault(image.rpartition("/")[2], []).append(image)

    def read(name: str) -> Element:
        return parsed(read_file(files, name, MAX_XML_BYTES), name)

    for name, root in bad.read(names, read, progress):
        if root.tag == _TAG:
            _add(rows, root, _named(root, name, placed), drawn, counted)
        else:
            others.append(root.tag)
    if not rows.names:
        raise UserError(
            "{file} is XML, but with <{tag}> on top where Pascal VOC has <annotation>: export the "
            "boxes as Pascal VOC or COCO.",
            file=files.shown if len(names) > 1 else display_name(names[0]),
            tag=others[-1][:40],
        )
    labels = rows.label_set()
    other = of_data_set(OTHER_XML, _files, len(others), count=min(len(others), 1))
    from_0 = _to_edges(labels.boxes, np.array(counted, bool))
    remarks = (other, from_0, *bad.remarks(), *drawn.remarks(len(counted)))
    return ReadLabels(labels, tuple(remark for remark in remarks if len(remark)))


def _to_edges(boxes: NDArray[np.float64], counted: NDArray[np.bool_]) -> Findings:
    """Take boxes that are `counted` in VOC's way to edges, in place, unless one counts from 0."""
    with np.errstate(invalid="ignore"):
        below = int((counted & (boxes[:, :2] < 1).any(1)).sum())
    if not below:
        boxes[counted, :2] -= 1
    return of_data_set(COUNTS_FROM_0, _below_1, below, int(counted.sum()), count=min(below, 1))


def _files(count: float) -> Message:
    return nmsg("{count} file", "{count} files", count=int(count))


def _below_1(below: float, boxes: float) -> Message:
    return msg("xmin or ymin is below 1 in {boxes}", boxes=part_of_boxes(int(below), int(boxes)))


def _named(root: Element, name: str, placed: Mapping[str, Sequence[str]]) -> str:
    """The image that a file is about; of several of its name the one in a folder beside.

    Args:
        name: of the file.
        placed: base name of an image -> the images that have it, with their folders.
    """
    named = (root.findtext("filename") or root.findtext("path") or "").strip()
    own = named or without_suffix(name).rpartition("/")[2]
    several = placed.get(own.replace("\\", "/").rpartition("/")[2], ())
    part = posixpath.dirname(posixpath.dirname(name))
    beside = [one for one in several if posixpath.dirname(posixpath.dirname(one)) == part]
    return beside[0] if len(several) > 1 and len(beside) == 1 else own


def _add(rows: Rows, root: Element, image_name: str, drawn: Drawn, counted: list[bool]) -> None:
    """The image of a file and its objects; of each box whether it is counted in VOC's way."""
    size = root.find("size")
    if size is None:  # LabelMe's XML has rows and columns
        width, height = root.findtext("imagesize/ncols"), root.findtext("imagesize/nrows")
    else:
        width, height = size.findtext("width"), size.findtext("height")
    image = rows.add_image(image_name, width, height)
    for entry in root.iter("object"):
        if (entry.findtext("deleted") or "").strip() == "1":  # as LabelMe's XML keeps them
            continue
        bndbox = entry.find("bndbox")
        if bndbox is not None and bndbox.find("xmin") is not None:
            box: Box = tuple(_number(bndbox, corner) for corner in _CORNERS)  # type: ignore[assignment]
            counted.append(True)
        else:
            box = _upright(entry)
            counted.append(False)
            drawn.upright += box is not NO_BOX
        difficult = _number(entry, "difficult") == 1
        rows.add_box(image, box, entry.findtext("name"), difficult=difficult)


def _upright(entry: Element) -> Box:
    """The bounds of an object that has no xmin, ymin, xmax, ymax."""
    turned = entry.find("robndbox")
    if turned is not None:
        cx, cy, width, height, angle = (
            _number(turned, tag) for tag in ("cx", "cy", "w", "h", "angle")
        )
        if abs(angle) > 2 * math.pi:  # radians, as roLabelImg writes them, never are
            return NO_BOX
        return around_turned(cx, cy, width, height, angle)
    for outline in ("polygon", "bndbox", "points"):
        found = entry.find(outline)
        if found is not None:
            return around(*_points(found))
    return NO_BOX


def _points(outline: Element) -> tuple[list[float], list[float]]:
    """x and y of <pt><x/><y/></pt>, of <x1/><y1/><x2/>..., or of <point>x,y</point>."""
    pairs = [text.partition(",") for one in outline.iter("point") if (text := one.text or "")]
    if pairs:
        return [number(x) for x, _, _ in pairs], [number(y) for _, _, y in pairs]
    xs = [number(one.text) for one in outline.iter() if re.fullmatch(r"x\d*", one.tag)]
    ys = [number(one.text) for one in outline.iter() if re.fullmatch(r"y\d*", one.tag)]
    return xs, ys


def _number(parent: Element, tag: str) -> float:
    return number(parent.findtext(tag))


def _find(texts: Texts) -> Sequence[str]:
    """All XML files where one is an annotation: others are told apart when they are read.

    Those of another format of boxes are left to it.
    """
    found = xml_names(texts, _TAG)
    others = [name for name in texts.ending_in(".xml") if first_tag(texts, name) != "annotations"]
    return others if found else []


_TITLE = msg("Pascal VOC XML")
VOC = Format("voc", _TITLE, _TITLE, (".xml",), _find, _read)
