"""How many anchors have which best IoU, counted so that any threshold can be read off."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.targets.anchor_state import AnchorState
from rpn_core.targets.image_matching import ImageMatching

BINS = 100  # a hundredth of IoU each, like the steps of the thresholds


@dataclass(frozen=True, eq=False, slots=True)
class IouHistogram:
    """Anchors that take part, by their best IoU with an object; what a rule leaves out is not here.

    Attributes:
        counts: (101,) int64; bin k holds k/100 <= IoU < (k + 1)/100, the last one IoU 1. Anchors at
            or above a threshold of k/100 are those of bin k and later, to the last one.
        low_quality: (101,) int64, those of them that the low-quality rule makes, or would make,
            positive at the present thresholds.
        left_out: how many anchors a rule leaves out.
    """

    counts: Tensor
    low_quality: Tensor
    left_out: int


def iou_histogram(matching: ImageMatching) -> IouHistogram:
    """Count the anchors of one image.

    Edges are compared as matching compares thresholds, in float32, so that the counts beside a
    threshold are those of the matching (tests/unit).
    """
    left_out = (matching.state == int(AnchorState.IN_CROWD)) | (
        matching.state == int(AnchorState.CROSSES_BORDER)
    )
    edges = torch.tensor([place / BINS for place in range(BINS + 1)], dtype=torch.float32)

    def count(iou: Tensor) -> Tensor:
        place = torch.bucketize(iou, edges, right=True) - 1
        return torch.bincount(place.clamp(0, BINS), minlength=BINS + 1)

    best = matching.matches.best_iou
    return IouHistogram(
        count(best[~left_out]),
        count(best[matching.low_quality_matches.anchor]),
        int(left_out.sum()),
    )
