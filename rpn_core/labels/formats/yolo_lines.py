"""What the numbers of YOLO's label files mean, told from all lines together.

Letters: B lines.

class  cx  cy  w  h                box
class  x1  y1  x2  y2 ...          outline of three points or more, four of an oriented box
class  cx  cy  w  h  x1  y1 ...    box and keypoints, of two or three numbers each (pose)
...  confidence                    one more number at the end: a detection
class  cx  cy  w  h  conf  track   detection that was followed

All but the class are fractions of the image's width and height. How long a line is does not tell
an outline from keypoints: `kpt_shape` in data.yaml does and, where it is missing, what the lines
have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rpn_core.counts import part_of_boxes
from rpn_core.labels.finding import Findings, Rule, Severity, of_data_set
from rpn_core.labels.formats.bad_lines import BadLines
from rpn_core.labels.formats.shapes import Drawn
from rpn_core.labels.formats.txt_files import decoded
from rpn_core.labels.lint.frames import PIXELS_AS_FRACTIONS
from rpn_core.messages import Message, msg, nmsg

MAX_CLASS = 100_000
PIXELS_ABOVE = 1.5  # of a number that should be a fraction; boxes beyond the edge reach 1.1
_MOST = 0.5
_FIT = 0.9  # of the lines whose points lie about their box: some real keypoints lie outside
_ALIKE = 5  # lines; fewer outlines are often of one length
_FAR = 0.2  # of the lines whose w, h is no neighbour of the other points: of outlines next to none
KEYPOINTS = Rule(
    "keypoints",
    Severity.NOTE,
    msg("Boxes with keypoints"),
    msg("Nothing: the box is what columns 2 to 5 say, and the keypoints are passed over."),
    msg("Nothing, if they are keypoints."),
)
KEYPOINTS_GUESSED = Rule(
    "keypoints-guessed",
    Severity.WARNING,
    msg("Lines that are taken for boxes with keypoints"),
    msg("The box is what columns 2 to 5 say; were they outlines, every box would be wrong."),
    msg("Write kpt_shape into data.yaml: [17, 3] for 17 keypoints of three numbers."),
)
OUTLINES_GUESSED = Rule(
    "outlines-guessed",
    Severity.WARNING,
    msg("Lines that are taken for outlines, and may be boxes with keypoints"),
    msg("The box bounds all points; were some of them keypoints, every box would be wrong."),
    msg("If they are keypoints, write kpt_shape into data.yaml: [17, 2] for 17 of two numbers."),
)
DETECTIONS = Rule(
    "detections",
    Severity.WARNING,
    msg("Labels with a confidence: they are what a network detected"),
    msg(
        "Each is read as an object: what is trained or measured on them follows that network and "
        "its mistakes."
    ),
    msg("Give the labels that people drew, or look these through and drop the last number."),
)
# Columns of `Lines.rows`.
_CLASS, _BOX, _BOUNDS, _COUNT, _FITS, _FITS_3, _FAR_OFF, _LAST = (
    0, slice(1, 5), slice(5, 9), 9, 10, 11, 12, 13,
)  # fmt: skip
_WIDTH = 14


@dataclass(eq=False, slots=True)
class Lines:
    """The lines of many files, as far as they are numbers.

    Attributes:
        rows: of each file (lines, 14): class, the box that columns 2 to 5 would be, the bounds that
            an outline would have (both cx, cy, w, h), how many numbers there are, whether they
            could be keypoints of two and of three numbers, whether w, h is far from the other
            points, and the last number.
        texts: of each file that has other lines than of five numbers: number and text of each line.
    """

    rows: list[NDArray[np.float64]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    texts: dict[int, list[tuple[int, str]]] = field(default_factory=dict)

    def add(self, data: bytes, name: str, bad: BadLines) -> None:
        """The lines of a file; what is no line of numbers with a class goes to `bad`."""
        text = decoded(data)
        place = len(self.rows)
        self.files.append(name)
        split = [line.split() for line in text.splitlines()]
        fields = [one for one in split if one]
        if all(len(one) == 5 for one in fields) and "_" not in text:
            try:
                five = np.array(fields, np.float64).reshape(-1, 5)
            except (ValueError, OverflowError):
                five = None
            if five is not None and _are_classes(five[:, 0]).all():
                rows = np.zeros((len(five), _WIDTH))
                rows[:, :5] = five
                rows[:, _COUNT] = 5
                self.rows.append(rows)
                return
        kept: list[list[float]] = []
        texts: list[tuple[int, str]] = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            numbers = _numbers(line.split())
            if numbers is None:
                bad.add(name, number, line)
            else:
                kept.append(_row(numbers))
                texts.append((number, line.strip()))
        self.rows.append(np.array(kept, np.float64).reshape(-1, _WIDTH))
        self.texts[place] = texts


@dataclass(frozen=True, eq=False, slots=True)
class Told:
    """What the lines are.

    Attributes:
        rows: of each file (lines, 5) class, cx, cy, w, h.
        remarks: what was taken for what.
    """

    rows: list[NDArray[np.float64]]
    remarks: tuple[Findings, ...]


def tell(lines: Lines, kpt_shape: tuple[int, int] | None, bad: BadLines) -> Told:
    """Decide for all lines together, and read each as what it is.

    Args:
        kpt_shape: number of keypoints and of numbers each, where data.yaml says so.
        bad: is given the lines of a length that means nothing, and told how many were read.
    """
    whole = np.concatenate([np.zeros((0, _WIDTH)), *lines.rows])
    file_of = np.repeat(np.arange(len(lines.rows)), [len(one) for one in lines.rows])
    counts = whole[:, _COUNT].astype(np.int64)
    of_pose, guess = _length_of_pose(whole, counts, kpt_shape)
    posed = (counts == of_pose) | (counts == of_pose + 1) if of_pose else counts < 0
    ends_in_a_share = (whole[:, _LAST] >= 0) & (whole[:, _LAST] <= 1)
    followed = (counts == 7) & (whole[:, _LAST] > 1) & (whole[:, _LAST] % 1 == 0) & ~posed
    boxes = (counts == 5) | (counts == 6) | posed | followed
    outlined = ~boxes & (counts >= 7)
    if kpt_shape is not None:
        outlined &= False  # such a line has the wrong number of keypoints
    outlined &= (counts % 2 == 1) | ends_in_a_share
    scored = (
        (counts == 6)
        | followed
        | (posed & (counts == of_pose + 1))
        | (outlined & (counts % 2 == 0))
    )
    good = boxes | outlined
    for place in np.flatnonzero(~good).tolist():
        file = int(file_of[place])
        within = place - int(np.searchsorted(file_of, file))
        bad.add(lines.files[file], *lines.texts[file][within])
    bad.read += int(good.sum())
    read = np.concatenate(
        (whole[:, :1], np.where(boxes[:, None], whole[:, _BOX], whole[:, _BOUNDS])), 1
    )
    total = int(good.sum())
    remarks = (
        _of_lines(DETECTIONS, int(scored.sum()), total),
        _of_lines(PIXELS_AS_FRACTIONS, _in_pixels(read[good]), total, _pixels),
        _of_lines(
            KEYPOINTS if kpt_shape else KEYPOINTS_GUESSED,
            int(posed.sum()),
            total,
            _keypoints,
            of_pose,
        ),
        _of_lines(
            OUTLINES_GUESSED,
            int(outlined.sum()) if guess else 0,
            total,
            _alike,
            counts.max(initial=0),
        ),
        *Drawn(upright=int(outlined.sum())).remarks(total),
    )
    ends = np.cumsum([len(one) for one in lines.rows])[:-1]
    return Told(
        [part[kept] for part, kept in zip(np.split(read, ends), np.split(good, ends), strict=True)]
        if len(lines.rows)
        else [],
        tuple(one for one in remarks if len(one)),
    )


def looks_like_yolo(lines: Sequence[str]) -> bool:
    """Whether most lines are a class and fractions or pixels, parted by spaces or by mistake."""
    return sum(map(_looks, lines)) > _MOST * len(lines)


def why_not(text: str) -> Message:
    """What is wrong with a line."""
    row = text.split()
    for sign, name in ((",", msg("commas")), (";", msg("semicolons"))):
        if sign in text:
            if len(row) >= 5 and sign == ",":
                return msg("the decimals have commas, so write points")
            return msg("{sign} between the numbers, so put spaces there", sign=name)
    if not all(map(_is_number, row[1:])):
        return msg("YOLO labels have numbers only, class cx cy w h, or a class and an outline")
    if len(row) >= 5 and not (_is_number(row[0]) and _are_classes(np.array([float(row[0])]))[0]):
        return msg("{first!r} is no number of a class, which counts from 0", first=row[0][:20])
    return nmsg(
        "it has {count} value, but YOLO labels have five, class cx cy w h, or a class and an "
        "outline, or as many as kpt_shape in data.yaml asks for",
        "it has {count} values, but YOLO labels have five, class cx cy w h, or a class and an "
        "outline, or as many as kpt_shape in data.yaml asks for",
        count=len(row),
    )


def _looks(line: str) -> bool:
    row = line.split()
    if len(row) == 1:  # parted by a mistake
        row = line.replace(";", ",").strip(",").split(",")
        if len(row) != 5:
            return False
    numbers = [_is_number(one.replace(",", ".")) for one in row]
    if len(row) == 5:
        return all(numbers[1:])
    return len(row) > 5 and all(numbers) and _numbers(row) is not None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _are_classes(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (
        (numbers >= 0) & (numbers < MAX_CLASS) & (numbers == np.floor(numbers))
    )
    return found


def _numbers(row: Sequence[str]) -> list[float] | None:
    """A class and at least four numbers, or None."""
    if len(row) < 5 or any("_" in one for one in row):
        return None
    try:
        numbers = [float(one) for one in row]
    except (ValueError, OverflowError):
        return None
    return numbers if _are_classes(np.array(numbers[:1]))[0] else None


def _row(numbers: Sequence[float]) -> list[float]:
    count = len(numbers)
    box = numbers[1:5]
    if count < 7:
        return [*numbers[:5], *box, count, 0, 0, 0, numbers[-1]]
    outline = numbers[1:] if count % 2 else numbers[1:-1]
    xs, ys = outline[0::2], outline[1::2]
    low, high = (min(xs), min(ys)), (max(xs), max(ys))
    bounds = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, high[0] - low[0], high[1] - low[1]]
    return [
        numbers[0], *box, *bounds, count,
        _about_box(box, numbers[5:], 2), _about_box(box, numbers[5:], 3),
        _second_is_far(xs, ys), numbers[-1],
    ]  # fmt: skip


def _about_box(box: Sequence[float], points: Sequence[float], of: int) -> bool:
    """Whether numbers can be keypoints of a box: it lies in the image, and they lie about it."""
    cx, cy, w, h = box
    if len(points) % of or not (w > 0 and h > 0):
        return False
    if not all(c - s / 2 >= -0.02 and c + s / 2 <= 1.02 for c, s in ((cx, w), (cy, h))):
        return False
    xs, ys = points[0::of], points[1::of]
    seen = [True] * len(xs) if of == 2 else [v > 0 for v in points[2::of]]
    if of == 3 and not all(v in (0, 1, 2) for v in points[2::of]):
        return False
    return all(
        (x == 0 and y == 0) or (abs(x - cx) <= w and abs(y - cy) <= h)
        for x, y, there in zip(xs, ys, seen, strict=True)
        if there
    )


def _second_is_far(xs: Sequence[float], ys: Sequence[float]) -> bool:
    """Whether the second point is further from the others than these reach: w and h are, mostly.

    Points at 0, 0 are keypoints that are not there.
    """
    rest = [(x, y) for n, (x, y) in enumerate(zip(xs, ys, strict=True)) if n != 1 and (x or y)]
    if len(rest) < 3:
        return False
    for at, of in ((xs[1], [x for x, _ in rest]), (ys[1], [y for _, y in rest])):
        reach = max(of) - min(of)
        if not min(of) - reach <= at <= max(of) + reach:
            return True
    return False


def _length_of_pose(
    whole: NDArray[np.float64], counts: NDArray[np.int64], kpt_shape: tuple[int, int] | None
) -> tuple[int, bool]:
    """How long a line with keypoints is, 0 for none; and whether outlines are a guess."""
    if kpt_shape is not None:
        return 5 + kpt_shape[0] * kpt_shape[1], False
    long = counts >= 8
    lengths = np.unique(counts[long])
    if len(lengths) != 1 or (counts == 7).any():  # outlines differ in length
        return 0, False
    length = int(lengths[0])
    if whole[long, _FITS_3].mean() >= _FIT:
        return length, False
    fits = length % 2 == 1 and whole[long, _FITS].mean() >= _FIT
    if fits and whole[long, _FAR_OFF].mean() >= _FAR:
        return length, False
    return 0, bool(
        fits and length > 9 and long.sum() >= _ALIKE
    )  # nine are the corners of an oriented box, next to always


def _in_pixels(rows: NDArray[np.float64]) -> int:
    """How many lines are beyond what a fraction can be, if that is most of them."""
    with np.errstate(invalid="ignore"):
        beyond = int((rows[:, 1:] > PIXELS_ABOVE).any(1).sum())
    return beyond if beyond > _MOST * len(rows) else 0


# What came, in the numbers of a finding.


def _of_lines(rule: Rule, found: int, lines: int, came: object = None, *more: float) -> Findings:
    return of_data_set(rule, came or _lines, found, lines, *more, count=min(found, 1))  # type: ignore[arg-type]


def _lines(found: float, lines: float) -> Message:
    return part_of_boxes(int(found), int(lines))


def _pixels(found: float, lines: float) -> Message:
    return msg("a number above {most} in {boxes}", most=PIXELS_ABOVE, boxes=_lines(found, lines))


def _keypoints(found: float, lines: float, length: float) -> Message:
    return nmsg(
        "{boxes}; each line has {count} number",
        "{boxes}; each line has {count:,} numbers",
        count=int(length),
        boxes=_lines(found, lines),
    )


def _alike(found: float, lines: float, length: float) -> Message:
    return nmsg(
        "{boxes}; all have {count} number, and points about columns 2 to 5",
        "{boxes}; all have {count:,} numbers, and points about columns 2 to 5",
        count=int(length),
        boxes=_lines(found, lines),
    )
