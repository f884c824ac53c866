"""Suggest anchors for a data set: within a budget, those that meet its objects best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rpn_core.anchors.shapes import shape_counts
from rpn_core.design.budget import Budget
from rpn_core.design.cost import AnchorCost, anchor_cost
from rpn_core.design.coverage import Coverage, check_levels, coverage
from rpn_core.design.objects import DesignObjects, sample_objects
from rpn_core.design.placement import place
from rpn_core.design.product_design import (
    ProductDesign,
    as_settings,
    flatten,
    of_settings,
    unflatten,
)
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.product_moves import Objective, descend, kick_and_descend
from rpn_core.design.starts import greedy_start, kmeans_start
from rpn_core.errors import UserError
from rpn_core.progress import Progress, no_progress, part
from rpn_core.settings import MAX_VALUES_PER_LEVEL, AnchorSettings

FINALISTS = 2
_SCREENING = 0.4  # of the trials, to choose among numbers of ratios


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
    """

    anchors: AnchorSettings
    before: Coverage
    after: Coverage
    cost_before: AnchorCost
    cost_after: AnchorCost
    sampled: int
    trials: int
    kept: bool


def suggest(
    objects: DesignObjects,
    pyramid: Pyramid,
    present: AnchorSettings,
    budget: Budget,
    *,
    fg_iou_thresh: float = 0.7,
    progress: Progress = no_progress,
) -> Suggestion:
    """Search for sizes and ratios whose anchors, on the true grids, meet the objects best.

    Begins with k-means and with a greedy choice of sizes, for each way to split the budget into
    sizes and ratios, then improves the best of them by `search.kick_and_descend`.

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
    sample = sample_objects(objects, budget.sample, budget.seed)
    found, trials = search_anchors(
        sample, pyramid, present, budget, progress=part(progress, 0, 0.8)
    )
    before, after = (
        coverage(objects, pyramid, anchors, fg_iou_thresh=fg_iou_thresh, progress=share)
        for anchors, share in (
            (present, part(progress, 0.8, 0.9)),
            (found, part(progress, 0.9, 1.0)),
        )
    )
    kept = fits(present, budget) and _worth(before, budget) >= _worth(after, budget)
    if kept:
        found, after = present, before
    size = median_input(objects)
    return Suggestion(
        found, before, after,
        anchor_cost(size, pyramid, present), anchor_cost(size, pyramid, found),
        len(sample), trials, kept,
    )  # fmt: skip


def search_anchors(
    sample: DesignObjects,
    pyramid: Pyramid,
    present: AnchorSettings,
    budget: Budget,
    *,
    progress: Progress = no_progress,
) -> tuple[AnchorSettings, int]:
    """The search alone, on all objects of `sample`; also returns the number of trials."""
    allowed = budget.evaluations
    objective = Objective(
        place(sample, pyramid, present),
        budget.recall_iou if budget.aim == "recall" else None,
        lambda trials: progress(min(trials / allowed, 1.0)),
    )
    random = np.random.default_rng(budget.seed)
    strides = pyramid.strides
    starts = _starts(objective, strides, present, budget)
    ranked: list[tuple[float, int, ProductDesign]] = []
    for number, start in enumerate(starts):
        flat = flatten(start, strides)
        limit = int(allowed * _SCREENING * (number + 1) / len(starts))
        values, worth = descend(objective, flat, flat.values, limit)
        ranked.append((worth, -number, unflatten(flat, values, start)))
    ranked.sort(reverse=True)
    best_worth, best = -np.inf, ranked[0][2]
    finalists = ranked[:FINALISTS]
    for number, (_, _, design) in enumerate(finalists):
        flat = flatten(design, strides)
        left = allowed - objective.trials
        limit = objective.trials + left // (len(finalists) - number)
        values, worth = kick_and_descend(objective, flat, flat.values, limit, random)
        if worth > best_worth:
            best_worth, best = worth, unflatten(flat, values, design)
    progress(1.0)
    return as_settings(best, present), objective.trials


def splits(budget: Budget, levels: int) -> list[tuple[int, int]]:
    """Ways to spend the budget: (k, m), k sizes with m ratios each.

    k counts the sizes of one level, or of all levels together when the budget does. Of two ways
    with as many sizes only the one with more ratios is left.

    >>> splits(Budget(shapes=6), 4)
    [(6, 1), (3, 2), (2, 3), (1, 6)]
    """
    most = MAX_VALUES_PER_LEVEL * (levels if budget.scope == "total" else 1)
    found: dict[int, int] = {}
    for ratios in range(1, min(budget.shapes, MAX_VALUES_PER_LEVEL) + 1):
        sizes = min(budget.shapes // ratios, most)
        found[sizes] = ratios
    return list(found.items())


def fits(anchors: AnchorSettings, budget: Budget) -> bool:
    """Whether the anchors are within the budget."""
    counts = shape_counts(anchors)
    return (sum(counts) if budget.scope == "total" else max(counts)) <= budget.shapes


def median_input(objects: DesignObjects) -> tuple[int, int]:
    """Padded height and width of the median network input, each side for itself."""
    known = objects.geometry.padded_hw[objects.geometry.known]
    # Not interpolated: a size that a network can have.
    height, width = np.sort(known, axis=0)[len(known) // 2]
    return int(height), int(width)


def _starts(
    objective: Objective, strides: tuple[int, ...], present: AnchorSettings, budget: Budget
) -> list[ProductDesign]:
    shared = budget.shared_ratios
    wh = objective.placement.wh.T.astype(np.float64)
    starts: list[ProductDesign] = []
    for sizes, ratios in splits(budget, len(strides)):
        if budget.scope == "total":
            starts.append(greedy_start(objective, strides, sizes, None, ratios, shared))
            continue
        slots = sizes * len(strides)
        starts.append(greedy_start(objective, strides, slots, sizes, ratios, shared))
        starts.append(kmeans_start(wh, strides, sizes, ratios, shared, budget.seed))
    one_list = len({r for s, r in zip(present.sizes, present.aspect_ratios, strict=True) if s}) <= 1
    if fits(present, budget) and (one_list or not shared):
        starts.append(of_settings(present, shared))
    return starts


def _worth(found: Coverage, budget: Budget) -> float:
    return found.mean_iou if budget.aim == "mean_iou" else found.recall(budget.recall_iou)
