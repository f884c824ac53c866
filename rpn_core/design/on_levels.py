"""A suggestion that leaves some levels without anchors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rpn_core.design.budget import Budget
from rpn_core.design.cost import anchor_cost
from rpn_core.design.coverage import check_levels, coverage
from rpn_core.design.objects import DesignObjects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.suggest import Suggestion, median_input, suggest
from rpn_core.errors import UserError
from rpn_core.progress import Progress, no_progress, part
from rpn_core.settings import AnchorSettings


def suggest_on_levels(
    objects: DesignObjects,
    pyramid: Pyramid,
    present: AnchorSettings,
    budget: Budget,
    levels: Sequence[int],
    *,
    fg_iou_thresh: float = 0.7,
    progress: Progress = no_progress,
) -> Suggestion:
    """Suggest anchors that use only some levels of the pyramid; see `suggest`.

    Args:
        levels: numbers of those that may have anchors; the others get none.
    Returns:
        a suggestion for the whole pyramid; `before` is that of all present anchors. With all
        levels it is that of `suggest`.
    Raises:
        UserError: no level is named, or as `suggest`.
    """
    check_levels(pyramid, present)
    used = sorted(set(levels))
    if not used:
        raise UserError("No level may have anchors: choose at least one stride.")
    if len(used) == len(pyramid.strides):
        return suggest(
            objects, pyramid, present, budget, fg_iou_thresh=fg_iou_thresh, progress=progress
        )
    part_of = Pyramid(tuple(pyramid.strides[level] for level in used), pyramid.rounding)
    there = _on(present, used, part_of)
    made = suggest(
        objects, part_of, there, budget, fg_iou_thresh=fg_iou_thresh,
        progress=part(progress, 0, 0.8),
    )  # fmt: skip
    anchors = _spread(made.anchors, used, len(pyramid.strides))
    size = median_input(objects)
    before, after = (
        coverage(objects, pyramid, each, fg_iou_thresh=fg_iou_thresh, progress=share)
        for each, share in (
            (present, part(progress, 0.8, 0.9)),
            (anchors, part(progress, 0.9, 1.0)),
        )
    )
    return Suggestion(
        anchors,
        before,
        after,
        anchor_cost(size, pyramid, present),
        anchor_cost(size, pyramid, anchors),
        made.sampled,
        made.trials,
        kept=anchors == present,
        held_back=made.held_back,
    )


def _on(present: AnchorSettings, used: Sequence[int], pyramid: Pyramid) -> AnchorSettings:
    """The present anchors of some levels; one square where there is none."""
    square = tuple((min(8.0 * stride, 2048.0),) for stride in pyramid.strides)
    return replace(
        present,
        sizes=tuple(present.sizes[level] or one for level, one in zip(used, square, strict=True)),
        aspect_ratios=tuple(present.aspect_ratios[level] or (1.0,) for level in used),
        shapes=tuple(present.listed(level) for level in used),
    )


def _spread(made: AnchorSettings, used: Sequence[int], levels: int) -> AnchorSettings:
    """The anchors of some levels among all, of which the others have none."""
    place = {level: number for number, level in enumerate(used)}

    def at(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(values[place[n]] if n in place else () for n in range(levels))

    return replace(
        made,
        sizes=at(made.sizes),
        aspect_ratios=at(made.aspect_ratios),
        shapes=at(made.shapes) if made.shapes else (),
    )
