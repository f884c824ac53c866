"""The proposals in pixels of the original photo."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from rpn_core.stages.ledger import Ledger
from rpn_core.stages.network_input import NetworkInput
from rpn_core.stages.pre_nms import Selection


@dataclass(frozen=True, eq=False, slots=True)
class Proposals:
    """K proposals, best first by what ranks them: the score, or what Soft-NMS left of it.

    Attributes:
        boxes: (K, 4) float32 xyxy, pixels of the original photo.
        scores: (K,) float32, probability of foreground.
        anchor: (K,) int64, the anchor that each came from.
        decayed_scores: (K,) float32, the score after Soft-NMS; None when no score was changed.
    """

    boxes: Tensor
    scores: Tensor
    anchor: Tensor
    decayed_scores: Tensor | None = None

    @property
    def ranking_scores(self) -> Tensor:
        """(K,) float32, descending: what the proposals are sorted by."""
        return self.scores if self.decayed_scores is None else self.decayed_scores


def to_original(boxes: Tensor, network_input: NetworkInput) -> Tensor:
    """Scale (..., 4) xyxy boxes from pixels of the network input to the original photo's."""
    x, y = network_input.to_original
    return boxes * boxes.new_tensor([x, y, x, y])


def from_original(boxes: Tensor, network_input: NetworkInput) -> Tensor:
    """Scale (..., 4) xyxy boxes from pixels of the original photo to the network input's."""
    x, y = network_input.to_original
    return boxes / boxes.new_tensor([x, y, x, y])


def read_proposals(
    selection: Selection,
    ledger: Ledger,
    network_input: NetworkInput,
    decayed: Tensor | None = None,
) -> Proposals:
    """Collect what the ledger kept and map it back to the original photo.

    Args:
        decayed: (R,) float32, scores after Soft-NMS (`Suppression.decayed`).

    Source: agrees with torchvision's GeneralizedRCNNTransform.postprocess (tests/parity).
    """
    boxes = to_original(selection.boxes[ledger.kept], network_input)
    left = None if decayed is None else decayed[ledger.kept]
    return Proposals(boxes, selection.scores[ledger.kept], ledger.kept, left)
