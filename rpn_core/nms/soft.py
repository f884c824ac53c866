"""Soft-NMS (Bodla et al. 2017): what overlaps a better box loses score instead of its place."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_core.errors import UserError
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


# What one call may cost, in blocks screened and pairs that overlap: 10 to 30 ns each.
MAX_WORK = 200_000_000
# Below this a score is 0: arithmetic with subnormal numbers is many times slower.
_SMALLEST = np.float32(np.finfo(np.float32).smallest_normal)
_GRID = 1024  # places a side that boxes are sorted into


@compiled  # type: ignore[untyped-decorator]
def _better(i: int, j: int, score: NDArray[np.float32], rank: NDArray[np.int64]) -> Any:
    """Whether box i goes before box j, where -1 is none."""
    if i < 0 or j < 0:
        return i >= 0
    return score[i] > score[j] or (score[i] == score[j] and rank[i] < rank[j])


@compiled  # type: ignore[untyped-decorator]
def _best_box(
    block: int, left: NDArray[np.bool_], score: NDArray[np.float32], rank: NDArray[np.int64]
) -> Any:
    """The best box left of a block, or -1."""
    best = -1
    for j in range(block * BLOCK, (block + 1) * BLOCK):
        if left[j] and _better(j, best, score, rank):
            best = j
    return best


@compiled  # type: ignore[untyped-decorator]
def _best_of(
    best: NDArray[np.int64], start: int, end: int,
    score: NDArray[np.float32], rank: NDArray[np.int64],
) -> Any:  # fmt: skip
    found = -1
    for b in range(start, end):
        if _better(best[b], found, score, rank):
            found = best[b]
    return found


@compiled  # type: ignore[untyped-decorator]
def _around(boxes: NDArray[np.float32], start: int, end: int, around: NDArray[np.float32]) -> None:
    """Write the least box (4,) that holds columns start to end of (4, ...) boxes."""
    around[:2], around[2:] = np.inf, -np.inf
    for j in range(start, end):
        for side in range(2):
            around[side] = min(around[side], boxes[side, j])
            around[side + 2] = max(around[side + 2], boxes[side + 2, j])


@compiled  # type: ignore[untyped-decorator]
def _decay(
    picked: int,
    lanes: NDArray[np.float32],
    blocks_around: NDArray[np.float32],
    start: int,
    end: int,
    gaussian: bool,
    iou_thresh: float,
    sigma: float,
    score_thresh: float,
    left: NDArray[np.bool_],
    score: NDArray[np.float32],
    rank: NDArray[np.int64],
    most: NDArray[np.float32],
    by: NDArray[np.int64],
    iou: NDArray[np.float32],
    best: NDArray[np.int64],
) -> Any:
    """Lower the score of all boxes of blocks start to end that the picked one overlaps.

    One whose score is lowered below the threshold is left no longer. Returns the work.
    """
    x1, y1, x2, y2 = lanes[0, picked], lanes[1, picked], lanes[2, picked], lanes[3, picked]
    area = lanes[4, picked]
    factor = screen_factor(0.0 if gaussian else iou_thresh)
    work = 0
    for block in range(start, end):
        if best[block] < 0 or not _meets(x1, y1, x2, y2, blocks_around[:, block]):
            continue
        first, stop = block * BLOCK, (block + 1) * BLOCK
        work += 1
        bits = overlap_bits(
            x1, y1, x2, y2, area, factor,
            lanes[0, first:stop], lanes[1, first:stop], lanes[2, first:stop],
            lanes[3, first:stop], lanes[4, first:stop],
        )  # fmt: skip
        lowered = False
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
            work += 1
            taken = score[j] - score[j] * weight
            if taken > most[j]:
                most[j], by[j], iou[j] = taken, picked, overlap
            score[j] *= weight
            if score[j] < _SMALLEST:
                score[j] = np.float32(0.0)
            left[j] = by[j] < 0 or not score[j] < score_thresh
            lowered = True
        if lowered:
            best[block] = _best_box(block, left, score, rank)
    return work


@compiled  # type: ignore[untyped-decorator]
def _meets(
    x1: np.float32, y1: np.float32, x2: np.float32, y2: np.float32, around: NDArray[np.float32]
) -> Any:
    return x1 < around[2] and x2 > around[0] and y1 < around[3] and y2 > around[1]


@compiled  # type: ignore[untyped-decorator]
def _soft(
    boxes: NDArray[np.float32],
    order: NDArray[np.int64],
    place: NDArray[np.int64],
    group: NDArray[np.uint8],
    scores: NDArray[np.float32],
    gaussian: bool,
    iou_thresh: float,
    sigma: float,
    score_thresh: float,
    max_work: int,
    decayed: NDArray[np.float32],
    by: NDArray[np.int64],
    iou: NDArray[np.float32],
) -> Any:
    """Whether it was done within `max_work`.

    The lanes are in order of place, so that most blocks, and whole rows of BLOCK blocks, lie
    apart from the picked box and need not be looked into.
    """
    lanes, start = empty_lanes(group)
    filled = start.copy()
    size = lanes.shape[1]
    owner = np.empty(size, np.int64)
    for i in place:
        j = filled[group[i]]
        lanes[:4, j] = boxes[i]
        lanes[4, j] = (boxes[i, 2] - boxes[i, 0]) * (boxes[i, 3] - boxes[i, 1])
        owner[j] = i
        filled[group[i]] = j + 1
    ranks = np.empty(order.shape[0], np.int64)
    for k in range(order.shape[0]):
        ranks[order[k]] = k
    left = np.zeros(size, np.bool_)
    score = np.zeros(size, np.float32)
    rank = np.zeros(size, np.int64)
    most = np.zeros(size, np.float32)
    taker = np.full(size, -1, np.int64)
    overlap = np.zeros(size, np.float32)
    best = np.full(size // BLOCK, -1, np.int64)
    blocks_around = np.empty((4, size // BLOCK), np.float32)
    work = 0
    for g in range(start.shape[0]):
        if filled[g] == start[g]:
            continue
        for j in range(start[g], filled[g]):
            left[j] = True
            score[j] = scores[owner[j]]
            rank[j] = ranks[owner[j]]
        first, end = start[g] // BLOCK, (filled[g] + BLOCK - 1) // BLOCK
        for b in range(first, end):
            best[b] = _best_box(b, left, score, rank)
            stop = min((b + 1) * BLOCK, filled[g])
            _around(lanes, b * BLOCK, stop, blocks_around[:, b])
        rows = (end - first + BLOCK - 1) // BLOCK
        top = np.empty(rows, np.int64)
        rows_around = np.empty((4, rows), np.float32)
        for r in range(rows):
            begin, stop = first + r * BLOCK, min(first + (r + 1) * BLOCK, end)
            top[r] = _best_of(best, begin, stop, score, rank)
            _around(blocks_around, begin, stop, rows_around[:, r])
        while True:
            picked = _best_of(top, 0, rows, score, rank)
            # The best score left is 0, so all are: no box can lower another any more.
            if picked < 0 or score[picked] <= 0:
                break
            left[picked] = False
            taker[picked] = -1
            own = picked // BLOCK
            best[own] = _best_box(own, left, score, rank)
            x1, y1, x2, y2 = lanes[0, picked], lanes[1, picked], lanes[2, picked], lanes[3, picked]
            for r in range(rows):
                begin, stop = first + r * BLOCK, min(first + (r + 1) * BLOCK, end)
                inside = begin <= own < stop
                if top[r] < 0 or not (inside or _meets(x1, y1, x2, y2, rows_around[:, r])):
                    continue
                done = _decay(
                    picked, lanes, blocks_around, begin, stop, gaussian, iou_thresh, sigma,
                    score_thresh, left, score, rank, most, taker, overlap, best,
                )  # fmt: skip
                work += done
                if done or inside:
                    top[r] = _best_of(best, begin, stop, score, rank)
            if work > max_work:
                return False
        for j in range(start[g], filled[g]):
            decayed[owner[j]] = score[j]
            if taker[j] >= 0 and not left[j]:
                by[owner[j]] = owner[taker[j]]
                iou[owner[j]] = overlap[j]
    return True


def _by_place(boxes: NDArray[np.float32]) -> NDArray[np.int64]:
    """(N,) int64, an order in which boxes of about one size and place lie together.

    By the power of two of the longer side, then along a Z-order curve (Morton 1966).
    """
    if not len(boxes):
        return np.empty(0, np.int64)
    boxes = np.nan_to_num(boxes.astype(np.float64))
    key = np.clip(np.frexp((boxes[:, 2:] - boxes[:, :2]).max(1))[1], 0, 31).astype(np.int64)
    centre = boxes[:, :2] + boxes[:, 2:]
    low = centre.min(0)
    cell = ((centre - low) / np.maximum(centre.max(0) - low, 1e-9) * (_GRID - 1)).astype(np.int64)
    for bit in reversed(range(_GRID.bit_length() - 1)):
        for axis in range(2):
            key = key * 2 + (cell[:, axis] >> bit & 1)
    return np.argsort(key, kind="stable")


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
        scores: (N,) float32, 0 or more; of equal ones the first of the input is taken first.
        iou_thresh: read by the linear decay only.
        sigma: above 0, read by the Gaussian decay only.
        score_thresh: a box whose score has been lowered below this is dropped at once. One that
            nothing took from is never dropped.
        group: (N,) uint8; boxes of different groups (levels) never take from each other.
    Returns:
        kept (K,) int64, best decayed score first;
        decayed (N,) float32, the score of each box when it was taken or dropped;
        by (N,) int64, for a dropped box the one that took most from its score, else -1;
        iou (N,) float32, overlap with it or 0.
    Raises:
        ValueError: the shapes do not fit together.
        UserError: it takes more than MAX_WORK, a matter of seconds. Every pair that overlaps is
            decayed while both are left, so that boxes in one place, none of which is dropped,
            take time by the square of their number.
    Source: Bodla et al. 2017, Soft-NMS, sec. 3, and their code, which drops at once; equal to a
        plain loop (tests/unit).

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
    done = _soft(
        xyxy, order, _by_place(xyxy), groups, before, decay == "gaussian", float(iou_thresh),
        float(sigma), float(score_thresh), MAX_WORK, decayed, by, iou,
    )  # fmt: skip
    if not done:
        raise UserError(
            "Soft-NMS would take too long for these {boxes:,} boxes, of which too many overlap: "
            'let fewer in ("Before NMS, best N a level"), raise "Soft-NMS score, at least", or '
            "choose greedy NMS.",
            boxes=size,
        )
    # Ties of the decayed score keep the order of the scores before.
    ranked = order[score_order(np.ascontiguousarray(decayed[order]))]
    kept = ranked[by[ranked] < 0]
    return tuple(torch.from_numpy(part) for part in (kept, decayed, by, iou))  # type: ignore[return-value]
