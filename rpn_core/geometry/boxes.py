"""Plain geometry of boxes. A box is xyxy: (x1, y1, x2, y2) with x right, y down, floats."""

from __future__ import annotations

import torch
from torch import Tensor


def clip_to_image(boxes: Tensor, image_hw: tuple[int, int]) -> Tensor:
    """Move every corner that lies outside the image onto its border.

    Args:
        boxes: (..., 4) float xyxy in the frame of `image_hw`.
        image_hw: height and width of the image, without padding.
    Returns:
        (..., 4) new tensor; a box wholly outside becomes one without area.
    Source: agrees with torchvision.ops.clip_boxes_to_image (tests/parity).

    >>> clip_to_image(torch.tensor([[-5., 2., 30., 9.]]), (10, 20)).tolist()
    [[0.0, 2.0, 20.0, 9.0]]
    """
    height, width = image_hw
    x = boxes[..., 0::2].clamp(min=0, max=width)
    y = boxes[..., 1::2].clamp(min=0, max=height)
    return torch.stack((x[..., 0], y[..., 0], x[..., 1], y[..., 1]), dim=-1)


def side_lengths(boxes: Tensor) -> Tensor:
    """Width and height of each box: (..., 4) xyxy -> (..., 2) (w, h) in the same unit."""
    return boxes[..., 2:] - boxes[..., :2]


def crosses_border(boxes: Tensor, image_hw: tuple[int, int]) -> Tensor:
    """Tell which boxes leave the image: (..., 4) xyxy -> (...) bool. Touching is not crossing."""
    height, width = image_hw
    limit = boxes.new_tensor([width, height])
    return (boxes[..., :2] < 0).any(-1) | (boxes[..., 2:] > limit).any(-1)


def pairwise_iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of every box of `a` with every box of `b`.

    Args:
        a: (N, 4) float xyxy.
        b: (M, 4) float xyxy, same frame.
    Returns:
        (N, M) float in [0, 1]; 0, not NaN, where both boxes have no area.

    >>> pairwise_iou(torch.tensor([[0., 0., 2., 2.]]), torch.tensor([[1., 0., 3., 2.]])).tolist()
    [[0.3333333432674408]]
    """
    overlap_wh = (
        torch.minimum(a[:, None, 2:], b[None, :, 2:])
        - torch.maximum(a[:, None, :2], b[None, :, :2])
    ).clamp_(min=0)
    intersection = overlap_wh[..., 0] * overlap_wh[..., 1]
    area_a = side_lengths(a).prod(-1)
    area_b = side_lengths(b).prod(-1)
    union = area_a[:, None] + area_b[None, :] - intersection
    return torch.where(union > 0, intersection / union, torch.zeros_like(union))
