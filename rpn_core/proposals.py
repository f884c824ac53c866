"""The proposals in pixels of the original photo."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from rpn_core.ledger import Ledger
from rpn_core.network_input import NetworkInput
from rpn_core.selection import Selection


@dataclass(frozen=True, eq=False, slots=True)
class Proposals:
    """K proposals, best score first.

    Attributes:
        boxes: (K, 4) float32 xyxy, pixels of the original photo.
        scores: (K,) float32, probability of foreground.
        anchor: (K,) int64, the anchor that each came from.
    """

    boxes: Tensor
    scores: Tensor
    anchor: Tensor


def to_original(boxes: Tensor, network_input: NetworkInput) -> Tensor:
    """Scale (..., 4) xyxy boxes from pixels of the network input to the original photo's."""
    x, y = network_input.to_original
    return boxes * boxes.new_tensor([x, y, x, y])


def from_original(boxes: Tensor, network_input: NetworkInput) -> Tensor:
    """Scale (..., 4) xyxy boxes from pixels of the original photo to the network input's."""
    x, y = network_input.to_original
    return boxes / boxes.new_tensor([x, y, x, y])


def read_proposals(selection: Selection, ledger: Ledger, network_input: NetworkInput) -> Proposals:
    """Collect what the ledger kept and map it back to the original photo.

    Source: agrees with torchvision's GeneralizedRCNNTransform.postprocess (tests/parity).
    """
    boxes = to_original(selection.boxes[ledger.kept], network_input)
    return Proposals(boxes, selection.scores[ledger.kept], ledger.kept)
