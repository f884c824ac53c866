"""A model's anchors as they lie, in random order: what the network adds is above this."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from rpn_core.anchors.lay import Anchors
from rpn_core.messages import Message, msg
from rpn_core.proposers.base import Shows
from rpn_core.proposers.ranked import best_ranked, rank_logits
from rpn_core.proposers.rpn import RpnProposer
from rpn_core.proposers.stages import GRAPH, predictions
from rpn_core.settings import Settings
from rpn_core.stages.network_input import NetworkInput
from rpn_core.stages.predictions import FromAnchors, Predictions
from rpn_core.stages.run import Run

SEED = 0


@GRAPH.stage()
def anchors_alone(network_input: NetworkInput, anchors: Anchors) -> Predictions:
    """The network runs only for its grids."""
    order = torch.randperm(len(anchors), generator=torch.Generator().manual_seed(SEED))
    return Predictions(
        network_input.frame,
        anchors.boxes,
        rank_logits(order),
        tuple(level.count for level in anchors.levels),
        FromAnchors(anchors, torch.zeros(len(anchors), 4)),
    )


@dataclass(frozen=True, eq=False, slots=True)
class AnchorsAlone:
    """Of a model with settings; NMS and filters of the settings are left out, its top N is kept."""

    of: RpnProposer

    @property
    def name(self) -> str:
        return f"anchors of {self.of.name} alone, in random order"

    @property
    def settings(self) -> Settings:
        own = self.of.settings
        return replace(own, **best_ranked(own.nms.post_nms_top_n))

    @property
    def shows(self) -> frozenset[Shows]:
        return frozenset({Shows.ANCHORS, Shows.FEATURES, Shows.TARGETS})

    @property
    def level_names(self) -> tuple[Message, ...]:
        return self.of.level_names

    def begin(self, run: Run) -> None:
        self.of.begin(run)
        run.connect(predictions, anchors_alone)

    def score_note(self, run: Run) -> Message:
        return msg("The scores are a random order.")
