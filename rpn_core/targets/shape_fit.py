"""How well anchors could fit an object if each could lie anywhere: shape against shape."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.anchors.lay import LevelAnchors
from rpn_core.geometry.boxes import centred, pairwise_iou


@dataclass(frozen=True, eq=False, slots=True)
class ShapeFit:
    """The shape that fits each of G objects best when both have the same centre.

    Attributes:
        iou: (G,) float; 0 without shapes, or for an object without area.
        level, shape: (G,) int64, which shape of which level; -1 without shapes.
    """

    iou: Tensor
    level: Tensor
    shape: Tensor


def fit_shapes(levels: tuple[LevelAnchors, ...], boxes: Tensor) -> ShapeFit:
    """Find the best shape for each object: the best IoU that is possible with these shapes.

    No anchor on the grid of its level can overlap the object by more (tests/property).

    Args:
        boxes: (G, 4) float xyxy, pixels of the network input.
    """
    best = torch.zeros(len(boxes))
    level, shape = torch.full((len(boxes),), -1), torch.full((len(boxes),), -1)
    for number, grid in enumerate(levels):
        if not grid.count:
            continue
        iou = pairwise_iou(centred(boxes), centred(grid.cell_anchors)).nan_to_num(0)
        highest, place = iou.max(1)
        better = highest > best
        best = torch.where(better, highest, best)
        level[better], shape[better] = number, place[better]
    return ShapeFit(best, level, shape)
