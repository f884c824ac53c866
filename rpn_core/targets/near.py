"""The few anchors of a grid that can overlap a box well, without laying all the others."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_core.anchors.lay import LevelAnchors, grid_points
from rpn_core.geometry.boxes import centred, pairwise_iou, side_lengths


def boxes_near(
    level: LevelAnchors, grid_hw: tuple[int, int], shapes: Tensor, box: Tensor, iou_thresh: float
) -> Tensor:
    """Lay shapes on those cells where they may reach an IoU, and keep the ones that do.

        IoU <= overlap_w / max(w, wa)   =>   |cx - cxa| <= (w + wa) / 2 - iou_thresh * max(w, wa)

    and the same for heights.

    Args:
        level: its stride and offset count, not its own grid and shapes.
        grid_hw: cells of the grid.
        shapes: (A, 4) float xyxy around the cell's point.
        box: (4,) float xyxy, pixels of the network input.
    Returns:
        (N, 4) float xyxy, all anchors of the grid with IoU >= iou_thresh.
    Source: the same as laying them all (tests/property).
    """
    shapes = shapes[pairwise_iou(centred(shapes), centred(box[None]))[:, 0] >= iou_thresh]
    if not len(shapes):
        return torch.zeros(0, 4)
    wh, shape_wh = side_lengths(box), side_lengths(shapes)  # (2,), (A, 2)
    reach = (wh + shape_wh) / 2 - iou_thresh * torch.maximum(wh, shape_wh)
    furthest = reach.amax(0) + 1  # a pixel more, for shapes with rounded corners
    centre = (box[:2] + box[2:]) / 2
    points = grid_points(grid_hw, level.stride_hw, level.offset)
    points = points[((points - centre).abs() <= furthest).all(1)]
    boxes = (points.repeat(1, 2)[:, None] + shapes[None]).reshape(-1, 4)
    return boxes[pairwise_iou(boxes, box[None])[:, 0] >= iou_thresh]
