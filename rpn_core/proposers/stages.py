"""The stages from a photo to proposals.

photo -> pixels -> network -> anchors, head -> decoded -> selection -> suppression -> ledger
      -> proposals
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rpn_core.anchors.lay import Anchors
from rpn_core.geometry.box_coder import decode
from rpn_core.messages import msg
from rpn_core.models.fallback import ForwardResult, run_with_step_down
from rpn_core.models.rpn import Rpn
from rpn_core.models.scoring import NoHonestScores, Scored, score_anchors
from rpn_core.photo.photo import Photo, Pixels
from rpn_core.photo.reader import read_pixels
from rpn_core.settings import (
    AnchorSettings,
    HeadSettings,
    InputSettings,
    NmsSettings,
    SelectionSettings,
)
from rpn_core.stages.graph import GRAPH as GRAPH
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.stages.ledger import Ledger, close_ledger
from rpn_core.stages.network_input import NetworkInput
from rpn_core.stages.pre_nms import Selection, select
from rpn_core.stages.proposals import Proposals, read_proposals
from rpn_core.stages.rpn_results import Stages
from rpn_core.stages.suppression import Suppression, suppress


@dataclass(frozen=True, slots=True)
class Line:
    """Who waits for the network, and who is told of the place in the line; see `ForwardQueue`."""

    on_position: Callable[[int], None] | None = None
    session: Hashable | None = None


photo = GRAPH.source("photo", key=lambda photo: photo.sha256)
model = GRAPH.source("model")  # its key names weights and device, which whoever loaded it knows
line = GRAPH.told("line", Line())


@GRAPH.stage()
def pixels(photo: Photo) -> Pixels:
    return read_pixels(photo.data, photo.name)


@GRAPH.stage(
    label=msg("network"),
    lazy=("pixels",),  # called for when the turn has come: those who wait hold none
    made_with=lambda forward: forward.made_with,
    seconds=lambda forward: forward.seconds,  # without the wait in line
)
def network(
    pixels: Callable[[], NDArray[np.uint8]], model: Rpn, input_settings: InputSettings, line: Line
) -> ForwardResult:
    return run_with_step_down(
        model, pixels, input_settings, on_position=line.on_position, session=line.session
    )


@GRAPH.stage()
def network_input(network: ForwardResult) -> NetworkInput:
    return network.network_input


@GRAPH.stage(label=msg("anchors"))
def anchors(network: ForwardResult, anchors_settings: AnchorSettings) -> Anchors:
    return network.rpn.lay_anchors(network.features, anchors_settings)


@GRAPH.stage(label=msg("head"))
def head(network: ForwardResult, anchors: Anchors, head_settings: HeadSettings) -> Scored:
    return score_anchors(network.rpn, network.features, anchors, head_settings.foreign_anchors)


@GRAPH.stage()
def outputs(head: Scored) -> HeadOutputs:
    """Raises NoHonestScores where scores would mean nothing; then no later stage has a result."""
    if head.outputs is None:
        raise NoHonestScores(head.meaning.sentence)
    return head.outputs


@GRAPH.stage(label=msg("decode"))
def decoded(anchors: Anchors, outputs: HeadOutputs) -> Tensor:
    """(R, 4) float xyxy, pixels of the network input, not clipped."""
    return decode(anchors.boxes, outputs.deltas)


@GRAPH.stage(label=msg("selection"))
def selection(
    network_input: NetworkInput,
    anchors: Anchors,
    outputs: HeadOutputs,
    decoded: Tensor,
    selection_settings: SelectionSettings,
) -> Selection:
    logits = outputs.objectness_logits
    return select(anchors, decoded, logits, network_input.image_hw, selection_settings)


@GRAPH.stage(label=msg("NMS"), without=("nms.post_nms_top_n",))
def suppression(anchors: Anchors, selection: Selection, nms_settings: NmsSettings) -> Suppression:
    return suppress(selection, anchors.level, nms_settings)


@GRAPH.stage(label=msg("ledger"), reads=("nms.post_nms_top_n",))
def ledger(
    anchors: Anchors, selection: Selection, suppression: Suppression, post_nms_top_n: int
) -> Ledger:
    return close_ledger(selection, suppression, anchors.level, len(anchors.levels), post_nms_top_n)


@GRAPH.stage()
def proposals(
    network_input: NetworkInput, selection: Selection, suppression: Suppression, ledger: Ledger
) -> Proposals:
    return read_proposals(selection, ledger, network_input, suppression.decayed)


@GRAPH.stage()
def results(
    network_input: NetworkInput,
    anchors: Anchors,
    outputs: HeadOutputs,
    decoded: Tensor,
    selection: Selection,
    suppression: Suppression,
    ledger: Ledger,
    proposals: Proposals,
) -> Stages:
    """All of them as one value."""
    return Stages(
        network_input, anchors, outputs, decoded, selection, suppression, ledger, proposals
    )
