"""For proposers that give an order instead of scores."""

from __future__ import annotations

from typing import TypedDict

import torch
from torch import Tensor

from rpn_core.settings import NmsSettings, SelectionSettings


class _BestRanked(TypedDict):
    selection: SelectionSettings
    nms: NmsSettings


def rank_logits(order: Tensor) -> Tensor:
    """(R,) float32 logits that put R boxes in an order and mean nothing else.

    From 4 down to -4, where float32 tells the sigmoids of a million of them apart.

    Args:
        order: (R,) int64, the boxes, best first.

    >>> rank_logits(torch.tensor([2, 0, 1])).tolist()
    [0.0, -4.0, 4.0]
    """
    logits = torch.empty(len(order))
    logits[order] = torch.linspace(4, -4, len(order))
    return logits


def best_ranked(most: int) -> _BestRanked:
    """Slices of the settings that keep the best `most` boxes as they are."""
    return {
        "selection": SelectionSettings(pre_nms_top_n=100_000, min_size=0.0, score_thresh=0.0),
        "nms": NmsSettings(method="none", post_nms_top_n=most),
    }
