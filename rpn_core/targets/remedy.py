"""What would give an object its positive: found by trying, and never said unless it works."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rpn_core.anchors import LevelAnchors, cell_anchors, grid_points
from rpn_core.boxes import pairwise_iou
from rpn_core.settings import CONTROLS, MAX_VALUES_PER_LEVEL, AnchorSettings, MatchSettings
from rpn_core.targets.case import Case
from rpn_core.targets.image_matching import ImageMatching, match_image
from rpn_core.targets.shape_fit import centred


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change of settings after which the object has a positive, by the thresholds alone.

    Attributes:
        words: what to do, without a full stop.
        anchors, matching: the settings after it; one of the two has changed.
    """

    words: str
    anchors: AnchorSettings
    matching: MatchSettings


def new_shape(case: Case, object_: int) -> Remedy | None:
    """Look for the smallest addition to a level's sizes and ratios that fits an object.

    A ratio alone goes first, then a size alone, then both; the level whose sizes are nearest to
    the object's goes before others. Each is laid on the grid and matched, with every rule in
    force, before it is said.
    """
    width, height = (float(side) for side in centred(case.objects.boxes[object_])[2:] * 2)
    size, ratio = math.sqrt(width * height), height / width
    levels = sorted(range(len(case.strides)), key=lambda level: _distance(case, level, size))
    for kind in (_ratio_alone, _size_alone, _both):
        for level in levels:
            for words, sizes, ratios in kind(case, level, size, ratio):
                wider = _add(case.settings, level, sizes, ratios)
                if wider is not None and _fits(case, level, wider, object_):
                    return Remedy(words, wider, case.matching)
    return None


def no_border_rule(case: Case, object_: int) -> Remedy | None:
    """Let anchors that cross the border take part."""
    words = "let anchors that cross the border take part"
    return _rule(case, object_, words, replace(case.matching, drop_cross_border=False))


def no_crowd_rule(case: Case, object_: int) -> Remedy | None:
    """Let anchors in a crowd region take part."""
    words = "turn the crowd rule off (share 1)"
    return _rule(case, object_, words, replace(case.matching, crowd_iof_thresh=1.0))


def lower_threshold(case: Case, matching: ImageMatching, object_: int) -> Remedy | None:
    """Lower the foreground threshold to what the object's best own anchor reaches."""
    own = matching.matches.best_iou[matching.matches.best_object == object_]
    reached = math.floor(float(own.max()) * 100) / 100 if len(own) else 0.0
    if reached < CONTROLS["fg_iou_thresh"].low:
        return None
    lower = replace(
        case.matching,
        fg_iou_thresh=reached,
        bg_iou_thresh=min(reached, case.matching.bg_iou_thresh),
    )
    return _rule(case, object_, f"lower the foreground threshold to {reached:.2f}", lower)


def _rule(case: Case, object_: int, words: str, changed: MatchSettings) -> Remedy | None:
    if not _has_positive(case, case.anchors.boxes, changed, object_):
        return None
    return Remedy(words, case.settings, changed)


# ---- candidates: words, and the sizes and ratios to add ---------------------------------------

_Candidate = tuple[str, tuple[float, ...], tuple[float, ...]]


def _ratio_alone(case: Case, level: int, size: float, ratio: float) -> Iterator[_Candidate]:
    sizes = case.settings.sizes[level]
    if not sizes:
        return
    nearest = min(sizes, key=lambda each: abs(math.log(each * case.settings.size_factor / size)))
    for number in _spellings(ratio):
        yield (
            f"add a ratio near {number:g} at {nearest:g} px (stride {case.strides[level]})",
            (),
            (number,),
        )


def _size_alone(case: Case, level: int, size: float, ratio: float) -> Iterator[_Candidate]:
    if not case.settings.aspect_ratios[level]:
        return
    for number in _spellings(size / case.settings.size_factor):
        yield f"add a size near {number:g} px at stride {case.strides[level]}", (number,), ()


def _both(case: Case, level: int, size: float, ratio: float) -> Iterator[_Candidate]:
    for new_size, new_ratio in zip(
        _spellings(size / case.settings.size_factor), _spellings(ratio), strict=True
    ):
        yield (
            f"add a size near {new_size:g} px with a ratio near {new_ratio:g} at stride "
            f"{case.strides[level]}",
            (new_size,),
            (new_ratio,),
        )


def _spellings(number: float) -> tuple[float, ...]:
    """The number, short first.

    >>> _spellings(3.14159)
    (3.1, 3.14, 3.142)
    """
    return tuple(float(f"{number:.{digits}g}") for digits in (2, 3, 4))


def _distance(case: Case, level: int, size: float) -> float:
    """How far, in octaves, an object's size is from those of a level."""
    stride = case.strides[level]
    sizes = [each * case.settings.size_factor for each in case.settings.sizes[level]]
    return min(abs(math.log2(size / each)) for each in sizes or [4.0 * stride])


def _add(
    settings: AnchorSettings, level: int, sizes: tuple[float, ...], ratios: tuple[float, ...]
) -> AnchorSettings | None:
    """The settings with these values on a level, or None where a control does not allow them."""
    wider: dict[str, tuple[tuple[float, ...], ...]] = {}
    for name, new in (("sizes", sizes), ("aspect_ratios", ratios)):
        control, levels = CONTROLS[name], list(getattr(settings, name))
        levels[level] = tuple(sorted({*levels[level], *new}))
        if len(levels[level]) > MAX_VALUES_PER_LEVEL:
            return None
        if not all(control.low <= value <= control.high for value in new):
            return None
        wider[name] = tuple(levels)
    return replace(settings, sizes=wider["sizes"], aspect_ratios=wider["aspect_ratios"])


# ---- trying -----------------------------------------------------------------------------------


def _fits(case: Case, level: int, wider: AnchorSettings, object_: int) -> bool:
    grid = case.anchors.levels[level]
    shapes = _shapes(wider, level)
    box = case.objects.boxes[object_][None]
    possible = pairwise_iou(centred(shapes), centred(box))[:, 0]
    enough = possible >= case.matching.fg_iou_thresh
    if not enough.any():
        return False
    boxes = _place(grid, shapes[enough])
    # Few anchors come near; the rules and the other objects decide among those.
    near = pairwise_iou(boxes, box)[:, 0] >= case.matching.fg_iou_thresh
    return _has_positive(case, boxes[near], case.matching, object_)


def _shapes(settings: AnchorSettings, level: int) -> Tensor:
    like_torchvision = settings.convention == "torchvision"
    sizes = tuple(size * settings.size_factor for size in settings.sizes[level])
    shapes, _ = cell_anchors(
        sizes,
        settings.aspect_ratios[level],
        rounded=like_torchvision,
        ratio_major=like_torchvision,
    )
    return shapes


def _place(grid: LevelAnchors, shapes: Tensor) -> Tensor:
    points = grid_points(grid.grid_hw, grid.stride_hw, grid.offset)
    return (points.repeat(1, 2)[:, None] + shapes[None]).reshape(-1, 4)


def _has_positive(case: Case, boxes: Tensor, matching: MatchSettings, object_: int) -> bool:
    # Without the low-quality rule an anchor's target does not depend on the other anchors.
    strict = replace(matching, allow_low_quality=False)
    target = match_image(boxes, case.objects, case.image_hw, strict).matches.target
    return bool(torch.any(target == object_))
