"""The region proposal network: anchors on the grids of its features, scored and moved.

network -> anchors, head -> decoded -> rpn_predictions
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from torch import Tensor

from rpn_core.anchors.lay import Anchors
from rpn_core.geometry.box_coder import decode
from rpn_core.messages import Message, msg
from rpn_core.models.fallback import ForwardResult
from rpn_core.models.rpn import Rpn
from rpn_core.models.scoring import Meaning, NoScores, Scored, score_anchors
from rpn_core.proposers.base import EVERYTHING, Shows
from rpn_core.proposers.network import GRAPH, model
from rpn_core.settings import AnchorSettings, HeadSettings, Settings
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.stages.network_input import NetworkInput
from rpn_core.stages.predictions import FromAnchors, Predictions
from rpn_core.stages.run import Run


@GRAPH.stage(label=msg("anchors"))
def anchors(network: ForwardResult, anchors_settings: AnchorSettings) -> Anchors:
    return network.rpn.lay_anchors(network.features, anchors_settings)


@GRAPH.stage(label=msg("head"))
def head(network: ForwardResult, anchors: Anchors, head_settings: HeadSettings) -> Scored:
    return score_anchors(network.rpn, network.features, anchors, head_settings.foreign_anchors)


@GRAPH.stage(kept=False)
def outputs(head: Scored) -> HeadOutputs:
    """Raises NoScores where scores would mean nothing; then no later stage has a result."""
    if head.outputs is None:
        raise NoScores(head.meaning.sentence)
    return head.outputs


@GRAPH.stage(label=msg("decode"))
def decoded(anchors: Anchors, outputs: HeadOutputs) -> Tensor:
    """(R, 4) float xyxy, pixels of the network input, not clipped."""
    return decode(anchors.boxes, outputs.deltas)


@GRAPH.stage(kept=False)
def rpn_predictions(
    network_input: NetworkInput, anchors: Anchors, outputs: HeadOutputs, decoded: Tensor
) -> Predictions:
    return Predictions(
        network_input.frame,
        decoded,
        outputs.objectness_logits,
        tuple(level.count for level in anchors.levels),
        FromAnchors(anchors, outputs.deltas),
    )


@dataclass(frozen=True, eq=False, slots=True)
class RpnProposer:
    """A loaded model with settings.

    Attributes:
        rpn: the model.
        settings: with anchors for the model's number of levels.
        key: names the model with its weights and device, for results that are kept.
    """

    rpn: Rpn
    settings: Settings
    key: Hashable = None

    @property
    def name(self) -> str:
        return self.rpn.card.name

    @property
    def shows(self) -> frozenset[Shows]:
        return EVERYTHING

    @property
    def level_names(self) -> tuple[Message, ...]:
        return tuple(msg("stride {stride}", stride=stride) for stride in self.rpn.card.strides)

    def begin(self, run: Run) -> None:
        run.give(model, self.rpn, self.key)  # the graph's own predictions are the RPN's

    def score_note(self, run: Run) -> Message | None:
        meaning = run.get(head).meaning
        return None if meaning is Meaning.NATIVE else meaning.sentence
