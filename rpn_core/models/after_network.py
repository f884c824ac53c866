"""From one forward pass to all stages, with given anchors: the network need not run again."""

from __future__ import annotations

from rpn_core.models.scoring import honest_outputs
from rpn_core.models.step_down import ForwardResult
from rpn_core.pipeline import Stages, after_head
from rpn_core.settings import AnchorSettings, ForeignAnchors, NmsSettings, SelectionSettings


def after_network(
    forward: ForwardResult,
    anchor_settings: AnchorSettings,
    foreign: ForeignAnchors,
    selection: SelectionSettings,
    nms: NmsSettings,
) -> Stages:
    """Lay anchors, score them, and run what comes after the head.

    Args:
        forward: from `run_with_step_down`.
        anchor_settings: for the model's number of levels.
        foreign: what to do with anchors that the model was not trained for.
    Raises:
        NoHonestScores: see `honest_outputs`.
        UserError: this photo cannot be used.
    """
    anchors = forward.rpn.lay_anchors(forward.features, anchor_settings)
    outputs = honest_outputs(forward.rpn, forward.features, anchors, foreign)
    return after_head(forward.network_input, anchors, outputs, selection, nms)
