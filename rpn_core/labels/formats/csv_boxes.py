"""Boxes as a table: a line per box. `csv_columns` says which column holds what.

Columns are parted by comma, semicolon or tab; where it is not the comma, numbers may have a decimal
comma.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, islice

import msgspec
import numpy as np

from rpn_core.counts import part_of_boxes
from rpn_core.errors import UserError
from rpn_core.labels.finding import Findings, Rule, Severity, of_data_set, rowwise_all
from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.bad_files import namesakes
from rpn_core.labels.formats.csv_columns import ACCEPTED, Columns, Written, columns_of
from rpn_core.labels.formats.one_file import read_one_a_folder
from rpn_core.labels.formats.rows import Rows
from rpn_core.labels.formats.shapes import Box, Drawn
from rpn_core.labels.formats.via_regions import box_of_region, category_of_region
from rpn_core.labels.label_set import LabelSet, label_set
from rpn_core.labels.stores.files import read_start
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.messages import Message, msg, nmsg
from rpn_core.progress import Progress, no_progress

_MAX_ROWS = 20_000_000
_PEEK = 64 << 10
_LOOKED_AT = 100  # lines by which the columns are known
_ENDINGS = (".csv", ".tsv")
_DECIMAL_COMMA = re.compile(r"\s*-?\d*,\d+\s*", re.ASCII)
_NO_THOUSANDS = re.compile(r"\s*-?(?:0?,\d+|\d*,(?!\d{3}\s*$)\d+|\d{4,},\d+)\s*", re.ASCII)
_IN_BRACKETS = re.compile(r"[\s,;\[\]()]+")
_Line = tuple[int, list[str]]  # its number in the file, and its fields
NO_IMAGE = Rule(
    "no-image-for-fractions",
    Severity.ERROR,
    msg("Boxes in fractions without their image"),
    msg("They are left out: fractions of an unknown size are no boxes."),
    msg("Give the image, with the name that the table has."),
)


def read_csv(
    data: bytes,
    shown: str,
    progress: Progress = no_progress,
    images: ImageSource | None = None,
) -> ReadLabels:
    """Read a table of boxes into pixels of the original images.

    Images are listed in the order of their first line, and a line without numbers lists an image
    without a box. Fractions, where the table is one of a tool that writes them, need the sizes of
    the images; fractions in any other table stay as they are, and the linter tells.

    Args:
        images: by which names are told from other texts, and fractions become pixels.
    Raises:
        UserError: it is no such table, does not say of which image its boxes are, or a line has no
            number where one is needed.
    """
    images = ImageSource() if images is None else images
    text = data.decode()
    delimiter = _delimiter(text)
    lines = _lines(text, delimiter, shown)
    first = list(islice(lines, _LOOKED_AT))
    if not first:
        raise UserError("{file} is empty: give {accepted}.", file=shown, accepted=ACCEPTED)
    known = columns_of(_with_points([row for _, row in first], delimiter), images, shown)
    if known is None:
        raise UserError(
            "{file} begins with {start!r}, which is no table of boxes: give {accepted}.",
            file=shown,
            start=_raw(text, first[0][0])[:60],
            accepted=ACCEPTED,
        )
    columns, header = known
    rest = chain(first[1:] if header else first, lines)
    rows, drawn, fractions = _read(rest, columns, delimiter, shown, text, progress)
    labels = rows.label_set()
    remarks = drawn.remarks(len(rows.boxes))
    if fractions:
        labels, lost = _in_pixels(labels, images, shown)
        remarks = (*lost, *remarks)
    return ReadLabels(labels, remarks)


def _find(texts: Texts) -> Sequence[str]:
    """Tables of boxes, and what is called as one is in another folder: there it should be one."""
    names = texts.ending_in(*_ENDINGS)
    found = [
        name
        for name in names
        if _looks_like_boxes(read_start(texts.files, name, _PEEK), texts.images)
    ]
    return sorted([*found, *namesakes(found, names)])


def _looks_like_boxes(data: bytes, images: ImageSource) -> bool:
    """Whether a table is one of boxes, by its first lines; RetinaNet's classes.csv is not."""
    whole, newline, _ = data.rpartition(b"\n")
    try:
        text = (whole + newline if len(data) == _PEEK else data).decode()
        delimiter = _delimiter(text)
        lines = islice(_lines(text, delimiter, ""), _LOOKED_AT)
        first = _with_points([row for _, row in lines], delimiter)
        return bool(first) and columns_of(first, images, "") is not None
    except (UserError, UnicodeDecodeError):
        return False


def _delimiter(text: str) -> str:
    """What parts the columns: of semicolon, tab and comma the first that makes four columns."""
    start = next((line for line in text[:_PEEK].splitlines() if line.strip()), "")
    for delimiter in ";\t":
        try:
            if len(next(csv.reader([start], delimiter=delimiter), ())) >= 4:
                return delimiter
        except csv.Error:
            continue
    return ","


def _lines(text: str, delimiter: str, shown: str) -> Iterator[_Line]:
    """Number and fields of each line that is not empty."""
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


def _with_points(rows: list[list[str]], delimiter: str) -> list[list[str]]:
    """The rows with decimal points for decimal commas."""
    return [[_with_point(field, delimiter) for field in row] for row in rows]


def _with_point(field: str, delimiter: str) -> str:
    """A number with a point for its decimal comma.

    Beside semicolons a comma is a decimal one, as spreadsheets write it where they part columns by
    semicolons; beside tabs 1,234 might be a thousand, and stays.
    """
    if delimiter == "," or "," not in field:
        return field
    decimal = _DECIMAL_COMMA if delimiter == ";" else _NO_THOUSANDS
    return field.replace(",", ".") if decimal.fullmatch(field) else field


def _read(
    lines: Iterator[_Line],
    columns: Columns,
    delimiter: str,
    shown: str,
    text: str,
    progress: Progress,
) -> tuple[Rows, Drawn, bool]:
    """All lines; and whether the boxes are in fractions of their images."""
    rows, drawn, places = Rows(), Drawn(), dict[str, int]()
    box_of = _ways(columns, delimiter, drawn)[columns.written]
    done, largest = 0, 0.0
    for count, (number, row) in enumerate(lines):
        if count % 20_000 == 0:
            progress(min(done / max(len(text), 1), 1.0))
        if count >= _MAX_ROWS:
            raise UserError(
                "{file} has more than {most:,} lines: split it.", file=shown, most=_MAX_ROWS
            )
        done += sum(map(len, row)) + len(row)
        try:
            name = row[columns.image].strip().replace("\\", "/")
            box = box_of(row)
        except (IndexError, ValueError):
            raise UserError(_complaint(row, number, columns, shown, text)) from None
        if not name:
            raise UserError(
                "Line {line} of {file} names no image: write its file name there.",
                line=number,
                file=shown,
            )
        place = places.get(name, -1)
        if place < 0:
            sides = (_field(row, side) for side in (columns.width, columns.height))
            place = places[name] = rows.add_image(name, *sides)
        if box is not None:
            if columns.fractions:
                largest = max(largest, *box)
            category = _field(row, columns.category)
            rows.add_box(
                place,
                box,
                _category_of_json(category) if columns.written is Written.VIA else category,
                crowd=_field(row, columns.crowd) in ("1", "1.0", "true", "True"),
                difficult=_field(row, columns.difficult) in ("1", "1.0", "true", "True"),
            )
    progress(1.0)
    # Beyond 1 it is a table in pixels that has the names of Open Images.
    return rows, drawn, columns.fractions and largest <= 1.01


def _ways(
    columns: Columns, delimiter: str, drawn: Drawn
) -> dict[Written, Callable[[Sequence[str]], Box | None]]:
    """How a line gives its box, or None where it has none.

    Each raises ValueError or IndexError where there is no number.
    """
    places = columns.box

    def four(row: Sequence[str]) -> Box | None:
        texts = [row[place] for place in places]
        try:
            a, b, c, d = map(float, texts)
        except ValueError:
            if not any(map(str.strip, texts)):
                return None
            a, b, c, d = (float(_with_point(field, delimiter)) for field in texts)
        return a, b, c, d

    def corner_and_size(row: Sequence[str]) -> Box | None:
        found = four(row)
        return found and (found[0], found[1], found[0] + found[2], found[1] + found[3])

    def centre(row: Sequence[str]) -> Box | None:
        if (found := four(row)) is None:
            return None
        cx, cy, width, height = found
        return cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2

    def in_one(row: Sequence[str]) -> Box | None:
        texts = [part for part in _IN_BRACKETS.split(row[places[0]]) if part]
        if not texts:
            return None
        x, y, width, height = map(float, texts)
        return x, y, x + width, y + height

    def via(row: Sequence[str]) -> Box | None:
        text = row[places[0]].strip()
        if text in ("", "{}"):
            return None
        try:
            return box_of_region(msgspec.json.decode(text, type=dict), drawn)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise ValueError from None

    def vertices(row: Sequence[str]) -> Box | None:
        xs = [float(row[p]) for p in places[::2] if p < len(row) and row[p].strip()]
        ys = [float(row[p]) for p in places[1::2] if p < len(row) and row[p].strip()]
        if not xs and not ys:
            return None
        return min(xs), min(ys), max(xs), max(ys)

    return {
        Written.CORNERS: four,
        Written.XYWH: corner_and_size,
        Written.CENTRE: centre,
        Written.LIST: in_one,
        Written.VIA: via,
        Written.VERTICES: vertices,
    }


def _category_of_json(text: str) -> str:
    try:
        return category_of_region(msgspec.json.decode(text or "{}", type=dict))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return text


def _field(row: Sequence[str], place: int) -> str:
    return row[place].strip() if 0 <= place < len(row) else ""


def _in_pixels(
    labels: LabelSet, images: ImageSource, shown: str
) -> tuple[LabelSet, tuple[Findings, ...]]:
    """Fractions as pixels, by the sizes that the table or the images' headers tell."""
    sizes = labels.sizes_hw.copy()
    unknown = np.flatnonzero((sizes <= 0).any(1))
    read = images.sizes_hw([labels.names[place] for place in unknown.tolist()])
    sizes[unknown] = np.maximum(read, 0)
    known = rowwise_all(sizes > 0)[labels.image]
    if len(known) and not known.any():
        raise UserError(
            "{file} has boxes in fractions of their images ({first} first), but none of these "
            "images came: give the folder or zip that has them too.",
            file=shown,
            first=labels.names[0][-60:],
        )
    lost = int((~known).sum())
    with np.errstate(over="ignore", invalid="ignore"):
        boxes = labels.boxes * np.tile(sizes[:, ::-1], 2)[labels.image]
    kept = label_set(
        labels.names,
        boxes[known],
        labels.image[known],
        sizes_hw=sizes,
        categories=labels.categories,
        category=labels.category[known],
        crowd=labels.crowd[known],
        difficult=labels.difficult[known],
    )
    return kept, (of_data_set(NO_IMAGE, _lost, lost, len(known)),) if lost else ()


def _lost(lost: float, boxes: float) -> Message:
    return msg("{boxes}", boxes=part_of_boxes(int(lost), int(boxes)))


def _raw(text: str, number: int) -> str:
    """A line as it stands in the file."""
    lines = io.StringIO(text, newline="")
    return next(islice(lines, number - 1, None), "").rstrip("\r\n")


def _complaint(row: Sequence[str], number: int, columns: Columns, shown: str, text: str) -> Message:
    raw = _raw(text, number)[:60]
    if len(row) <= columns.last:
        return nmsg(
            "Line {line} of {file} ({text!r}) has {count} column, but at least {needed} are "
            "needed: complete it.",
            "Line {line} of {file} ({text!r}) has {count} columns, but at least {needed} are "
            "needed: complete it.",
            count=len(row),
            line=number,
            file=shown,
            text=raw,
            needed=columns.last + 1,
        )
    return msg(
        "Line {line} of {file} ({text!r}) has no number where a box has one: write four "
        "numbers, or leave all four empty for an image without objects.",
        line=number,
        file=shown,
        text=raw,
    )


def _read_all(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    read = partial(read_csv, images=texts.images)
    return read_one_a_folder(read, _TITLE, texts, names, progress)


_TITLE = msg("CSV")
CSV = Format("csv", _TITLE, _TITLE, _ENDINGS, _find, _read_all)
