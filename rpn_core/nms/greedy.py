"""Greedy non-maximum suppression that remembers who suppressed whom."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_core.nms.devices import device_nms, recover_trace
from rpn_core.nms.lanes import (
    BLOCK,
    as_arrays,
    compiled,
    empty_lanes,
    lowest_bit,
    overlap_bits,
    pair_iou,
    screen_factor,
)


@compiled  # type: ignore[untyped-decorator]
def _greedy(
    boxes: NDArray[np.float32],
    order: NDArray[np.int64],
    group: NDArray[np.uint8],
    iou_thresh: float,
    max_output: int,
    by: NDArray[np.int64],
    iou: NDArray[np.float32],
    kept: NDArray[np.int64],
) -> Any:
    # Box by box in score order: is it suppressed by one of the kept? Asking in this direction
    # makes the first hit the best-scored suppressor, and lets us stop once enough are kept.
    # The kept of each group lie together, so that a box never looks at another group's.
    lanes, start = empty_lanes(group)
    owner = np.empty(lanes.shape[1], np.int64)
    filled = start.copy()
    factor = screen_factor(iou_thresh)
    count = 0
    for i in order:
        if count >= max_output:
            break
        x1, y1, x2, y2 = boxes[i, 0], boxes[i, 1], boxes[i, 2], boxes[i, 3]
        area = (x2 - x1) * (y2 - y1)
        suppressed = False
        g = group[i]
        for first in range(start[g], filled[g], BLOCK):
            end = first + BLOCK
            bits = overlap_bits(
                x1, y1, x2, y2, area, factor,
                lanes[0, first:end], lanes[1, first:end], lanes[2, first:end],
                lanes[3, first:end], lanes[4, first:end],
            )  # fmt: skip
            while bits:
                j = first + lowest_bit(bits)
                bits &= bits - np.uint32(1)
                overlap = pair_iou(x1, y1, x2, y2, area, lanes, j)
                # compared with the threshold in float64, like torchvision
                if overlap > iou_thresh:
                    by[i] = owner[j]
                    iou[i] = overlap
                    suppressed = True
                    break
            if suppressed:
                break
        if not suppressed:
            j = filled[g]
            lanes[0, j], lanes[1, j], lanes[2, j], lanes[3, j] = x1, y1, x2, y2
            lanes[4, j] = area
            owner[j] = i
            filled[g] = j + 1
            kept[count] = i
            count += 1
    return count


def greedy_nms(
    boxes: Tensor,
    scores: Tensor,
    iou_thresh: float,
    max_output: int | None = None,
    *,
    group: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Keep each box that no better kept box of its group overlaps by more than `iou_thresh`.

    Args:
        boxes: (N, 4) float32 xyxy; on another device than the CPU see `devices`.
        scores: (N,) float32; ties keep the order of the input.
        iou_thresh: a box is dropped when IoU > iou_thresh, not when equal; 0 to 1.
        max_output: stop once so many are kept; what comes after stays undecided (by = -1).
        group: (N,) uint8; boxes of different groups (levels) never suppress each other.
    Returns:
        kept (K,) int64, best first; by (N,) int64, index of the suppressor or -1;
        iou (N,) float32, overlap with it or 0.
    Raises:
        ValueError: the shapes do not fit together, or the threshold is not from 0 to 1.
    Source: agrees in set and order with torchvision.ops.nms (tests/parity).

    >>> twins = torch.tensor([[0., 0., 10., 10.], [0., 0., 10., 9.]])
    >>> kept, by, iou = greedy_nms(twins, torch.tensor([.9, .8]), 0.7)
    >>> kept.tolist(), by.tolist(), round(float(iou[1]), 2)
    ([0], [-1, 0], 0.9)
    """
    if not 0 <= iou_thresh <= 1:
        raise ValueError(f"iou_thresh must be from 0 to 1, not {iou_thresh}")
    if boxes.device.type != "cpu":
        kept = device_nms(boxes, scores, iou_thresh, max_output, group=group)
        complete = max_output is None or len(kept) < max_output
        return kept, *recover_trace(boxes, scores, kept, iou_thresh, group=group, complete=complete)
    xyxy, order, groups = as_arrays(boxes, scores, group)
    count = len(xyxy)
    by = np.full(count, -1, np.int64)
    iou = np.zeros(count, np.float32)
    taken = np.empty(count, np.int64)
    limit = count if max_output is None else max_output
    found = _greedy(xyxy, order, groups, float(iou_thresh), limit, by, iou, taken)
    return torch.from_numpy(taken[:found]), torch.from_numpy(by), torch.from_numpy(iou)
