"""Move the sizes and ratios of a design until no small change covers the objects better.

Letters: C coordinates, S shapes, M objects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.placement import Placement, improve
from rpn_core.design.product_design import FlatDesign

FIRST_STEP = 0.25  # in log: sizes by a quarter
LAST_STEP = 0.004
RECALL_WEIGHT = 10.0
_TELL_EVERY = 250  # trials: some 50 ms

F = NDArray[np.float64]


@dataclass(slots=True)
class Objective:
    """What a design is worth, and how many trials were made so far.

    Attributes:
        placement: of the objects.
        thresh: IoU that counts as met, for the aim "recall"; None for the mean IoU alone.
        tell: is told the number of trials now and then.
        trials: calls of `improve` so far.
    """

    placement: Placement
    thresh: float | None = None
    tell: Callable[[int], None] = lambda trials: None
    trials: int = 0

    def with_shapes(self, level: NDArray[np.int64], shapes: F, rest: F, out: F) -> float:
        """Worth of what there is (`rest`, (M,) best IoU) with more shapes; fills `out`."""
        self.trials += 1
        if self.trials % _TELL_EVERY == 0:
            self.tell(self.trials)
        steep, thresh = (0.0, 1.0) if self.thresh is None else (RECALL_WEIGHT, self.thresh)
        return float(
            improve(
                self.placement.wh,
                self.placement.away,
                level,
                shapes,
                self.placement.rounded,
                rest,
                steep,
                thresh,
                out,
            )
        )


class _Columns:
    """IoU of every object with every shape, kept while single coordinates move."""

    def __init__(self, objective: Objective, flat: FlatDesign, values: F) -> None:
        self.objective, self.flat, self.values = objective, flat, values.copy()
        self.moved_by = [
            np.flatnonzero((flat.size == c) | (flat.ratio == c)) for c in range(len(values))
        ]
        self._zero = np.zeros(len(objective.placement))
        self._out = np.empty(len(objective.placement))
        self._iou = np.zeros((len(flat.level), len(objective.placement)))
        self._refresh(np.arange(len(flat.level)))
        self.worth = self._worth()

    def _refresh(self, shapes: NDArray[np.int64]) -> None:
        wh = self.flat.shapes(self.values, shapes)
        for place, s in enumerate(shapes):
            improve(
                self.objective.placement.wh, self.objective.placement.away,
                self.flat.level[s : s + 1], wh[place : place + 1],
                self.objective.placement.rounded, self._zero, 0.0, 1.0, self._iou[s],
            )  # fmt: skip

    def _worth(self) -> float:
        nothing = np.empty(0, np.int64)
        return self.objective.with_shapes(nothing, np.empty((0, 2)), self.rest(nothing), self._out)

    def rest(self, without: NDArray[np.int64]) -> F:
        """(M,) best IoU with all shapes but these."""
        kept = np.ones(len(self._iou), bool)
        kept[without] = False
        best: F = self._iou[kept].max(axis=0) if kept.any() else self._zero.copy()
        return best

    def trial(self, c: int, value: float, rest: F) -> float:
        """Worth with coordinate `c` at `value`."""
        before = self.values[c]
        self.values[c] = value
        shapes = self.flat.shapes(self.values, self.moved_by[c])
        self.values[c] = before
        return self.objective.with_shapes(
            self.flat.level[self.moved_by[c]], shapes, rest, self._out
        )

    def accept(self, c: int, value: float, worth: float) -> None:
        self.values[c] = value
        self._refresh(self.moved_by[c])
        self.worth = worth


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
            rest = state.rest(state.moved_by[c])
            tried = [
                (state.trial(c, value, rest), value)
                for way in (1, -1)
                for value in [
                    float(np.clip(state.values[c] + way * steps[c], flat.low[c], flat.high[c]))
                ]
                if value != state.values[c]
            ]
            worth, value = max(tried, default=(-np.inf, 0.0))
            if worth > state.worth + 1e-9:
                state.accept(c, value, worth)
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
    best, worth = descend(objective, flat, values, last_trial)
    while objective.trials < last_trial and len(best):
        kicked = best.copy()
        for c in random.choice(len(best), size=min(len(best), 2), replace=False):
            spread = 0.6 if random.random() < 0.7 else 1.5
            kicked[c] = np.clip(kicked[c] + spread * random.normal(), flat.low[c], flat.high[c])
        found, its_worth = descend(objective, flat, kicked, last_trial, step=FIRST_STEP / 2)
        if its_worth > worth:
            best, worth = found, its_worth
    return best, worth
