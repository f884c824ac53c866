"""A box and those that overlap it most, with the IoU of every two of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.geometry.boxes import pairwise_iou


@dataclass(frozen=True, eq=False, slots=True)
class Neighbourhood:
    """K boxes, best score first.

    Attributes:
        boxes: (K,) int64, indices of the input.
        iou: (K, K) float32.
        present: how many boxes overlap the one in the middle at all; `boxes` may hold fewer.
    """

    boxes: Tensor
    iou: Tensor
    present: int


def neighbourhood(
    boxes: Tensor, scores: Tensor, middle: int, *, most: int = 16, group: Tensor | None = None
) -> Neighbourhood:
    """Choose the boxes that overlap one most.

    Args:
        boxes: (N, 4) float32 xyxy.
        scores: (N,) float32.
        middle: index of the one.
        most: how many are chosen besides it.
        group: (N,) uint8; only boxes of its group are chosen.
    """
    iou = pairwise_iou(boxes[middle, None], boxes)[0]
    iou[middle] = 0
    if group is not None:
        iou[group != group[middle]] = 0
    present = int((iou > 0).sum())
    # stable, so that equal overlaps are chosen in the order of the input
    nearest = torch.sort(iou, descending=True, stable=True).indices[: min(most, present)]
    chosen = torch.cat((torch.tensor([middle]), nearest)).sort().values
    chosen = chosen[torch.sort(scores[chosen], descending=True, stable=True).indices]
    return Neighbourhood(chosen, pairwise_iou(boxes[chosen], boxes[chosen]), present)
