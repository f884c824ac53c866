"""How many shapes a suggestion may use, and what it is to aim at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from rpn_core.errors import UserError
from rpn_core.messages import msg
from rpn_core.settings import MAX_LEVELS, MAX_VALUES_PER_LEVEL

Scope = Literal["level", "total"]
Aim = Literal["mean_iou", "recall", "fitness"]

MAX_SHAPES = MAX_VALUES_PER_LEVEL * MAX_VALUES_PER_LEVEL


@dataclass(frozen=True, slots=True)
class Budget:
    """What to spend.

    Attributes:
        shapes: shapes per cell, at most: on each level, or on all levels together.
        scope: which of the two. "level" gives every level the same number, as torchvision's head
            needs it; "total" may leave a level without any.
        aim: "mean_iou" for the mean best placed IoU, "recall" for the share of objects that some
            anchor meets at `recall_iou`.
        recall_iou: for the aim "recall".
        shared_ratios: one list of ratios for all levels, as mmdetection writes it.
        sample: objects that the search looks at, drawn by `seed`; what is reported afterwards is
            measured on all.
        evaluations: trial changes of a design, after which the search stops at the latest. Counted
            rather than timed, so that the same seed gives the same anchors on every machine.
        seed: of the sample and of the search.

    Raises:
        UserError: a number is out of range.
    """

    shapes: int = 6
    scope: Scope = "level"
    aim: Aim = "mean_iou"
    recall_iou: float = 0.7
    shared_ratios: bool = False
    sample: int = 5000
    evaluations: int = 30_000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.scope not in get_args(Scope) or self.aim not in get_args(Aim):
            raise UserError(
                "The scope is {scope!r} and the aim {aim!r}, but they must be one of "
                "{scopes} and one of {aims}.",
                scope=str(self.scope)[:40],
                aim=str(self.aim)[:40],
                scopes=get_args(Scope),
                aims=get_args(Aim),
            )
        most = MAX_SHAPES * (MAX_LEVELS if self.scope == "total" else 1)
        for label, value, high in (
            (msg("Shapes per cell, at most"), self.shapes, most),
            (msg("Objects searched with, at most"), self.sample, 1_000_000),
            (msg("Trials, at most"), self.evaluations, 10_000_000),
        ):
            if not isinstance(value, int) or not 1 <= value <= high:
                raise UserError(
                    '"{label}" is {value}, but it must be a whole number from 1 to {high:,}.',
                    label=label,
                    value=str(value)[:40],
                    high=high,
                )
        if not 0 < self.recall_iou < 1:
            raise UserError(
                "The IoU from which an object counts as reached is {iou}, but it must be between "
                "0 and 1.",
                iou=self.recall_iou,
            )
