"""Boxes as a table: a line per box, with a header or as RetinaNet's and torchvision's scripts have.

With a header, columns are known by name, in any order and case, and others are passed over:

    image                filename, file_name, file, path, image_path, img, image_id, imageid
    x1 y1 x2 y2          xmin ymin xmax ymax, x_min ..., left top right bottom
    x y w h              bbox_x ...; instead of x2 y2; `width` and `height` then are the box's
    category             class, class_name, label, labelname, name
    width height         image_width, img_width, ...: of the image

Without one, a line is `path,x1,y1,x2,y2,category`, and `path,,,,,` an image without objects.
Columns are parted by comma, semicolon or tab.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.labels.format import Format, ReadLabels, Texts, the_only
from rpn_core.labels.formats.one_file import read_one_a_folder
from rpn_core.labels.label_set import label_set
from rpn_core.labels.stores.files import read_start
from rpn_core.messages import Message, msg, nmsg
from rpn_core.progress import Progress, no_progress

_IMAGE = (
    "image", "filename", "file_name", "file", "path", "image_path", "image_name", "img", "image_id",
    "imageid",
)  # fmt: skip
_CORNERS = (
    ("x1", "xmin", "x_min", "left"), ("y1", "ymin", "y_min", "top"),
    ("x2", "xmax", "x_max", "right"), ("y2", "ymax", "y_max", "bottom"),
)  # fmt: skip
_XYWH = (
    ("x", "bbox_x", *_CORNERS[0]), ("y", "bbox_y", *_CORNERS[1]),
    ("w", "bbox_width", "bbox_w", "box_width", "width"),
    ("h", "bbox_height", "bbox_h", "box_height", "height"),
)  # fmt: skip
_CATEGORY = ("category", "class", "class_name", "label", "labelname", "label_name", "name")
_WIDTH = ("image_width", "img_width", "width")
_HEIGHT = ("image_height", "img_height", "height")
_ACCEPTED = msg(
    "a header with image, x1, y1, x2, y2 and perhaps category, width, height, or lines "
    "path,x1,y1,x2,y2,category"
)
_MAX_SIDE = 1 << 31
_MAX_ROWS = 20_000_000
_PEEK = 4096
_ENDINGS = (".csv", ".tsv")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where in a line each thing stands; -1 where there is none."""

    image: int
    box: tuple[int, int, int, int]
    xywh: bool
    category: int
    width: int
    height: int


_HEADERLESS = _Columns(0, (1, 2, 3, 4), False, 5, -1, -1)


def read_csv(data: bytes, shown: str, progress: Progress = no_progress) -> ReadLabels:
    """Read a table of boxes in pixels of the original images.

    Images are listed in the order of their first line, and a line without numbers lists an image
    without a box.

    Raises:
        UserError: it is no such table, or a line has no number where one is needed.
    """
    text = _decoded(data, shown)
    lines = _lines(text, shown)
    first = next(lines, None)
    if first is None:
        raise UserError("{file} is empty: give {accepted}.", file=shown, accepted=_ACCEPTED)
    columns = _columns(first[1])
    if columns is None:
        columns = _HEADERLESS
        if not _is_headerless(first[1]):
            raise UserError(
                "{file} begins with {start!r}, which is no table of boxes: give {accepted}.",
                file=shown,
                start=",".join(first[1])[:60],
                accepted=_ACCEPTED,
            )
    else:
        first = None
    return _read(_chained(first, lines), columns, shown, progress, len(text))


def _find(texts: Texts) -> Sequence[str]:
    found = texts.ending_in(*_ENDINGS)
    return [name for name in found if _looks_like_boxes(read_start(texts.files, name, _PEEK))]


def _looks_like_boxes(data: bytes) -> bool:
    """Whether the first line of a table is one of boxes; of RetinaNet's classes.csv it is not."""
    try:
        text = _decoded(data.partition(b"\n")[0] + b"\n", "")
        first = next(_lines(text, ""), None)
    except UserError:
        return False
    return first is not None and (_columns(first[1]) is not None or _is_headerless(first[1]))


def _decoded(data: bytes, shown: str) -> str:
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeError:
        raise UserError("{file} is not UTF-8 text: save it as CSV in UTF-8.", file=shown) from None


def _lines(text: str, shown: str) -> Iterator[tuple[int, list[str]]]:
    """Number and fields of each line that is not empty."""
    start = text[:4096].lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=start.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if any(field.strip() for field in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise UserError(
            "Line {line} of {file} is no line of a table ({reason}): see whether a quotation mark "
            "is left open.",
            line=reader.line_num,
            file=shown,
            reason=str(error),
        ) from None


def _chained(
    first: tuple[int, list[str]] | None, rest: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    if first is not None:
        yield first
    yield from rest


def _columns(header: Sequence[str]) -> _Columns | None:
    """The columns by their names, or None where the line names no box."""
    named = {field.strip().lower().replace(" ", "_"): place for place, field in enumerate(header)}

    def place(names: Sequence[str], taken: Sequence[int] = ()) -> int:
        return next((named[n] for n in names if n in named and named[n] not in taken), -1)

    image = place(_IMAGE)
    box = tuple(place(names) for names in _CORNERS)
    xywh = -1 in box
    if xywh:
        box = tuple(place(names) for names in _XYWH)
    if image < 0 or -1 in box:
        return None
    x1, y1, x2, y2 = box
    return _Columns(
        image, (x1, y1, x2, y2), xywh, place(_CATEGORY, (image,)), place(_WIDTH, box),
        place(_HEIGHT, box),
    )  # fmt: skip


def _is_headerless(row: Sequence[str]) -> bool:
    if len(row) < 5:
        return False
    try:
        return all(not field.strip() or math.isfinite(float(field)) for field in row[1:5])
    except ValueError:
        return False


def _read(
    lines: Iterator[tuple[int, list[str]]], columns: _Columns, shown: str, progress: Progress,
    size: int,
) -> ReadLabels:  # fmt: skip
    images: dict[str, int] = {}
    sizes: list[tuple[int, int]] = []
    categories: dict[str, int] = {}
    boxes: list[tuple[float, ...]] = []
    image: list[int] = []
    category: list[int] = []
    done = 0
    for count, (number, row) in enumerate(lines):
        if count % 20_000 == 0:
            progress(min(done / max(size, 1), 1.0))
        if count >= _MAX_ROWS:
            raise UserError(
                "{file} has more than {most:,} lines: split it.", file=shown, most=_MAX_ROWS
            )
        done += sum(map(len, row)) + len(row)
        try:
            name = row[columns.image].strip().replace("\\", "/")
            texts = [row[place].strip() for place in columns.box]
            box = tuple(map(float, texts)) if any(texts) else None
        except (IndexError, ValueError):
            raise UserError(_complaint(row, number, columns, shown)) from None
        if not name:
            raise UserError(
                "Line {line} of {file} names no image: write its file name there.",
                line=number,
                file=shown,
            )
        place = images.setdefault(name, len(images))
        if place == len(sizes):
            sizes.append(_size(row, columns))
        if box is not None:
            boxes.append(box)
            image.append(place)
            text = row[columns.category].strip() if 0 <= columns.category < len(row) else ""
            category.append(categories.setdefault(text, len(categories)) if text else -1)
    progress(1.0)
    return ReadLabels(
        label_set(
            tuple(images),
            _xyxy(np.array(boxes, np.float64).reshape(-1, 4), columns.xywh),
            np.array(image, np.int64),
            sizes_hw=np.array(sizes, np.int64).reshape(-1, 2),
            categories=tuple(categories),
            category=np.array(category, np.int64),
        )
    )


def _xyxy(boxes: NDArray[np.float64], xywh: bool) -> NDArray[np.float64]:
    if xywh:
        with np.errstate(over="ignore", invalid="ignore"):
            boxes[:, 2:] += boxes[:, :2]
    return boxes


def _size(row: Sequence[str], columns: _Columns) -> tuple[int, int]:
    """Height and width of the image; 0 where the line does not say."""
    sides = []
    for place in (columns.height, columns.width):
        try:
            side = float(row[place]) if 0 <= place < len(row) else 0.0
        except ValueError:
            side = 0.0
        sides.append(int(side) if 1 <= side < _MAX_SIDE else 0)
    return (0, 0) if 0 in sides else (sides[0], sides[1])


def _complaint(row: Sequence[str], number: int, columns: _Columns, shown: str) -> Message:
    text = ",".join(row)[:60]
    last = max(columns.image, *columns.box)
    if len(row) <= last:
        return nmsg(
            "Line {line} of {file} ({text!r}) has {count} column, but at least {needed} are "
            "needed: complete it.",
            "Line {line} of {file} ({text!r}) has {count} columns, but at least {needed} are "
            "needed: complete it.",
            count=len(row),
            line=number,
            file=shown,
            text=text,
            needed=last + 1,
        )
    return msg(
        "Line {line} of {file} ({text!r}) has no number where a box has one: write four "
        "numbers, or leave all four empty for an image without objects.",
        line=number,
        file=shown,
        text=text,
    )


_TITLE = msg("CSV")
CSV = Format(
    "csv",
    _TITLE,
    _TITLE,
    _ENDINGS,
    _find,
    partial(read_one_a_folder, read_csv, _TITLE),
    lambda texts: the_only(texts, *_ENDINGS),
)
