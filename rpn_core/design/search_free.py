"""Search for free shapes within a budget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rpn_core.design.both_objectives import ENDING, BothObjectives
from rpn_core.design.budget import Budget
from rpn_core.design.free_design import FreeDesign, by_area
from rpn_core.design.free_moves import Room, rounded, search_on, settle
from rpn_core.design.free_starts import coarsened, filled, free_starts

FINALISTS = 2
_SCREENING = 0.3  # of the trials, to choose among the starts
AS_GOOD = 0.998  # of its worth is enough for a design with fewer anchors


def search_free(
    both: BothObjectives, budget: Budget, present: FreeDesign | None = None
) -> FreeDesign:
    """The shapes that are worth most, as far as the trials of the budget go.

    Begins with k-means, as YOLO and YOLOv5 do, with a greedy choice, and with what there is;
    moves the shapes of each, and goes on with the best. A budget for all levels together also
    begins with what the same number on each level gives, and is never worth less.

    Args:
        present: shapes within the budget to begin with.
    """
    total, levels = budget.scope == "total", len(both.strides)
    shapes = budget.shapes if total else budget.shapes * levels
    per_level = None if total else budget.shapes
    even = None
    if total and shapes >= levels:
        even = search_free(both, replace(budget, scope="level", shapes=shapes // levels))
    found = _search(both, budget, [d for d in (even, present) if d], shapes, per_level)
    if budget.aim == "fitness":  # which knows no levels
        found = by_area(found.wh, both.strides)
        return even if even and _worth(both, even) > _worth(both, found) else found
    if not total:
        return found
    reached = _worth(both, found)
    if even is not None and reached < _worth(both, even):
        return even
    least = max(AS_GOOD * reached, _worth(both, even) if even else 0.0)
    return coarsened(both.many, found, both.strides, least)


def _worth(both: BothObjectives, design: FreeDesign) -> float:
    return both.many.of(design.level, design.wh)


def _search(
    both: BothObjectives,
    budget: Budget,
    given: list[FreeDesign],
    shapes: int,
    per_level: int | None,
) -> FreeDesign:
    few, strides = both.few, both.strides
    random = np.random.default_rng(budget.seed)
    room = Room(len(strides), per_level is None)
    began, allowed = few.trials, both.evaluations
    starts = [filled(few, design, strides, shapes, per_level, budget.seed) for design in given]
    starts += free_starts(few, strides, shapes, per_level, budget.seed)
    ranked: list[tuple[float, int, FreeDesign]] = []
    for number, start in enumerate(starts):
        limit = began + int(allowed * _SCREENING * (number + 1) / len(starts))
        settled, worth = settle(few, start, limit)
        ranked.append((worth, -number, settled))
    ranked.sort(key=lambda each: each[:2], reverse=True)
    finalists = ranked[:FINALISTS]
    ended: list[tuple[float, int, FreeDesign]] = []
    for number, (_, _, design) in enumerate(finalists):
        left = began + allowed - few.trials
        limit = few.trials + left // (len(finalists) - number)
        found, _ = search_on(few, design, room, limit, random)
        ended.append((_worth(both, found), -number, found))
    best = max(ended, key=lambda each: each[:2])[2]
    if both.many is not few:
        limit = both.many.trials + int(ENDING * allowed)
        best, _ = search_on(both.many, best, room, limit, random)
    return rounded(both.many, best)
