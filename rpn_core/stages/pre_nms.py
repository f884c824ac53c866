"""Which boxes may enter NMS: torchvision's order of filters."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.geometry.boxes import clip_to_image, crosses_border, side_lengths
from rpn_core.settings import SelectionSettings
from rpn_core.stages.fate import Fate
from rpn_core.stages.predictions import Predictions

CANDIDATE = 255  # no fate yet: NMS decides


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """The boxes as they enter NMS, and the fate of those that do not.

    Attributes:
        boxes: (R, 4) float xyxy, clipped to the image, pixels of the proposer's input.
        scores: (R,) float32, sigmoid of the logits.
        fate: (R,) uint8, a `Fate` for each dropped box, `CANDIDATE` (255) for the others.
        candidates: (M,) int64, the others, level by level, best score first; ties keep the order
            of the predictions.
    """

    boxes: Tensor
    scores: Tensor
    fate: Tensor
    candidates: Tensor


def _top_n(logits: Tensor, n: int) -> Tensor:
    """Indices of the n largest, largest first, ties in order, NaN last."""
    logits = torch.where(logits.isnan(), -torch.inf, logits)
    if n < len(logits):
        # A full stable sort of 200,000 logits costs tens of ms; cut first, then sort the few.
        threshold = torch.topk(logits, n, sorted=False).values.min()
        above = torch.nonzero(logits > threshold).flatten()
        equal = torch.nonzero(logits == threshold).flatten()[: n - len(above)]
        chosen = torch.cat((above, equal)).sort().values
    else:
        chosen = torch.arange(len(logits))
    return chosen[torch.sort(logits[chosen], descending=True, stable=True).indices]


def select(predictions: Predictions, settings: SelectionSettings) -> Selection:
    """Apply, in this order: border rule, top-N per level on logits, clip, min size, score.

    Args:
        predictions: R boxes. The border rule is for those that come from anchors.
    Returns:
        see `Selection`.
    Source: torchvision RegionProposalNetwork.filter_proposals (tests/parity); the border rule is
        Ren et al. 2015, sec. 3.1.3, and looks at the anchor, not at the decoded box.
    """
    image_hw, logits = predictions.frame.image_hw, predictions.logits
    boxes = clip_to_image(predictions.boxes, image_hw)
    scores = torch.sigmoid(logits)
    fate = torch.full((len(predictions),), CANDIDATE, dtype=torch.uint8)
    if settings.drop_cross_border and predictions.anchors is not None:
        fate[crosses_border(predictions.anchors.boxes, image_hw)] = int(Fate.CROSSES_BORDER)

    ranked: list[Tensor] = []
    for span in predictions.spans:
        inside = torch.nonzero(fate[span] == CANDIDATE).flatten() + span.start
        best = inside[_top_n(logits[inside], settings.pre_nms_top_n)]
        fate[inside] = int(Fate.BELOW_PRE_NMS_TOP_N)
        fate[best] = CANDIDATE
        ranked.append(best)
    candidates = torch.cat(ranked)

    # "not at least" instead of "less than": as in torchvision, a NaN passes no filter.
    small = ~(side_lengths(boxes[candidates]) >= settings.min_size).all(-1)
    low = ~(scores[candidates] >= settings.score_thresh)
    fate[candidates[low]] = int(Fate.BELOW_SCORE)
    fate[candidates[small]] = int(Fate.TOO_SMALL)  # decided first, so written last
    return Selection(boxes, scores, fate, candidates[~(small | low)])
