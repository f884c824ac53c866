"""All stages after the network, in reading order, for those who want every result at once.

    photo -> network input -> feature maps -> anchors, head outputs -> decoded -> selection
          -> suppression -> ledger -> proposals

A page that caches each stage by its own settings calls the stages one by one instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from rpn_core.anchors import Anchors
from rpn_core.box_coder import decode
from rpn_core.head_outputs import HeadOutputs
from rpn_core.ledger import Ledger, close_ledger
from rpn_core.network_input import NetworkInput
from rpn_core.nms import Suppression, suppress
from rpn_core.proposals import Proposals, read_proposals
from rpn_core.selection import Selection, select
from rpn_core.settings import NmsSettings, SelectionSettings


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


def after_head(
    network_input: NetworkInput,
    anchors: Anchors,
    outputs: HeadOutputs,
    selection_settings: SelectionSettings,
    nms_settings: NmsSettings,
) -> Stages:
    """Run decode, selection, NMS, ledger and mapping back on the outputs of a head."""
    decoded = decode(anchors.boxes, outputs.deltas)
    selection = select(
        anchors, decoded, outputs.objectness_logits, network_input.image_hw, selection_settings
    )
    suppression = suppress(selection, anchors.level, nms_settings)
    ledger = close_ledger(
        selection, suppression, anchors.level, len(anchors.levels), nms_settings.post_nms_top_n
    )
    proposals = read_proposals(selection, ledger, network_input, suppression.decayed)
    return Stages(
        network_input, anchors, outputs, decoded, selection, suppression, ledger, proposals
    )
