"""What a design is worth: the mean over the objects of what their best anchor counts.

Letters: S shapes, M objects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.budget import Budget
from rpn_core.design.objects import DesignObjects
from rpn_core.design.placement import Placement, improve, place
from rpn_core.design.pyramid import Pyramid
from rpn_core.geometry.compiled import compiled, inlined
from rpn_core.settings import AnchorSettings

RECALL_WEIGHT = 10.0
FITNESS_FLOOR = 0.25  # 1 / anchor_t, YOLOv5's hyperparameter
# A search drives objects right to where they start to count: there rounding would decide.
_SURELY = 1 + 1e-5
_NEVER = 2.0  # an IoU that nothing reaches
_TELL_EVERY = 250  # trials: some 50 ms

F = NDArray[np.float32]


class Count(NamedTuple):
    """What an object counts that its best anchor meets so well: `met`, nothing up to `floor`, and
    `steep` more from `thresh` on.

    The share of objects that reach an IoU has no slope where they miss it; the mean, beside it,
    leads there.
    """

    floor: Any
    thresh: Any
    steep: Any


def count_of(budget: Budget) -> Count:
    """How the objective of a budget counts."""
    kinds = {
        "mean_iou": (0.0, _NEVER, 0.0),
        "recall": (0.0, budget.recall_iou * _SURELY, RECALL_WEIGHT),
        "fitness": (FITNESS_FLOOR * _SURELY, _NEVER, 0.0),
    }
    return Count(*(np.float32(value) for value in kinds[budget.aim]))


@inlined
def counted(met: Any, count: Count) -> Any:
    """What one object counts."""
    zero = np.float32(0.0)
    return (met if met > count.floor else zero) + (count.steep if met >= count.thresh else zero)


@inlined
def total(values: F) -> Any:
    """Their sum, in an order that eight additions at once keep: the same on every machine."""
    # One accumulator would wait for itself at every addition.
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
    whole = len(values) // 8 * 8
    for m in range(0, whole, 8):
        a0 += values[m]
        a1 += values[m + 1]
        a2 += values[m + 2]
        a3 += values[m + 3]
        a4 += values[m + 4]
        a5 += values[m + 5]
        a6 += values[m + 6]
        a7 += values[m + 7]
    for m in range(whole, len(values)):
        a0 += values[m]
    return ((a0 + a1) + (a2 + a3)) + ((a4 + a5) + (a6 + a7))


@compiled(nogil=True)  # type: ignore[untyped-decorator]
def _worth(best: F, count: Count) -> Any:
    values = np.empty(len(best), np.float32)
    for m in range(len(best)):
        values[m] = counted(best[m], count)
    return total(values) / max(len(best), 1)


@dataclass(slots=True)
class Objective:
    """What a design is worth, and how many trials were made so far.

    Attributes:
        placement: of the objects.
        count: what each of them counts.
        tell: is told the number of trials now and then.
        trials: shapes or changes tried so far.
    """

    placement: Placement
    count: Count
    tell: Callable[[int], None] = lambda trials: None
    trials: int = 0
    _told: int = 0

    def tried(self, trials: int) -> None:
        """Count some trials."""
        self.trials += trials
        if self.trials - self._told >= _TELL_EVERY:
            self._told = self.trials
            self.tell(self.trials)

    def worth(self, best: F) -> float:
        """(M,) how well each object is met at best -> the mean of what that counts."""
        return float(_worth(best, self.count))

    def of(self, level: NDArray[np.int64], shapes: NDArray[np.float64]) -> float:
        """Worth of the shapes (S, 2) on the levels (S,)."""
        best = np.zeros(len(self.placement), np.float32)
        improve(self.placement, level, shapes, best)
        return self.worth(best)

    def with_shapes(
        self, level: NDArray[np.int64], shapes: NDArray[np.float64], rest: F, out: F
    ) -> float:
        """Worth of what there is (`rest`, (M,) best of each) with more shapes; fills `out`."""
        self.tried(1)
        out[:] = rest
        improve(self.placement, level, shapes, out)
        return self.worth(out)


def objective_of(
    objects: DesignObjects,
    pyramid: Pyramid,
    like: AnchorSettings,
    budget: Budget,
    tell: Callable[[int], None] = lambda trials: None,
) -> Objective:
    """The objective of a budget over some objects.

    Args:
        like: convention and offset are taken from it.
    """
    placement = place(objects, pyramid, like, by_sides=budget.aim == "fitness")
    return Objective(placement, count_of(budget), tell)
