"""How many shapes a suggestion may use, and what it is to aim at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from rpn_core.errors import UserError
from rpn_core.messages import msg
from rpn_core.settings import MAX_LEVELS, MAX_VALUES_PER_LEVEL

Scope = Literal["level", "total"]
Form = Literal["free", "grid"]
Aim = Literal["mean_iou", "recall", "fitness"]

MAX_SHAPES = MAX_VALUES_PER_LEVEL * MAX_VALUES_PER_LEVEL

MAX_SEED = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Budget:
    """What to spend.

    Attributes:
        shapes: shapes per cell, at most: on each level, or on all levels together.
        scope: which of the two. "level" gives every level the same number, as torchvision's head
            needs it; "total" may leave a level without any.
        form: "free" for shapes each of its own width and height, which reach most; "grid" for all
            pairs of sizes and ratios, which is what every framework can express.
        aim: "mean_iou" for the mean best placed IoU, "recall" for the share of objects that some
            anchor meets at `recall_iou`, "fitness" for YOLOv5's: the mean of each object's best
            match by its sides, min(w/aw, aw/w, h/ah, ah/h), where that is above 1/4.
        recall_iou: for the aim "recall".
        shared_ratios: one list of ratios for all levels, as mmdetection writes it; for the form
            "grid".
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
    form: Form = "free"
    aim: Aim = "mean_iou"
    recall_iou: float = 0.7
    shared_ratios: bool = False
    sample: int = 5000
    evaluations: int = 30_000
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (
            ("scope", self.scope, get_args(Scope)),
            ("form", self.form, get_args(Form)),
            ("aim", self.aim, get_args(Aim)),
        ):
            if value not in known:
                raise UserError(
                    "The {name} of the budget is {value!r}, but it must be one of {known}.",
                    name=name,
                    value=str(value)[:40],
                    known=known,
                )
        most = MAX_SHAPES * (MAX_LEVELS if self.scope == "total" else 1)
        for label, number, low, high in (
            (msg("Shapes per cell, at most"), self.shapes, 1, most),
            (msg("Objects searched with, at most"), self.sample, 1, 1_000_000),
            (msg("Trials, at most"), self.evaluations, 1, 10_000_000),
            (msg("Seed"), self.seed, 0, MAX_SEED),
        ):
            if not isinstance(number, int) or not low <= number <= high:
                raise UserError(
                    '"{label}" is {value}, but it must be a whole number from {low} to {high:,}.',
                    label=label,
                    value=str(number)[:40],
                    low=low,
                    high=high,
                )
        if not 0 < self.recall_iou < 1:
            raise UserError(
                "The IoU from which an object counts as reached is {iou}, but it must be between "
                "0 and 1.",
                iou=self.recall_iou,
            )
