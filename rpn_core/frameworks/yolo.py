"""YOLO's anchors: width and height in pixels of the training size, smallest first, a line a level.

YOLOv5 and v7 keep them in a model's yaml, Darknet as one line of its cfg. Pixels are those of the
letterboxed square that training shows the network (`--img`).
"""

from __future__ import annotations

import math
import re

from rpn_core.errors import UserError
from rpn_core.frameworks.exported import (
    Exported,
    commented,
    scaled_sizes,
    tuple_of,
    uneven_warning,
)
from rpn_core.frameworks.pasted import (
    MAX_WRITTEN,
    Draft,
    Pasted,
    finished,
    fit_levels,
    is_number,
    shown,
    valid_numbers,
)
from rpn_core.messages import Message, msg, nmsg
from rpn_core.settings import MAX_VALUES_PER_LEVEL, AnchorSettings, Shapes, number_of
from rpn_core.settings.spelling import spell

YAML, LIST = "YOLO yaml", "YOLO w,h list"
USUAL_STRIDES = (8, 16, 32, 64)
_ABOUT = "w,h in pixels of the network input, smallest first, one line a level."
_ABOUT_LISTS = "w,h in pixels of the network input, in the order of the lists, one line a level."


def shapes_of(sizes: tuple[float, ...], ratios: tuple[float, ...], scale: float) -> Shapes:
    """(w, h) of a level, by area, in hundredths of a pixel.

        w = size / sqrt(ratio)    h = size * sqrt(ratio)

    >>> shapes_of((64, 32), (1, 4), 1.0)
    ((32.0, 32.0), (16.0, 64.0), (64.0, 64.0), (32.0, 128.0))
    """
    return tuple(
        (round(scale * size / math.sqrt(ratio), 2), round(scale * size * math.sqrt(ratio), 2))
        for size in sorted(sizes)
        for ratio in ratios
    )


def _lines(settings: AnchorSettings, scale: float) -> list[str]:
    levels = [
        _listed(settings, level, scale) or shapes_of(sizes, ratios, scale)
        for level, (sizes, ratios) in enumerate(
            zip(scaled_sizes(settings), settings.aspect_ratios, strict=True)
        )
    ]
    return [", ".join(f"{spell(w)},{spell(h)}" for w, h in shapes) for shapes in levels]


def _listed(settings: AnchorSettings, level: int, scale: float) -> Shapes:
    """The list of a level: to the last digit where nothing scales it, else in hundredths."""
    factor = settings.size_factor * scale
    if factor == 1:
        return settings.listed(level)
    return tuple((round(w * factor, 2), round(h * factor, 2)) for w, h in settings.listed(level))


def _about(settings: AnchorSettings, side: int, image_size: int) -> tuple[list[str], list[Message]]:
    """(comments, warnings)."""
    comments = [_ABOUT_LISTS if settings.shapes else _ABOUT]
    if side != image_size:
        comments.append(
            f"For --img {image_size}: times {image_size / side:.4g}, since the app's network input "
            f"is {side} px long."
        )
    else:
        comments.append(f"For --img {image_size}.")
    warnings = []
    if settings.offset != 0.5:
        warnings.append(
            msg(
                "The app's grid offset is {offset}; YOLO centres anchors in the middle of the "
                "cell (0.5).",
                offset=spell(settings.offset),
            )
        )
    return comments, [*warnings, *uneven_warning(settings, "YOLO")]


def _label(stride: int) -> str:
    power = math.log2(stride)
    return f"P{int(power)}/{stride}" if power == int(power) else f"stride {stride}"


def export_yaml(
    settings: AnchorSettings, strides: tuple[int, ...], *, side: int, image_size: int
) -> Exported:
    """Write the `anchors` of a YOLOv5 or v7 model.

    Args:
        side: long side of the app's network input, which the settings' pixels belong to.
        image_size: of YOLO's training (`--img`); anchors are scaled by image_size / side.

    >>> made = export_yaml(AnchorSettings(((32,),), ((1, 4),)), (8,), side=448, image_size=448)
    >>> print(made.text.splitlines()[-1])
      - [32,32, 16,64]  # P3/8
    """
    comments, warnings = _about(settings, side, image_size)
    comments.append("Train with --noautoanchor, or YOLOv5 may put its own in their place.")
    lines = _lines(settings, image_size / side)
    text = f"{commented(comments, warnings)}anchors:\n" + "".join(
        f"  - [{line}]  # {_label(stride)}\n" for line, stride in zip(lines, strides, strict=True)
    )
    return Exported(text, "anchors_yolo.yaml", "yaml", tuple(warnings))


def export_list(
    settings: AnchorSettings, strides: tuple[int, ...], *, side: int, image_size: int
) -> Exported:
    """Write plain w,h, one line a level; arguments as for `export_yaml`.

    >>> made = export_list(AnchorSettings(((32,),), ((1, 4),)), (8,), side=448, image_size=896)
    >>> print(made.text.splitlines()[-1])
    P3/8: 64,64, 32,128
    """
    comments, warnings = _about(settings, side, image_size)
    lines = _lines(settings, image_size / side)
    text = commented(comments, warnings) + "".join(
        f"{_label(stride)}: {line}\n" for line, stride in zip(lines, strides, strict=True)
    )
    return Exported(text, "anchors_yolo.txt", "text", tuple(warnings))


# ---- reading ---------------------------------------------------------------------------------

_LINE = re.compile(r"\s*(?:-\s*)?(?:P\d+\s*/\s*(?P<p>\d+)|stride\s+(?P<s>\d+)|anchors)?\s*[:=]?")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE | re.ASCII)


def looks_like_a_list(text: str) -> bool:
    """Whether a text is nothing but numbers, with labels as `export_list` writes them."""
    lines = [line.partition("#")[0] for line in text.splitlines()]
    rests = [_NUMBER.sub("", line[_end_of_label(line) :]) for line in lines if line.strip()]
    several = sum(len(_NUMBER.findall(line[_end_of_label(line) :])) for line in lines) > 1
    return several and not any(re.sub(r"[\s,;()\[\]]", "", rest) for rest in rests)


def _end_of_label(line: str) -> int:
    match = _LINE.match(line)
    return match.end() if match else 0


def read_list(text: str, strides: tuple[int, ...]) -> Pasted:
    """Read numbers, one line a level, or Darknet's single line for all levels.

    Raises:
        UserError: the numbers are no pairs.
    """
    levels, labels = list[list[object]](), list[float]()
    for line in (line.partition("#")[0] for line in text.splitlines()):
        match = _LINE.match(line)
        numbers = _NUMBER.findall(line[_end_of_label(line) :])
        if numbers:
            levels.append([float(number) for number in numbers])
            label = match and (match["p"] or match["s"])
            labels.extend([float(label)] if label else [])
    known = tuple(labels) if len(labels) == len(levels) else None
    return _read(levels, strides, known, LIST)


def read_yaml(anchors: object, strides: tuple[int, ...]) -> Pasted:
    """Read the value of `anchors`: one list a level.

    Raises:
        UserError: it is a number (YOLOv5 then lays its own), or no lists of pairs.
    """
    if is_number(anchors):
        raise UserError(
            "anchors is {number}: YOLOv5 then finds that many anchors a level itself, so there is "
            "nothing to read. Paste the lists of w,h that it printed.",
            number=shown(anchors),
        )
    if not isinstance(anchors, list) or not 0 < len(anchors) <= MAX_WRITTEN:
        raise UserError(
            "anchors is {value}, but it must be one list of w,h per level, like {example}.",
            value=shown(anchors),
            example="[10,13, 16,30, 33,23]",
        )
    if not any(isinstance(level, list) for level in anchors):
        return _read([anchors], strides, None, YAML)
    levels = []
    for level in anchors:
        if not isinstance(level, list) or len(level) > MAX_WRITTEN:
            raise UserError("anchors has {value} where a list of w,h belongs.", value=shown(level))
        pairs = all(isinstance(pair, list) and len(pair) == 2 for pair in level)
        levels.append([number for pair in level for number in pair] if pairs else level)
    usual = USUAL_STRIDES[: len(levels)] if 3 <= len(levels) <= 4 else None
    return _read(levels, strides, usual, YAML)


def _read(
    levels: list[list[object]],
    strides: tuple[int, ...],
    written_strides: tuple[float, ...] | None,
    framework: str,
) -> Pasted:
    draft = Draft()
    if len(levels) == 1 and len(strides) > 1 and len(levels[0]) % (2 * len(strides)) == 0:
        per = len(levels[0]) // len(strides)
        levels = [levels[0][i * per : (i + 1) * per] for i in range(len(strides))]
        draft.remark(
            nmsg(
                "One list for all levels: {count} anchor goes to each, in order.",
                "One list for all levels: {count} anchors go to each, in order.",
                count=per // 2,
            )
        )
        written_strides = None
    shapes = [_pairs(level) for level in levels]
    if len(shapes) > len(strides) > 1 and written_strides is None:
        draft.mend(
            msg(
                "You gave anchors for {given} levels, the model has {levels}: the last must go.",
                given=len(shapes),
                levels=len(strides),
            )
        )
        shapes = shapes[: len(strides)]
    placed = _place(draft, shapes, strides, written_strides)
    products = [_product(draft, level) for level in placed]
    sizes = valid_numbers(draft, "sizes", "sqrt(w x h)", [list(s) for s, _ in products])
    ratios = valid_numbers(draft, "aspect_ratios", "h/w", [list(r) for _, r in products])
    settings = finished(
        draft, fit_levels(draft, sizes, strides), ratios, offset=0.5, convention="detectron2"
    )
    mended = any(finding.mended for finding in draft.findings)
    export = export_list if framework == LIST else export_yaml
    corrected = export(settings, strides, side=640, image_size=640).text if mended else ""
    corrected = corrected.replace("# For --img 640.\n", "")
    return Pasted(framework, settings, tuple(draft.findings), corrected)


def _pairs(level: list[object]) -> Shapes:
    if len(level) % 2 or not level:
        raise UserError(
            nmsg(
                "A level has {count} number, but w,h come in pairs: {numbers}.",
                "A level has {count} numbers, but w,h come in pairs: {numbers}.",
                count=len(level),
                numbers=shown(level),
            )
        )
    if len(level) > MAX_WRITTEN:
        raise UserError(
            "A level has {anchors} anchors, which is no YOLO configuration.",
            anchors=len(level) // 2,
        )
    numbers = list[float]()
    for number in level:
        if not is_number(number) or not isinstance(number, int | float) or number <= 0:
            raise UserError(
                "{value} is among the anchors, but w and h are pixels above 0.",
                value=shown(number),
            )
        numbers.append(number)
    if max(numbers) <= 1:
        raise UserError(
            "The largest side is {side:g}: these w,h are shares of the image, or of the "
            "stride. Multiply them by the training size (or the stride) to get pixels.",
            side=max(numbers),
        )
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _place(
    draft: Draft,
    shapes: list[Shapes],
    strides: tuple[int, ...],
    written_strides: tuple[float, ...] | None,
) -> list[Shapes]:
    """The shapes of each of the model's levels; a level that the text lacks has none."""
    if len(strides) == 1:
        if len(shapes) > 1:
            draft.mend(
                msg(
                    "You gave anchors for {given} levels, the model has 1: all go there.",
                    given=len(shapes),
                )
            )
        return [tuple(shape for level in shapes for shape in level)]
    known = written_strides or strides[: len(shapes)]
    by_stride = dict(zip(known, shapes, strict=False))
    gone = [spell(stride) for stride in by_stride if stride not in strides]
    if gone:
        draft.mend(msg("The model has no level of stride {gone}: its anchors must go.", gone=gone))
    if not any(stride in strides for stride in by_stride):
        raise UserError("The model has none of the levels that these anchors are for.")
    empty = [str(stride) for stride in strides if stride not in by_stride]
    if empty:
        draft.remark(
            msg("The text has no anchors for stride {empty}: that level gets none.", empty=empty)
        )
    return [by_stride.get(stride, ()) for stride in strides]


def _product(draft: Draft, shapes: Shapes) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Sizes and ratios whose products are, or contain, these shapes."""
    exact = _exact_product(shapes)
    if exact is not None:
        return exact
    sizes = tuple(sorted({_at(math.sqrt(w * h), "sizes") for w, h in shapes}))
    ratios = tuple(sorted({_at(h / w, "aspect_ratios") for w, h in shapes}))
    if max(len(sizes), len(ratios)) > MAX_VALUES_PER_LEVEL:
        raise UserError(
            "A level has {shapes} shapes of free form, but the app lays sizes x ratios, of at "
            "most {most} each: keep fewer.",
            shapes=len(shapes),
            most=MAX_VALUES_PER_LEVEL,
        )
    draft.remark(
        msg(
            "{shapes} are {number} free shapes, but the app lays every size with every ratio: "
            "{sizes} with {ratios} contains them and makes {made}.",
            shapes=[f"{spell(w)}x{spell(h)}" for w, h in shapes],
            number=len(shapes),
            sizes=tuple_of(sizes),
            ratios=tuple_of(ratios),
            made=len(sizes) * len(ratios),
        )
    )
    return sizes, ratios


def _at(number: float, field: str) -> float:
    """Four figures, more than a list of w,h tells; a rounding must not leave the range."""
    tidy = float(f"{number:.4g}")
    control = number_of(f"anchors.{field}")
    near = control.low * 0.999 <= tidy <= control.high * 1.001
    return min(control.high, max(control.low, tidy)) if near else tidy


def _exact_product(shapes: Shapes) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Few-figured sizes and ratios that are written as exactly these shapes, if there are any."""
    if not shapes:
        return (), ()
    for figures in (2, 3, 4, 6, 9):
        sizes = dict.fromkeys(float(f"{math.sqrt(w * h):.{figures}g}") for w, h in shapes)
        ratios = dict.fromkeys(float(f"{h / w:.{figures}g}") for w, h in shapes)
        if len(sizes) * len(ratios) == len(shapes) and all(sizes) and all(ratios):
            found = shapes_of(tuple(sizes), tuple(ratios), 1.0)
            if sorted(found) == sorted((round(w, 2), round(h, 2)) for w, h in shapes):
                return tuple(sizes), tuple(ratios)
    return None
