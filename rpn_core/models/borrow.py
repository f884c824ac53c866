"""Scores for anchors that a head was not trained for, borrowed from those that it was.

Letters: A own shapes of a level, T trained shapes of it, R own anchors in all.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rpn_core.anchors.lay import Anchors, LevelAnchors
from rpn_core.geometry.box_coder import decode, encode
from rpn_core.geometry.boxes import centred, pairwise_iou, side_lengths
from rpn_core.stages.head_outputs import HeadOutputs

# Two shapes are the same when no corner differs by more: far below a pixel, above float noise.
SAME_SHAPE = 1e-3
SMALLEST_LOG = math.log(torch.finfo(torch.float32).tiny)


def nearest_shape(shapes: Tensor, trained: Tensor) -> Tensor:
    """The trained shape that overlaps each shape best when both have the same centre.

    Args:
        shapes: (A, 4) float xyxy.
        trained: (T, 4) float xyxy, same unit, T >= 1.
    Returns:
        (A,) int64, index into `trained`; the first of equals.

    >>> nearest_shape(torch.tensor([[0., 0., 9., 21.]]),
    ...               torch.tensor([[0., 0., 10., 10.], [0., 0., 10., 20.]])).tolist()
    [1]
    """
    return pairwise_iou(centred(shapes), centred(trained)).argmax(dim=1)


def _same_place(level: LevelAnchors, trained: LevelAnchors) -> bool:
    return (
        level.grid_hw == trained.grid_hw
        and level.stride_hw == trained.stride_hw
        and level.offset == trained.offset
    )


def _same_shapes(level: LevelAnchors, trained: LevelAnchors) -> Tensor | None:
    """(A,) int64, the trained shape that each own shape equals, or None if one equals none."""
    if not level.shapes:
        return torch.zeros(0, dtype=torch.int64)
    gap = (level.cell_anchors[:, None] - trained.cell_anchors[None]).abs().amax(-1)  # (A, T)
    closest = gap.min(dim=1)
    return closest.indices if bool((closest.values <= SAME_SHAPE).all()) else None


def _index(level: LevelAnchors, trained: LevelAnchors, shape: Tensor) -> Tensor:
    """(H*W*A,) int64: for each own anchor of a level, the trained anchor of `shape` in its cell."""
    cell = torch.arange(level.grid_hw[0] * level.grid_hw[1])
    # (H*W, 1) + (1, A) -> (H*W, A) -> (H*W*A,)
    return (trained.start + cell[:, None] * trained.shapes + shape[None]).flatten()


def find_trained(anchors: Anchors, trained: Anchors) -> Tensor | None:
    """Tell which trained anchor each anchor is, whatever their order and number in a cell.

    Returns:
        (R,) int64 indices into `trained`, or None when some anchor is not a trained one.
    """
    index: list[Tensor] = []
    for level, known in zip(anchors.levels, trained.levels, strict=True):
        shape = _same_shapes(level, known)
        if shape is None or (level.shapes and not _same_place(level, known)):
            return None
        index.append(_index(level, known, shape))
    return torch.cat(index)


def borrow(anchors: Anchors, trained: Anchors, outputs: HeadOutputs) -> HeadOutputs:
    """Give each anchor the logit and the decoded box of the trained one of nearest shape.

    The trained anchor is the one of the same level and cell whose shape overlaps best (IoU, both
    centred). Its box is encoded against the anchor that borrows, so that decoding gives that box
    again, whatever the anchor's size, offset or rounding:

        decode(anchor, deltas) = decode(trained anchor, trained deltas)

    Two limits. `decode` lets a side grow 62.5 times at most, so a box larger than that keeps its
    centre and is cut to it. An anchor without width or height cannot be moved: its deltas are 0.

    Args:
        anchors: R anchors on the same grids as `trained`.
        trained: the anchors that the head was trained for, at least one shape a level.
        outputs: the head's, one per trained anchor.
    Returns:
        logits and deltas of the R anchors.
    """
    index = torch.cat(
        [
            _index(level, known, nearest_shape(level.cell_anchors, known.cell_anchors))
            for level, known in zip(anchors.levels, trained.levels, strict=True)
        ]
    )
    boxes = decode(trained.boxes[index], outputs.deltas[index])
    deltas = encode(anchors.boxes, boxes)
    # A box may have shrunk below what float32 resolves; log(0) would be -inf.
    deltas = torch.cat((deltas[:, :2], deltas[:, 2:].clamp(min=SMALLEST_LOG)), dim=1)
    has_area = (side_lengths(anchors.boxes) > 0).all(-1, keepdim=True)
    deltas = torch.where(has_area, deltas, 0.0)
    return HeadOutputs(outputs.objectness_logits[index], deltas)
