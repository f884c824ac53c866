"""Suggest anchors for a data set: within a budget, those that meet its objects best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rpn_core.design.achieved import achieved
from rpn_core.design.both_objectives import MOST
from rpn_core.design.budget import Budget
from rpn_core.design.cost import AnchorCost, anchor_cost
from rpn_core.design.coverage import Coverage, check_levels, coverage
from rpn_core.design.held_back import HeldBack, held_back
from rpn_core.design.objects import DesignObjects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.search_anchors import fits, search_anchors
from rpn_core.errors import UserError
from rpn_core.progress import Progress, no_progress, part
from rpn_core.settings import AnchorSettings

MATTERS = 1e-4  # for less nobody changes anchors


@dataclass(frozen=True, eq=False, slots=True)
class Suggestion:
    """What the search found.

    Attributes:
        anchors: the settings, with numbers rounded for people; measured as they are.
        before, after: coverage of the present anchors and of the suggested ones, on all objects.
        cost_before, cost_after: for an input of the data set's median size.
        sampled: how many objects the search looked at.
        trials: how many changes it tried.
        kept: nothing better was found, and `anchors` are the present ones.
        held_back: the same search judged on images that it did not see; None where they are too
            few.
    """

    anchors: AnchorSettings
    before: Coverage
    after: Coverage
    cost_before: AnchorCost
    cost_after: AnchorCost
    sampled: int
    trials: int
    kept: bool
    held_back: HeldBack | None


def suggest(
    objects: DesignObjects,
    pyramid: Pyramid,
    present: AnchorSettings,
    budget: Budget,
    *,
    fg_iou_thresh: float = 0.7,
    progress: Progress = no_progress,
) -> Suggestion:
    """Search for the anchors that meet the objects best, by the objective of a budget.

    See `search_free` and `search_product`. All objects are searched with; how a search of the kind
    fares on images that it has not seen is measured by a second one, on a part of them.

    Args:
        present: what there is now; convention and offset are taken from it. When it fits the
            budget and is not beaten, it comes back.
        fg_iou_thresh: for the counts of positives before and after.
        progress: is told how far it has come, 0 to 1.
    Returns:
        the same for the same arguments, on every machine with the same numbers.
    Raises:
        UserError: there is no object, or settings and pyramid differ in levels.
    """
    check_levels(pyramid, present)
    if not len(objects):
        raise UserError(
            "There is no object to suggest anchors for: give boxes with area, in images whose "
            "size is known."
        )
    found, trials = search_anchors(
        objects, pyramid, present, budget, progress=part(progress, 0, 0.45)
    )
    apart = held_back(objects, pyramid, present, budget, progress=part(progress, 0.45, 0.8))
    before, after = (
        coverage(objects, pyramid, anchors, fg_iou_thresh=fg_iou_thresh, progress=share)
        for anchors, share in (
            (present, part(progress, 0.8, 0.9)),
            (found, part(progress, 0.9, 1.0)),
        )
    )
    reached = [
        float(achieved(objects, pyramid, anchors, budget).mean()) for anchors in (present, found)
    ]
    kept = fits(present, budget) and reached[0] > reached[1] - MATTERS
    if kept:
        found, after = present, before
    size = median_input(objects)
    return Suggestion(
        found, before, after,
        anchor_cost(size, pyramid, present), anchor_cost(size, pyramid, found),
        min(len(objects), max(MOST, budget.sample)), trials, kept, apart,
    )  # fmt: skip


def median_input(objects: DesignObjects) -> tuple[int, int]:
    """Padded height and width of the median network input, each side for itself."""
    known = objects.geometry.padded_hw[objects.geometry.known]
    # Not interpolated: a size that a network can have.
    height, width = np.sort(known, axis=0)[len(known) // 2]
    return int(height), int(width)
