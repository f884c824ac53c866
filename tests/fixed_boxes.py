"""A proposer that knows of no anchor, no network and no photo."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from rpn_core.geometry.frame import Frame
from rpn_core.messages import Message, msg
from rpn_core.proposers.base import Shows
from rpn_core.proposers.stages import predictions
from rpn_core.settings import Settings
from rpn_core.stages.graph import Graph
from rpn_core.stages.predictions import Predictions
from rpn_core.stages.run import Run

BOXES = torch.tensor(
    [[0.0, 0, 40, 30], [1, 1, 41, 31], [50, 20, 90, 60], [-5, 10, 20, 40], [60, 5, 61, 6]]
)
_GRAPH = Graph()


@_GRAPH.stage(label=msg("fixed boxes"))
def fixed_boxes() -> Predictions:
    logits = torch.tensor([2.0, 1.0, 0.0, 1.5, -1.0])
    return Predictions(Frame((64, 96), (32, 48)), BOXES / 2, logits, (3, 2))


@dataclass(frozen=True, eq=False, slots=True)
class FixedBoxes:
    """Five boxes on two levels, of a photo of 96 x 64 pixels that is read at half its size."""

    name = "fixed boxes"
    level_names = (msg("upper level"), msg("lower level"))
    shows: frozenset[Shows] = frozenset()
    settings: Settings = field(default_factory=Settings)

    def begin(self, run: Run) -> None:
        run.connect(predictions, fixed_boxes)

    def score_note(self, run: Run) -> Message | None:
        return None
