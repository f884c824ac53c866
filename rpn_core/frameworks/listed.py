"""Lists of width and height, as YOLO and k-means give them, laid on the levels of a model.

What is read of YOLO's yaml, Darknet's cfg or a printout comes here as lists, each with its stride
where the text tells it; here alone they become settings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rpn_core.errors import UserError
from rpn_core.frameworks import mmdetection, yolo
from rpn_core.frameworks.exported import Exported
from rpn_core.frameworks.pasted import MAX_WRITTEN, Draft, Pasted, is_number, shown
from rpn_core.messages import msg, nmsg
from rpn_core.settings import AnchorConvention, AnchorSettings, Shapes, number_of
from rpn_core.settings.spelling import spell, spell_shape

CELL = 32  # px: YOLOv2 counts in cells of its only level
_LARGEST_IN_CELLS = 20  # a network input of 640 px
_CELL_ANCHORS = 5  # of YOLOv2
# Strides of so many lists that name none: those of YOLOv3 and later, first the more usual.
_USUAL = {
    2: ((16, 32),),
    3: ((8, 16, 32),),
    4: ((8, 16, 32, 64), (4, 8, 16, 32)),
    5: ((8, 16, 32, 64, 128), (4, 8, 16, 32, 64)),
}
_WRITTEN: dict[str, Callable[[AnchorSettings, tuple[int, ...]], Exported]] = {
    yolo.YAML: yolo.corrected_yaml,
    yolo.LIST: yolo.corrected_list,
    mmdetection.KEY: mmdetection.export,
}
_PER_LEVEL = 3  # anchors on a cell since YOLOv3


@dataclass(frozen=True, slots=True)
class WrittenList:
    """One list of a text.

    Attributes:
        numbers: w, h, w, h ... as written, of any type.
        stride: of its level, pixels of the network input; None where the text does not tell.
    """

    numbers: Sequence[object]
    stride: float | None = None


@dataclass(frozen=True, slots=True)
class _Level:
    shapes: Shapes
    stride: float | None

    @property
    def mean_area(self) -> float:
        return sum(w * h for w, h in self.shapes) / len(self.shapes)


def read_lists(
    draft: Draft,
    framework: str,
    lists: Sequence[WrittenList],
    strides: tuple[int, ...],
    *,
    in_cells: bool = False,
) -> Pasted:
    """Lay lists on the levels of their strides, each shape as it is written.

    Lists that name no stride go by their size and number, as YOLO's heads do, and it is told.

    Args:
        strides: of the model's levels.
        in_cells: the numbers count cells of 32 px.
    Raises:
        UserError: the numbers are no widths and heights in pixels, or the model has no such level.
    """
    levels = [_Level(_pairs(each.numbers), each.stride) for each in lists]
    if in_cells or _counts_cells(levels):
        levels = _in_pixels(draft, levels)
    elif max(max(shape) for level in levels for shape in level.shapes) <= 1:
        raise UserError(
            "The largest side is {side:g}: these w,h are shares of the image, or of the "
            "stride. Multiply them by the training size (or the stride) to get pixels.",
            side=max(max(shape) for level in levels for shape in level.shapes),
        )
    if len(strides) > 1:
        by_stride = _with_strides(draft, levels, strides)
    else:
        by_stride = {float(strides[0]): _together(draft, levels)}
    placed = [_usable(draft, by_stride.get(stride, ())) for stride in strides]
    if len(strides) > 1:
        _tell_levels(draft, by_stride, strides)
    settings = settings_of_lists(tuple(placed), 0.5, "detectron2")

    write = _WRITTEN.get(framework)
    return draft.done(framework, settings, write and (lambda made: write(made, strides)))


def settings_of_lists(
    levels: tuple[Shapes, ...], offset: float, convention: AnchorConvention
) -> AnchorSettings:
    """Exactly these shapes; beside each list waits its mean size, for when it is switched off."""
    return AnchorSettings(
        tuple((_mean_size(level),) if level else () for level in levels),
        ((1,),) * len(levels),
        offset=offset,
        convention=convention,
        shapes=levels,
    )


def _mean_size(shapes: Shapes) -> float:
    size = number_of("anchors.sizes")
    mean = math.exp(sum(math.log(w * h) / 2 for w, h in shapes) / len(shapes))
    return min(size.high, max(size.low, float(f"{mean:.3g}")))


def ssd_sides(size: float, larger: float, ratios: Sequence[float]) -> list[float]:
    """SSD's w, h, w, h ... of a level: two squares, and each ratio lying and upright.

    >>> ssd_sides(10, 20, [4])
    [10.0, 10.0, 20.0, 20.0, 20.0, 5.0, 5.0, 20.0]
    """
    sides = [size, size, larger, larger]
    for ratio in ratios:
        long, short = size * math.sqrt(ratio), size / math.sqrt(ratio)
        sides += [long, short, short, long]
    return list(map(tidy, sides))


def _pairs(numbers: Sequence[object]) -> Shapes:
    if len(numbers) % 2 or not numbers:
        raise UserError(
            nmsg(
                "A level has {count} number, but w,h come in pairs: {numbers}.",
                "A level has {count} numbers, but w,h come in pairs: {numbers}.",
                count=len(numbers),
                numbers=shown(list(numbers)),
            )
        )
    if len(numbers) > 2 * MAX_WRITTEN:
        raise UserError(
            "A level has {anchors} anchors, which is no YOLO configuration.",
            anchors=len(numbers) // 2,
        )
    sides = list[float]()
    for number in numbers:
        if not is_number(number) or not isinstance(number, int | float) or number <= 0:
            raise UserError(
                "{value} is among the anchors, but w and h are pixels above 0.",
                value=shown(number),
            )
        sides.append(number)
    return tuple(zip(sides[::2], sides[1::2], strict=True))


def _counts_cells(levels: Sequence[_Level]) -> bool:
    """Whether one list that names no level is YOLOv2's: five fractions, or too small in pixels."""
    if len(levels) != 1 or levels[0].stride is not None:
        return False
    shapes = levels[0].shapes
    smallest = min(math.sqrt(w * h) for w, h in shapes)
    too_small = smallest < number_of("anchors.sizes").low
    of_yolo = len(shapes) == _CELL_ANCHORS and all(w % 1 or h % 1 for w, h in shapes)
    largest = max(max(shape) for shape in shapes)
    return 1 < largest <= _LARGEST_IN_CELLS and (too_small or of_yolo)


def _in_pixels(draft: Draft, levels: Sequence[_Level]) -> list[_Level]:
    draft.remark(
        msg(
            "These w,h count cells of {cell} px, as YOLOv2 does: they are multiplied by {cell}, "
            "and belong to stride {cell}.",
            cell=CELL,
        )
    )
    return [
        _Level(
            tuple((tidy(w * CELL), tidy(h * CELL)) for w, h in level.shapes),
            level.stride or CELL,
        )
        for level in levels
    ]


def tidy(number: float) -> float:
    """Without the dust of a product: 18.32736 and not 18.327360000000002."""
    return float(f"{number:.10g}")


def _together(draft: Draft, levels: Sequence[_Level]) -> Shapes:
    if len(levels) > 1:
        draft.mend(
            msg(
                "You gave anchors for {given} levels, the model has 1: all go there.",
                given=len(levels),
            )
        )
    return tuple(shape for level in levels for shape in level.shapes)


def _with_strides(
    draft: Draft, levels: Sequence[_Level], strides: tuple[int, ...]
) -> dict[float, Shapes]:
    named = [level.stride for level in levels if level.stride is not None]
    if not named:
        return _by_size(draft, levels, strides)
    if len(named) < len(levels):
        raise UserError(
            "Only {named} of {lists} lists of w,h name their level: name each, like {example}.",
            named=len(named),
            lists=len(levels),
            example="P3/8",
        )
    by_stride = dict[float, Shapes]()
    for level in levels:
        assert level.stride is not None
        by_stride[level.stride] = by_stride.get(level.stride, ()) + level.shapes
    if len(by_stride) < len(levels):
        draft.remark(
            msg(
                "Some of the {lists} lists are for the same stride: those are joined.",
                lists=len(levels),
            )
        )
    return by_stride


def _by_size(
    draft: Draft, levels: Sequence[_Level], strides: tuple[int, ...]
) -> dict[float, Shapes]:
    if len(levels) == 1:
        return _shared_out(draft, levels[0].shapes, strides)
    areas = [level.mean_area for level in levels]
    if areas == sorted(areas, reverse=True):
        levels = levels[::-1]
        draft.remark(msg("The lists go from large to small: the first is for the coarsest level."))
    known = _usual(len(levels), strides)
    draft.remark(
        msg(
            "The text names no strides: its {lists} lists are taken for stride {strides}. Name "
            "each, like {example}, if that is wrong.",
            lists=len(levels),
            strides=list(known),
            example="P3/8",
        )
    )
    return dict(zip(known, (level.shapes for level in levels), strict=True))


def _usual(count: int, strides: tuple[int, ...]) -> tuple[float, ...]:
    """Strides of so many levels that name none."""
    usual = _USUAL.get(count, ())
    if strides in usual or (not usual and len(strides) == count):
        return strides
    if usual:
        return usual[0]
    raise UserError(
        "There are {count} lists of w,h that name no stride, but the model has stride {strides}: "
        "name each, like {example}.",
        count=count,
        strides=list(strides),
        example="P3/8",
    )


def _shared_out(draft: Draft, shapes: Shapes, strides: tuple[int, ...]) -> dict[float, Shapes]:
    """One list for all levels, by size: three on each of YOLO's strides, or evenly."""
    heads, over = divmod(len(shapes), _PER_LEVEL)
    if not over and heads in _USUAL:
        known = _usual(heads, strides)
    elif len(shapes) % len(strides) == 0:
        known = strides
    else:
        raise UserError(
            "One list of {shapes} w,h names no level, and cannot be shared out evenly over "
            "stride {strides}: write one line a level, like {example}.",
            shapes=len(shapes),
            strides=list(strides),
            example="P3/8: 10,13, 16,30",
        )
    per = len(shapes) // len(known)
    rising = tuple(sorted(shapes, key=lambda shape: shape[0] * shape[1]))
    by_size = tuple(rising[i * per : (i + 1) * per] for i in range(len(known)))
    as_written = tuple(shapes[i * per : (i + 1) * per] for i in range(len(known)))
    if [set(level) for level in by_size] == [set(level) for level in as_written]:
        by_size = as_written  # the order within a level is that of the channels
    draft.remark(
        nmsg(
            "One list for all levels, which names no strides: {count} anchor goes to each of "
            "stride {strides}, by size.",
            "One list for all levels, which names no strides: {count} anchors go to each of "
            "stride {strides}, by size.",
            count=per,
            strides=list(known),
        )
    )
    return dict(zip(known, by_size, strict=True))


def _usable(draft: Draft, shapes: Shapes) -> Shapes:
    """Only what the app can lay, and a sentence on each shape that it cannot."""
    sizes, ratios = number_of("anchors.sizes"), number_of("anchors.aspect_ratios")
    kept = dict[tuple[float, float], None]()
    for w, h in shapes:
        size, ratio = math.sqrt(w * h), h / w
        if not sizes.low <= size <= sizes.high:
            draft.mend(
                msg(
                    "{shape} is an anchor of {size:.3g} px, but sqrt(w x h) must be from {low:g} "
                    "to {high:g} px of the network input: it is left out.",
                    shape=spell_shape((w, h)),
                    size=size,
                    low=sizes.low,
                    high=sizes.high,
                )
            )
        elif not ratios.low <= ratio <= ratios.high:
            draft.mend(
                msg(
                    "{shape} has h/w {ratio:.3g}, but that must be from {low:g} to {high:g}: it "
                    "is left out.",
                    shape=spell_shape((w, h)),
                    ratio=ratio,
                    low=ratios.low,
                    high=ratios.high,
                )
            )
        elif (w, h) in kept:
            draft.mend(
                msg(
                    "One level has {shape} twice: it is laid once.",
                    shape=spell_shape((w, h)),
                )
            )
        else:
            kept[w, h] = None
    if shapes and not kept:
        raise UserError("A level has no usable w,h: {finding}", finding=draft.findings[-1].sentence)
    return tuple(kept)


def _tell_levels(draft: Draft, by_stride: dict[float, Shapes], strides: tuple[int, ...]) -> None:
    gone = [spell(stride) for stride in by_stride if stride not in strides]
    if len(gone) == len(by_stride):
        raise UserError(
            "The model has none of the levels that these anchors are for: they belong to stride "
            "{gone}, the model has {strides}.",
            gone=gone,
            strides=list(strides),
        )
    if gone:
        draft.mend(msg("The model has no level of stride {gone}: its anchors must go.", gone=gone))
    empty = [str(stride) for stride in strides if stride not in by_stride]
    if empty:
        draft.remark(
            msg("The text has no anchors for stride {empty}: that level gets none.", empty=empty)
        )
