"""Search for sizes and ratios within a budget: what every framework can express."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.both_objectives import BothObjectives
from rpn_core.design.budget import Budget
from rpn_core.design.objective import Objective
from rpn_core.design.product_design import ProductDesign, flatten, unflatten
from rpn_core.design.product_moves import carried, descend, kick_and_descend
from rpn_core.design.product_starts import greedy_start, kmeans_start
from rpn_core.settings import MAX_VALUES_PER_LEVEL

FINALISTS = 2
_SCREENING = 0.4  # of the trials, to choose among numbers of ratios
_ENDING = 0.08  # as many again over all objects: a trial moves several shapes, and costs as much
_CARRYING = 0.5  # of a finalist's, to take sizes to other levels, where the budget allows it
_AFTER_CARRYING = 60  # trials a coordinate, to see whether it was any good


def search_product(
    both: BothObjectives, budget: Budget, present: ProductDesign | None = None
) -> ProductDesign:
    """The sizes and ratios that are worth most, as far as the trials of the budget go.

    Begins with k-means and with a greedy choice of sizes, for each way to split the budget into
    sizes and ratios, then improves the best of them. A budget for all levels together also begins
    with what the same number on each level gives, and is never worth less.

    Args:
        present: a design within the budget to begin with.
    """
    levels, few = len(both.strides), both.few
    even = None
    if budget.scope == "total" and budget.shapes >= levels:
        even = search_product(both, replace(budget, scope="level", shapes=budget.shapes // levels))
    random = np.random.default_rng(budget.seed)
    starts = [design for design in (even, present) if design] + _starts(few, both.strides, budget)
    began, allowed = few.trials, both.evaluations
    ranked: list[tuple[float, int, ProductDesign]] = []
    for number, start in enumerate(starts):
        limit = began + int(allowed * _SCREENING * (number + 1) / len(starts))
        found, worth = _descended(few, start, limit)
        ranked.append((worth, -number, found))
    ranked.sort(key=lambda each: each[:2], reverse=True)
    ended: list[tuple[float, int, ProductDesign]] = []
    finalists = ranked[:FINALISTS]
    for number, (_, _, design) in enumerate(finalists):
        left = (began + allowed - few.trials) // (len(finalists) - number)
        if budget.scope == "total" and levels > 1:
            limit = few.trials + int(_CARRYING * left)
            design = _carry(few, design, budget.shapes, limit, random)
            left -= int(_CARRYING * left)
        found = _kicked(few, design, few.trials + left, random)
        ended.append((worth_of(both.many, found), -number, found))
    best = max(ended, key=lambda each: each[:2])[2]
    if both.many is not few:
        best = _kicked(both.many, best, both.many.trials + int(_ENDING * allowed), random)
    if even is not None and worth_of(both.many, even) > worth_of(both.many, best):
        return even
    return best


def worth_of(objective: Objective, design: ProductDesign) -> float:
    """What a design is worth."""
    level, wh = shapes_of(design)
    return objective.of(level, wh)


def shapes_of(design: ProductDesign) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(S,) levels and (S, 2) width and height of all pairs."""
    flat = flatten(design)
    return flat.level, flat.shapes(flat.values, np.arange(len(flat.level)))


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


def _starts(objective: Objective, strides: tuple[int, ...], budget: Budget) -> list[ProductDesign]:
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
    return starts


def _descended(
    objective: Objective, design: ProductDesign, last_trial: int
) -> tuple[ProductDesign, float]:
    flat = flatten(design)
    values, worth = descend(objective, flat, flat.values, last_trial)
    return unflatten(flat, values, design), worth


def _kicked(
    objective: Objective, design: ProductDesign, last_trial: int, random: np.random.Generator
) -> ProductDesign:
    flat = flatten(design)
    values, _ = kick_and_descend(objective, flat, flat.values, last_trial, random)
    return unflatten(flat, values, design)


def _carry(
    objective: Objective, design: ProductDesign, shapes: int, last_trial: int,
    random: np.random.Generator,
) -> ProductDesign:  # fmt: skip
    """Take sizes to other levels, one at a time, while that is worth more."""
    best, highest = design, worth_of(objective, design)
    while objective.trials < last_trial:
        objective.tried(1)
        made = carried(best, shapes, random)
        if made is not None:
            few = objective.trials + _AFTER_CARRYING * (made.shapes + 1)
            found, worth = _descended(objective, made, min(few, last_trial))
            if worth > highest + 1e-7:
                best, highest = found, worth
    return best
