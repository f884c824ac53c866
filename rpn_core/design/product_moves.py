"""Move the sizes and ratios of a design until no small change covers the objects better.

Letters: C coordinates, S shapes, M objects.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.objective import Objective
from rpn_core.design.placement import best_but, improve
from rpn_core.design.product_design import FlatDesign, ProductDesign
from rpn_core.settings import MAX_VALUES_PER_LEVEL

FIRST_STEP = 0.25  # in log: sizes by a quarter
LAST_STEP = 0.004

F = NDArray[np.float64]


class _Columns:
    """IoU of every object with every shape, kept while single coordinates move."""

    def __init__(self, objective: Objective, flat: FlatDesign, values: F) -> None:
        self.objective, self.flat, self.values = objective, flat, values.copy()
        self.moved_by = [
            np.flatnonzero((flat.size == c) | (flat.ratio == c)) for c in range(len(values))
        ]
        objects = len(objective.placement)
        self._out, self._rest = np.empty(objects, np.float32), np.empty(objects, np.float32)
        self._iou = np.zeros((len(flat.level), objects), np.float32)
        self._refresh(np.arange(len(flat.level)))
        best_but(self._iou, np.empty(0, np.int64), self._rest)
        self.worth = objective.worth(self._rest)

    def _refresh(self, shapes: NDArray[np.int64]) -> None:
        wh = self.flat.shapes(self.values, shapes)
        for place, s in enumerate(shapes.tolist()):
            self._iou[s] = 0
            improve(
                self.objective.placement,
                self.flat.level[s : s + 1],
                wh[place : place + 1],
                self._iou[s],
            )

    def rest(self, c: int) -> NDArray[np.float32]:
        """(M,) best IoU with all shapes that coordinate `c` does not move; valid until the next
        call."""
        best_but(self._iou, self.moved_by[c], self._rest)
        return self._rest

    def trial(self, c: int, value: float, rest: NDArray[np.float32]) -> float:
        """Worth with coordinate `c` at `value`."""
        before = self.values[c]
        self.values[c] = value
        shapes = self.flat.shapes(self.values, self.moved_by[c])
        self.values[c] = before
        return self.objective.with_shapes(
            self.flat.level[self.moved_by[c]], shapes, rest, self._out
        )

    def accept(self, c: int, value: float, reached: float) -> None:
        self.values[c] = value
        self._refresh(self.moved_by[c])
        self.worth = reached


def descend(
    objective: Objective, flat: FlatDesign, values: F, last_trial: int, step: float = FIRST_STEP
) -> tuple[F, float]:
    """Change one coordinate at a time, up or down, while that covers more.

    A coordinate's step grows by half when it helps and shrinks to half when neither way does.

    Args:
        values: (C,) where to begin.
        last_trial: stop when the objective has counted so many.
    Returns:
        coordinates and their worth, which is not below that of the beginning.
    """
    state = _Columns(objective, flat, values)
    steps = np.full(len(values), step)
    while objective.trials < last_trial and (steps > LAST_STEP).any():
        for c in np.flatnonzero(steps > LAST_STEP).tolist():
            rest = state.rest(c)
            tried = [
                (state.trial(c, value, rest), value)
                for way in (1, -1)
                for value in [
                    float(np.clip(state.values[c] + way * steps[c], flat.low[c], flat.high[c]))
                ]
                if value != state.values[c]
            ]
            reached, value = max(tried, default=(-np.inf, 0.0))
            if reached > state.worth + 1e-9:
                state.accept(c, value, reached)
                steps[c] *= 1.5
            else:
                steps[c] /= 2
    return state.values, state.worth


def kick_and_descend(
    objective: Objective,
    flat: FlatDesign,
    values: F,
    last_trial: int,
    random: np.random.Generator,
) -> tuple[F, float]:
    """`descend`, then move single sizes or ratios far away and descend again, while trials last.

    A size that has settled between two others seldom leaves by small steps; one that jumps to
    where objects are badly met does. The better of both is kept.
    """
    best, highest = descend(objective, flat, values, last_trial)
    while objective.trials < last_trial and len(best):
        kicked = best.copy()
        for c in random.choice(len(best), size=min(len(best), 2), replace=False):
            spread = 0.6 if random.random() < 0.7 else 1.5
            kicked[c] = np.clip(kicked[c] + spread * random.normal(), flat.low[c], flat.high[c])
        found, reached = descend(objective, flat, kicked, last_trial, step=FIRST_STEP / 2)
        if reached > highest:
            best, highest = found, reached
    return best, highest


def carried(
    design: ProductDesign, shapes: int, random: np.random.Generator
) -> ProductDesign | None:
    """One size on another level, as no step along the coordinates takes it.

    A level that had none takes over the ratios of the one that it came from.

    Args:
        shapes: of all levels together, at most.
    Returns:
        None when the change that was drawn does not fit.
    """
    held = [level for level, own in enumerate(design.sizes) if own]
    source = int(random.choice(held))
    target = int((source + random.integers(1, len(design.sizes))) % len(design.sizes))
    sizes, ratios = [list(own) for own in design.sizes], list(design.ratios)
    if len(sizes[target]) >= MAX_VALUES_PER_LEVEL:
        return None
    sizes[target].append(sizes[source].pop(int(random.integers(len(sizes[source])))))
    ratios[target] = ratios[target] or ratios[source]
    if not sizes[source]:
        ratios[source] = ()
    made = ProductDesign(tuple(map(tuple, sizes)), tuple(ratios), design.shared)
    return made if made.shapes <= shapes else None
