"""Soft-NMS (Bodla et al. 2017): what overlaps a better box loses score instead of its place."""

from __future__ import annotations

import heapq
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_core.nms.lanes import (
    BLOCK,
    as_arrays,
    compiled,
    empty_lanes,
    lowest_bit,
    overlap_bits,
    pair_iou,
    score_order,
    screen_factor,
)

Decay = Literal["linear", "gaussian"]


@compiled  # type: ignore[untyped-decorator]
def _decay(
    picked: int,
    lanes: NDArray[np.float32],
    start: int,
    end: int,
    gaussian: bool,
    iou_thresh: float,
    sigma: float,
    left: NDArray[np.bool_],
    score: NDArray[np.float32],
    most: NDArray[np.float32],
    by: NDArray[np.int64],
    iou: NDArray[np.float32],
) -> None:
    """Lower the score of all boxes of lanes start to end that the picked one overlaps."""
    x1, y1, x2, y2 = lanes[0, picked], lanes[1, picked], lanes[2, picked], lanes[3, picked]
    area = lanes[4, picked]
    factor = screen_factor(0.0 if gaussian else iou_thresh)
    for first in range(start, end, BLOCK):
        stop = first + BLOCK
        bits = overlap_bits(
            x1, y1, x2, y2, area, factor,
            lanes[0, first:stop], lanes[1, first:stop], lanes[2, first:stop],
            lanes[3, first:stop], lanes[4, first:stop],
        )  # fmt: skip
        while bits:
            j = first + lowest_bit(bits)
            bits &= bits - np.uint32(1)
            if not left[j]:
                continue
            overlap = pair_iou(x1, y1, x2, y2, area, lanes, j)
            if gaussian:
                weight = np.float32(np.exp(-np.float64(overlap) * np.float64(overlap) / sigma))
            elif overlap > iou_thresh:
                weight = np.float32(1.0) - overlap
            else:
                continue
            taken = score[j] - score[j] * weight
            if taken > most[j]:
                most[j], by[j], iou[j] = taken, picked, overlap
            score[j] *= weight


@compiled  # type: ignore[untyped-decorator]
def _soft(
    boxes: NDArray[np.float32],
    order: NDArray[np.int64],
    group: NDArray[np.uint8],
    scores: NDArray[np.float32],
    gaussian: bool,
    iou_thresh: float,
    sigma: float,
    score_thresh: float,
    decayed: NDArray[np.float32],
    by: NDArray[np.int64],
    iou: NDArray[np.float32],
) -> Any:
    lanes, start = empty_lanes(group)
    filled = start.copy()
    size = lanes.shape[1]
    owner = np.empty(size, np.int64)
    for i in order:
        j = filled[group[i]]
        lanes[:4, j] = boxes[i]
        lanes[4, j] = (boxes[i, 2] - boxes[i, 0]) * (boxes[i, 3] - boxes[i, 1])
        owner[j] = i
        filled[group[i]] = j + 1
    left = np.zeros(size, np.bool_)
    score = np.zeros(size, np.float32)
    most = np.zeros(size, np.float32)
    taker = np.full(size, -1, np.int64)
    overlap = np.zeros(size, np.float32)
    for g in range(start.shape[0]):
        if filled[g] == start[g]:
            continue
        # Scores only fall, so the top of the heap is right once its entry is up to date.
        heap = [(-score[j], j) for j in range(0)]
        for j in range(start[g], filled[g]):
            left[j] = True
            score[j] = scores[owner[j]]
            heap.append((-score[j], j))
        heapq.heapify(heap)
        while len(heap) > 0:
            key, j = heapq.heappop(heap)
            if -key != score[j]:
                heapq.heappush(heap, (-score[j], j))
                continue
            left[j] = False
            if taker[j] >= 0 and score[j] < score_thresh:
                continue  # suppressed: it takes from nobody
            taker[j] = -1
            _decay(
                j, lanes, start[g], filled[g], gaussian, iou_thresh, sigma,
                left, score, most, taker, overlap,
            )  # fmt: skip
        for j in range(start[g], filled[g]):
            decayed[owner[j]] = score[j]
            if taker[j] >= 0:
                by[owner[j]] = owner[taker[j]]
                iou[owner[j]] = overlap[j]


def soft_nms(
    boxes: Tensor,
    scores: Tensor,
    decay: Decay,
    *,
    iou_thresh: float = 0.3,
    sigma: float = 0.5,
    score_thresh: float = 0.001,
    group: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Take the best box, lower the scores of those that it overlaps, and go on with the best left.

        linear      score *= 1 - IoU              where IoU > iou_thresh
        gaussian    score *= exp(-IoU^2 / sigma)  everywhere

    Args:
        boxes: (N, 4) float32 xyxy.
        scores: (N,) float32, not NaN; of equal ones the first of the input is taken first.
        iou_thresh: read by the linear decay only.
        sigma: above 0, read by the Gaussian decay only.
        score_thresh: a box whose score has been lowered below this is dropped. One that nothing
            took from is never dropped.
        group: (N,) uint8; boxes of different groups (levels) never take from each other.
    Returns:
        kept (K,) int64, best decayed score first;
        decayed (N,) float32, the score of each box when it was taken or dropped;
        by (N,) int64, for a dropped box the one that took most from its score, else -1;
        iou (N,) float32, overlap with it or 0.
    Source: Bodla et al. 2017, Soft-NMS, sec. 3; equal to a plain loop (tests/unit).

    >>> twins = torch.tensor([[0., 0., 10., 10.], [0., 0., 10., 5.]])
    >>> kept, decayed, _, _ = soft_nms(twins, torch.tensor([.9, .8]), "linear")
    >>> kept.tolist(), [round(score, 2) for score in decayed.tolist()]
    ([0, 1], [0.9, 0.4])
    """
    xyxy, order, groups = as_arrays(boxes, scores, group)
    size = len(order)
    before = scores.detach().float().contiguous().numpy()
    decayed = np.empty(size, np.float32)
    by, iou = np.full(size, -1, np.int64), np.zeros(size, np.float32)
    _soft(
        xyxy, order, groups, before, decay == "gaussian", float(iou_thresh), float(sigma),
        float(score_thresh), decayed, by, iou,
    )  # fmt: skip
    # Ties of the decayed score keep the order of the scores before.
    ranked = order[score_order(np.ascontiguousarray(decayed[order]))]
    kept = ranked[by[ranked] < 0]
    return tuple(torch.from_numpy(part) for part in (kept, decayed, by, iou))  # type: ignore[return-value]
