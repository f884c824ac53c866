"""Every result for one photo as one value; `rpn_core.stages` computes them."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from rpn_core.anchors.lay import Anchors
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.stages.ledger import Ledger
from rpn_core.stages.network_input import NetworkInput
from rpn_core.stages.pre_nms import Selection
from rpn_core.stages.proposals import Proposals
from rpn_core.stages.suppression import Suppression


@dataclass(frozen=True, eq=False, slots=True)
class Stages:
    """Every result for one photo and one set of settings; R anchors in one order throughout.

    Attributes:
        network_input: sizes and factors (and the pixels that the network read).
        anchors: R anchors.
        outputs: logits and deltas of each.
        decoded: (R, 4) float xyxy, pixels of the network input, not clipped.
        selection, suppression, ledger, proposals: see there.
    """

    network_input: NetworkInput
    anchors: Anchors
    outputs: HeadOutputs
    decoded: Tensor
    selection: Selection
    suppression: Suppression
    ledger: Ledger
    proposals: Proposals
