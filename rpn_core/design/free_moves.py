"""Move free shapes, and carry them elsewhere, until no change covers the objects better.

Letters: L levels, S shapes, M objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.fit_shape import fit_shape, losses, try_all
from rpn_core.design.free_design import FreeDesign, limits, rounded_ways, within_limits
from rpn_core.design.objective import Objective
from rpn_core.design.placement import best_but, improve

FIRST_STEP = 0.2  # in log: sides by a fifth
LAST_STEP = 0.003
CANDIDATES = 24  # objects whose shape is tried where a shape is carried to
_GAIN = 1e-7  # less is rounding

I = NDArray[np.int64]  # noqa: E741
F = NDArray[np.float64]


class _State:
    """A design, and how well each of its shapes meets every object."""

    def __init__(self, objective: Objective, design: FreeDesign) -> None:
        self.objective, self.limits = objective, limits()
        self.level, self.log_wh = design.level.copy(), design.log_wh.copy()
        objects = len(objective.placement)
        self.met = np.zeros((len(design), objects), np.float32)
        self._rest = np.empty(objects, np.float32)
        for s in range(len(design)):
            self._lay(s)
        self.worth = objective.worth(self.rest(()))

    def design(self) -> FreeDesign:
        return FreeDesign(self.level.copy(), self.log_wh.copy())

    def rest(self, without: tuple[int, ...]) -> NDArray[np.float32]:
        """(M,) how well the other shapes meet each object; valid until the next call."""
        best_but(self.met, np.asarray(without, np.int64), self._rest)
        return self._rest

    def put(self, s: int, level: int, log_wh: F) -> None:
        """Lay a shape elsewhere; `worth` is the caller's to set."""
        self.level[s], self.log_wh[s] = level, log_wh
        self._lay(s)

    def _lay(self, s: int) -> None:
        self.met[s] = 0
        improve(
            self.objective.placement, self.level[s : s + 1], np.exp(self.log_wh[s : s + 1]),
            self.met[s],
        )  # fmt: skip

    def fit(self, s: int, step: float, last: float) -> float:
        """Move one shape; returns how far it went, in log."""
        objective = self.objective
        found, worth, trials = fit_shape(
            objective.placement, objective.count, int(self.level[s]), self.log_wh[s],
            self.rest((s,)), step, last, self.limits,
        )  # fmt: skip
        objective.tried(trials)
        moved = float(np.abs(found - self.log_wh[s]).max())
        if moved:
            self.put(s, int(self.level[s]), found)
        self.worth = worth
        return moved

    def settle(self, last_trial: int, step: float = FIRST_STEP, enough: float = -np.inf) -> None:
        """Move every shape in turn, by steps that shrink, until none moves.

        Args:
            enough: give up when the first round ends below.
        """
        steps = np.full(len(self.level), step)
        first = True
        while self.objective.trials < last_trial and (steps > LAST_STEP).any():
            for s in np.flatnonzero(steps > LAST_STEP).tolist():
                if self.objective.trials >= last_trial:
                    return
                moved = self.fit(s, steps[s], max(steps[s] / 3, LAST_STEP))
                steps[s] = max(steps[s] / 4, min(1.5 * moved, step)) if moved else steps[s] / 4
            if first and self.worth < enough:
                return
            first = False


# ---- the search ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Room:
    """How many shapes a level may have.

    Attributes:
        levels: L.
        total: the shapes of all levels together are limited, so that one may change its level;
            else those of each.
    """

    levels: int
    total: bool


def rounded(objective: Objective, design: FreeDesign) -> FreeDesign:
    """Each side rounded for people, up or down as is worth more."""
    state = _State(objective, design)
    for s in range(len(design)):
        ways = rounded_ways(state.log_wh[s])
        worth = try_all(
            objective.placement, objective.count, np.repeat(state.level[s], len(ways)), ways,
            state.rest((s,)),
        )  # fmt: skip
        objective.tried(len(ways))
        state.put(s, int(state.level[s]), ways[int(worth.argmax())])
    return state.design()


def settle(objective: Objective, design: FreeDesign, last_trial: int) -> tuple[FreeDesign, float]:
    """Move the shapes where they are; what comes back is not worth less."""
    state = _State(objective, design)
    state.settle(last_trial)
    return state.design(), state.worth


def search_on(
    objective: Objective,
    design: FreeDesign,
    room: Room,
    last_trial: int,
    random: np.random.Generator,
) -> tuple[FreeDesign, float]:
    """Carry shapes to where objects are badly met, and settle again, while trials last.

    A shape between two others that nearly does without seldom leaves by small steps. So the one
    that is missed least goes to the shape of a badly met object; two shapes change places between
    levels; where the budget allows it, one changes its level alone; or some are jolted. What is not
    better is taken back.
    """
    state = _State(objective, design)
    state.settle(last_trial)
    best, highest = state.design(), state.worth
    while objective.trials < last_trial and len(best):
        before = objective.trials
        _carry(state, room, random)
        state.settle(last_trial, FIRST_STEP / 2, enough=highest - 0.004 * abs(highest))
        if state.worth > highest + _GAIN:
            best, highest = state.design(), state.worth
        else:
            state = _State(objective, best)
            state.worth = highest
        objective.tried(1 if objective.trials == before else 0)
    return best, highest


def _carry(state: _State, room: Room, random: np.random.Generator) -> None:
    """One change that small steps do not make."""
    if random.random() < 0.4:
        _jolt(state, random)
        return
    if room.levels > 1 and len(state.level) > 1 and random.random() < 0.4:
        _change_levels(state, room, random)
        return
    lost = np.empty(len(state.level))
    losses(state.met, state.objective.count, lost)
    rank = min(int(random.exponential(1 + 0.15 * len(lost))), len(lost) - 1)
    s = int(np.argsort(lost, kind="stable")[rank])
    levels = np.arange(room.levels) if room.total else state.level[s : s + 1]
    if not room.total and room.levels > 1 and random.random() < 0.5:
        # The place on another level: one of its shapes comes here instead.
        other = np.flatnonzero(state.level != state.level[s])
        if len(other):
            nearby = np.abs(state.log_wh[other].sum(axis=1) - state.log_wh[s].sum())
            t = int(other[np.argsort(nearby, kind="stable")[: max(2, len(other) // 3)]]
                    [random.integers(min(max(2, len(other) // 3), len(other)))])  # fmt: skip
            levels = state.level[t : t + 1].copy()
            state.put(t, int(state.level[s]), state.log_wh[t])
    insert(state, s, levels, random)


def _jolt(state: _State, random: np.random.Generator) -> None:
    """Move up to three shapes at random: where objects start to count at a threshold, there is
    better ground that no slope leads to."""
    count = int(random.integers(1, min(3, len(state.level)) + 1))
    spread = random.choice([0.01, 0.03, 0.1, 0.3])
    for s in random.choice(len(state.level), count, replace=False).tolist():
        moved = state.log_wh[s : s + 1] + spread * random.normal(size=(1, 2))
        state.put(s, int(state.level[s]), within_limits(moved)[0])
    state.worth = state.objective.worth(state.rest(()))


def insert(state: _State, s: int, levels: I, random: np.random.Generator) -> None:
    """Lay shape `s` anew: where it helps most, of the shapes of some badly met objects."""
    objective = state.objective
    placement, rest = objective.placement, state.rest((s,))
    missed = 1 - rest.astype(np.float64) + 1e-9
    missed += objective.count.steep * (rest < objective.count.thresh)
    drawn = random.choice(len(rest), CANDIDATES, p=missed / missed.sum())
    shapes = within_limits(np.log(placement.wh.T[drawn].astype(np.float64)))
    where = np.repeat(levels, len(shapes))
    tried = np.tile(shapes, (len(levels), 1))
    worth = try_all(placement, objective.count, where, tried, rest)
    objective.tried(len(worth))
    k = int(worth.argmax())
    state.put(s, int(where[k]), tried[k])
    state.worth = float(worth[k])


def _change_levels(state: _State, room: Room, random: np.random.Generator) -> None:
    """Two shapes of different levels change places; or one goes to a neighbour, where it may."""
    s = int(random.integers(len(state.level)))
    if room.total and random.random() < 0.7:
        other = int((state.level[s] + random.integers(1, room.levels)) % room.levels)
        state.put(s, other, state.log_wh[s])
    else:
        elsewhere = np.flatnonzero(state.level != state.level[s])
        if len(elsewhere):
            apart = np.abs(state.log_wh[elsewhere].sum(axis=1) - state.log_wh[s].sum())
            rank = min(int(random.exponential(2.0)), len(elsewhere) - 1)
            t = int(elsewhere[np.argsort(apart, kind="stable")[rank]])
            there, here = int(state.level[t]), int(state.level[s])
            state.put(t, here, state.log_wh[t])
            state.put(s, there, state.log_wh[s])
    state.worth = state.objective.worth(state.rest(()))
