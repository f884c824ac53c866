"""What would give an object its positive: found by trying, and never said unless it works."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rpn_core.anchors.lay import cell_anchors_of
from rpn_core.anchors.shapes import level_shapes
from rpn_core.geometry.boxes import centred
from rpn_core.messages import Message, msg
from rpn_core.settings import (
    MAX_SHAPES_PER_LEVEL,
    MAX_VALUES_PER_LEVEL,
    AnchorSettings,
    InputSettings,
    MatchSettings,
    Shapes,
    number_of,
)
from rpn_core.settings.check import SettingError
from rpn_core.settings.spelling import spell_shape
from rpn_core.stages.network_input import resized_hw
from rpn_core.targets.case import Case
from rpn_core.targets.image_matching import ImageMatching, match_image
from rpn_core.targets.near import boxes_near

_FACTORS = (1.5, 2, 3, 4)

_Candidate = tuple[Message, AnchorSettings | None]  # words, and the settings where they may be so


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change of settings after which the object has a positive, by the thresholds alone.

    Attributes:
        sentence: what to do.
        anchors, matching, input: the settings after it; one of the three has changed.
    """

    sentence: Message
    anchors: AnchorSettings
    matching: MatchSettings
    input: InputSettings


def new_shape(case: Case, object_: int) -> Remedy | None:
    """Look for the smallest addition to a level's sizes and ratios that fits an object.

    A ratio alone goes first, then a size alone, then both, which for a level with a list of shapes
    is one more shape; the level whose sizes are nearest to the object's goes before others. Each
    is laid on the grid and matched, with every rule in force, before it is said.
    """
    width, height = (float(side) for side in centred(case.objects.boxes[object_])[2:] * 2)
    size, ratio = math.sqrt(width * height), height / width
    levels = sorted(range(len(case.strides)), key=lambda level: _distance(case, level, size))
    for kind in (_ratio_alone, _size_alone, _both):
        for level in levels:
            spelt = tuple(kind(case, level, size, ratio))
            # If not even the longest spelling fits, the short ones would only by chance.
            if not spelt or _widened(case, level, spelt[-1], object_) is None:
                continue
            for candidate in spelt:
                wider = _widened(case, level, candidate, object_)
                if wider is not None:
                    return Remedy(candidate[0], wider, case.matching, case.input)
    return None


def _widened(case: Case, level: int, candidate: _Candidate, object_: int) -> AnchorSettings | None:
    """The settings with what a candidate adds, if that gives the object a positive."""
    wider = candidate[1]
    return wider if wider is not None and _fits(case, level, wider, object_) else None


def larger_input(case: Case, object_: int) -> Remedy | None:
    """Show the photo larger to the network: objects grow, anchors and strides do not."""
    for factor in _FACTORS:
        larger = _enlarged(case.input, factor)
        if larger == case.input:
            return None
        image_hw = resized_hw(case.original_hw, larger)
        x, y = image_hw[1] / case.image_hw[1], image_hw[0] / case.image_hw[0]
        boxes = case.objects.boxes * torch.tensor([x, y, x, y])
        grown = replace(case, objects=replace(case.objects, boxes=boxes), image_hw=image_hw)
        # Fewer cells than there may be: whether the last, cut one counts depends on the network.
        near = [
            boxes_near(
                grid,
                (int(image_hw[0] // grid.stride_hw[0]), int(image_hw[1] // grid.stride_hw[1])),
                grid.cell_anchors,
                boxes[object_],
                case.matching.fg_iou_thresh,
            )
            for grid in case.anchors.levels
        ]
        if _has_positive(grown, torch.cat(near), case.matching, object_):
            words = msg(
                "Show the photo larger to the network, short side {min_side} and long side "
                "{max_side} px at most.",
                min_side=larger.min_side,
                max_side=larger.max_side,
            )
            return Remedy(words, case.settings, case.matching, larger)
    return None


def _enlarged(settings: InputSettings, factor: float) -> InputSettings:
    def side(name: str, now: int) -> int:
        control = number_of(f"input.{name}")
        return int(min(control.high, round(now * factor / control.step) * control.step))

    return InputSettings(
        max(settings.min_side, side("min_side", settings.min_side)),
        max(settings.max_side, side("max_side", settings.max_side)),
    )


def no_border_rule(case: Case, object_: int) -> Remedy | None:
    """Let anchors that cross the border take part."""
    words = msg("Let anchors that cross the border take part.")
    return _rule(case, object_, words, replace(case.matching, drop_cross_border=False))


def no_crowd_rule(case: Case, object_: int) -> Remedy | None:
    """Let anchors in a crowd region take part."""
    words = msg("Turn the crowd rule off (share 1).")
    return _rule(case, object_, words, replace(case.matching, crowd_iof_thresh=1.0))


def lower_threshold(case: Case, matching: ImageMatching, object_: int) -> Remedy | None:
    """Lower the foreground threshold to what the object's best own anchor reaches."""
    own = matching.matches.best_iou[matching.matches.best_object == object_]
    reached = math.floor(float(own.max()) * 100) / 100 if len(own) else 0.0
    if reached < number_of("match.fg_iou_thresh").low:
        return None
    lower = replace(
        case.matching,
        fg_iou_thresh=reached,
        bg_iou_thresh=min(reached, case.matching.bg_iou_thresh),
    )
    return _rule(
        case,
        object_,
        msg(
            "Lower the foreground threshold to {reached:.2f}.",
            reached=reached,
        ),
        lower,
    )


def _rule(case: Case, object_: int, words: Message, changed: MatchSettings) -> Remedy | None:
    if not _has_positive(case, case.anchors.boxes, changed, object_):
        return None
    return Remedy(words, case.settings, changed, case.input)


# ---- candidates -------------------------------------------------------------------------------


def _ratio_alone(case: Case, level: int, size: float, ratio: float) -> Iterator[_Candidate]:
    sizes = case.settings.sizes[level]
    if not sizes or case.settings.listed(level):
        return
    nearest = min(sizes, key=lambda each: abs(math.log(each * case.settings.size_factor / size)))
    for number in _spellings(ratio):
        yield (
            msg(
                "Add a ratio (h/w) near {number:g} at {nearest:g} px (stride {strides}).",
                number=number,
                nearest=nearest,
                strides=case.strides[level],
            ),
            _add(case.settings, level, (), (number,)),
        )


def _size_alone(case: Case, level: int, size: float, ratio: float) -> Iterator[_Candidate]:
    if not case.settings.aspect_ratios[level] or case.settings.listed(level):
        return
    for number in _spellings(size / case.settings.size_factor):
        yield (
            msg(
                "Add a size near {number:g} px at stride {strides}.",
                number=number,
                strides=case.strides[level],
            ),
            _add(case.settings, level, (number,), ()),
        )


def _both(case: Case, level: int, size: float, ratio: float) -> Iterator[_Candidate]:
    if case.settings.listed(level):
        yield from _one_more_shape(case, level, size, ratio)
        return
    for new_size, new_ratio in zip(
        _spellings(size / case.settings.size_factor), _spellings(ratio), strict=True
    ):
        yield (
            msg(
                "Add a size near {new_size:g} px with a ratio (h/w) near {new_ratio:g} at "
                "stride {strides}.",
                new_size=new_size,
                new_ratio=new_ratio,
                strides=case.strides[level],
            ),
            _add(case.settings, level, (new_size,), (new_ratio,)),
        )


def _one_more_shape(case: Case, level: int, size: float, ratio: float) -> Iterator[_Candidate]:
    """One more shape in a level's list; where it is full, in the place of the most alike."""
    settings, listed = case.settings, case.settings.listed(level)
    root, scaled = math.sqrt(ratio), size / settings.size_factor
    for width, height in zip(_spellings(scaled / root), _spellings(scaled * root), strict=True):
        shape = (width, height)
        if len(listed) < MAX_SHAPES_PER_LEVEL:
            words = msg(
                "Add a shape near {shape} px at stride {stride}.",
                shape=spell_shape(shape), stride=case.strides[level],
            )  # fmt: skip
            yield words, _with_list(settings, level, (*listed, shape))
            continue
        alike = max(range(len(listed)), key=lambda at: _centred_iou(listed[at], shape))
        words = msg(
            "Replace shape {old} by one near {shape} px at stride {stride}.",
            old=spell_shape(listed[alike]), shape=spell_shape(shape), stride=case.strides[level],
        )  # fmt: skip
        yield words, _with_list(settings, level, (*listed[:alike], shape, *listed[alike + 1 :]))


def _with_list(settings: AnchorSettings, level: int, listed: Shapes) -> AnchorSettings | None:
    """The settings with another list on a level, or None where a control does not allow it."""
    levels = list(settings.shapes)
    levels[level] = listed
    try:
        return replace(settings, shapes=tuple(levels))
    except SettingError:
        return None


def _centred_iou(one: tuple[float, float], other: tuple[float, float]) -> float:
    overlap = min(one[0], other[0]) * min(one[1], other[1])
    return overlap / (one[0] * one[1] + other[0] * other[1] - overlap)


def _spellings(number: float) -> tuple[float, ...]:
    """The number, short first.

    >>> _spellings(3.14159)
    (3.1, 3.14, 3.142)
    """
    return tuple(float(f"{number:.{digits}g}") for digits in (2, 3, 4))


def _distance(case: Case, level: int, size: float) -> float:
    """How far, in octaves, an object's size is from those of a level."""
    stride, listed = case.strides[level], case.settings.listed(level)
    asked = [math.sqrt(w * h) for w, h in listed] or case.settings.sizes[level]
    sizes = [each * case.settings.size_factor for each in asked]
    return min(abs(math.log2(size / each)) for each in sizes or [4.0 * stride])


def _add(
    settings: AnchorSettings, level: int, sizes: tuple[float, ...], ratios: tuple[float, ...]
) -> AnchorSettings | None:
    """The settings with these values on a level, or None where a control does not allow them."""
    wider: dict[str, tuple[tuple[float, ...], ...]] = {}
    for name, new in (("sizes", sizes), ("aspect_ratios", ratios)):
        control, levels = number_of(f"anchors.{name}"), list(getattr(settings, name))
        levels[level] = tuple(sorted({*levels[level], *new}))
        if len(levels[level]) > MAX_VALUES_PER_LEVEL:
            return None
        if not all(control.low <= value <= control.high for value in new):
            return None
        wider[name] = tuple(levels)
    return replace(settings, sizes=wider["sizes"], aspect_ratios=wider["aspect_ratios"])


# ---- trying -----------------------------------------------------------------------------------


def _fits(case: Case, level: int, wider: AnchorSettings, object_: int) -> bool:
    """Whether one of the shapes that a level gains gives the object a positive.

    Those that it has already do not, or the object would need no remedy.
    """
    grid = case.anchors.levels[level]
    box, thresh = case.objects.boxes[object_], case.matching.fg_iou_thresh
    near = boxes_near(grid, grid.grid_hw, _gained(case.settings, wider, level), box, thresh)
    return _has_positive(case, near, case.matching, object_)


def _gained(settings: AnchorSettings, wider: AnchorSettings, level: int) -> Tensor:
    """(A, 4) the shapes of `wider` that are not in `settings`, rounded as the convention wants."""
    known = set(level_shapes(settings, level))
    gained = [shape for shape in level_shapes(wider, level) if shape not in known]
    return cell_anchors_of(settings, gained)[0]


def _has_positive(case: Case, boxes: Tensor, matching: MatchSettings, object_: int) -> bool:
    if not len(boxes):
        return False
    # Without the low-quality rule an anchor's target does not depend on the other anchors.
    strict = replace(matching, allow_low_quality=False)
    target = match_image(boxes, case.objects, case.image_hw, strict).matches.target
    return bool(torch.any(target == object_))
