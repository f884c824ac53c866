"""The proposals in pixels of the original photo."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from rpn_core.geometry.frame import Frame
from rpn_core.stages.ledger import Ledger
from rpn_core.stages.pre_nms import Selection


@dataclass(frozen=True, eq=False, slots=True)
class Proposals:
    """K proposals, best first by what ranks them: the score, or what Soft-NMS left of it.

    Attributes:
        boxes: (K, 4) float32 xyxy, pixels of the original photo.
        scores: (K,) float32, probability of foreground.
        prediction: (K,) int64, the box of the predictions that each was; of an RPN, its anchor too.
        decayed_scores: (K,) float32, the score after Soft-NMS; None when no score was changed.
    """

    boxes: Tensor
    scores: Tensor
    prediction: Tensor
    decayed_scores: Tensor | None = None

    @property
    def ranking_scores(self) -> Tensor:
        """(K,) float32, descending: what the proposals are sorted by."""
        return self.scores if self.decayed_scores is None else self.decayed_scores


def read_proposals(
    selection: Selection,
    ledger: Ledger,
    frame: Frame,
    decayed: Tensor | None = None,
) -> Proposals:
    """Collect what the ledger kept and map it back to the original photo.

    Args:
        decayed: (R,) float32, scores after Soft-NMS (`Suppression.decayed`).

    Source: agrees with torchvision's GeneralizedRCNNTransform.postprocess (tests/parity).
    """
    boxes = frame.to_original(selection.boxes[ledger.kept])
    left = None if decayed is None else decayed[ledger.kept]
    return Proposals(boxes, selection.scores[ledger.kept], ledger.kept, left)
