"""Plain geometry of boxes. A box is xyxy: (x1, y1, x2, y2) with x right, y down, floats."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

# Pairs of boxes whose IoU is worked out at a time: on the CPU what stays in the processor's cache,
# on a device enough to keep it busy.
_PAIRS, _PAIRS_ON_DEVICE = 1 << 20, 1 << 26


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


def centred(boxes: Tensor) -> Tensor:
    """The same sizes around the origin: (..., 4) xyxy."""
    half = side_lengths(boxes) / 2
    return torch.cat((-half, half), dim=-1)


def crosses_border(boxes: Tensor, image_hw: tuple[int, int]) -> Tensor:
    """Tell which boxes leave the image: (..., 4) xyxy -> (...) bool. Touching is not crossing."""
    height, width = image_hw
    limit = boxes.new_tensor([width, height])
    return (boxes[..., :2] < 0).any(-1) | (boxes[..., 2:] > limit).any(-1)


def intersection(a: Tensor, b: Tensor) -> Tensor:
    """Area that boxes share, each of `a` with the one of `b` in its place.

    Args:
        a, b: (..., 4) float xyxy, same frame, of shapes that broadcast.
    Returns:
        (...) float, a new tensor; 0 where they do not overlap.
    """
    # One coordinate at a time: (..., 2) would keep the processor from taking several at once.
    ax1, ay1, ax2, ay2 = a.movedim(-1, 0).contiguous()
    bx1, by1, bx2, by2 = b.movedim(-1, 0).contiguous()
    width = torch.minimum(ax2, bx2).sub_(torch.maximum(ax1, bx1)).clamp_(min=0)
    height = torch.minimum(ay2, by2).sub_(torch.maximum(ay1, by1)).clamp_(min=0)
    return width.mul_(height)


def box_iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union, each box of `a` with the one of `b` in its place.

        IoU = I / (A + B - I)

    Args:
        a, b: (..., 4) float xyxy, same frame, of shapes that broadcast.
    Returns:
        (...) float in [0, 1]; 0, not NaN, where both boxes have no area.
    Source: `scalar_iou` does the same in compiled loops, to the last bit (tests/property).
    """
    if a.dtype.itemsize < 4:  # areas beyond 65,504 are infinite in half precision
        return box_iou(a.float(), b.float()).to(a.dtype)
    shared = intersection(a, b)
    union = (side_lengths(a).prod(-1) + side_lengths(b).prod(-1)).sub_(shared)
    # Nothing is shared where the union is not above 0: 0 / 0, or a zero with a sign.
    return shared.div_(union).nan_to_num_(0).abs_()


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
    return box_iou(a[:, None], b[None])


def iou_blocks(
    objects: Tensor, boxes: Tensor, pairs: int | None = None
) -> Iterator[tuple[slice, Tensor]]:
    """`pairwise_iou` a few objects at a time, so that the whole matrix is never in memory.

    Args:
        objects: (G, 4) float xyxy.
        boxes: (R, 4) float xyxy, same frame.
        pairs: at most so many at a time, but always one object whole.
    Yields:
        g objects, and their (g, R) IoU with all boxes; in the order of the objects.
    """
    if pairs is None:
        pairs = _PAIRS if boxes.device.type == "cpu" else _PAIRS_ON_DEVICE
    at_once = max(1, pairs // max(1, len(boxes)))
    for first in range(0, len(objects), at_once):
        rows = slice(first, first + at_once)
        yield rows, pairwise_iou(objects[rows], boxes)
