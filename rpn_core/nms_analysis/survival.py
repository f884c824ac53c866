"""Which boxes survive greedy NMS at each of 101 thresholds, from one sparse graph of overlaps.

A box falls at threshold t exactly when a better box of its group that survives at t overlaps it
by more than t. Taken best box first, one pass over the pairs that overlap at all decides every
threshold at once: an IoU rules out the thresholds below it, and those form a run of bits.

    survives[j] = ~ OR over better i of (survives[i] & thresholds below IoU(i, j))

Here a box is named by its rank: its place among all boxes by score, 0 the best.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
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
    screen_factor,
)

THRESHOLDS = np.arange(101) / 100  # k / 100 is the double that the text "0.07" reads as
MAX_PAIRS = 25_000_000  # 8 bytes each
_WORD = 64


@dataclass(frozen=True, eq=False, slots=True)
class OverlapGraph:
    """For each of N boxes, the better boxes of its group that overlap it at all.

    Attributes:
        order: (N,) int64, the input's index of each rank, best score first.
        rank: (N,) int64, the rank of each box of the input.
        start: (N + 1,) int64; the pairs of rank r are `start[r]` up to `start[r + 1]`.
        better: (P,) int32, rank of the better box of each pair, best first within a row.
        iou: (P,) float32, above 0, as greedy NMS computes it.
    """

    order: NDArray[np.int64]
    rank: NDArray[np.int64]
    start: NDArray[np.int64]
    better: NDArray[np.int32]
    iou: NDArray[np.float32]

    def row(self, rank: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Ranks of the better boxes that overlap this one, best first, and the IoU with each."""
        span = slice(int(self.start[rank]), int(self.start[rank + 1]))
        return self.better[span], self.iou[span]


@compiled  # type: ignore[untyped-decorator]
def _row(
    box: NDArray[np.float32],
    area: np.float32,
    lanes: NDArray[np.float32],
    owner: NDArray[np.int32],
    first_of: int,
    end_of: int,
    better: NDArray[np.int32],
    iou: NDArray[np.float32],
) -> int:
    x1, y1, x2, y2 = box[0], box[1], box[2], box[3]
    any_overlap = screen_factor(0.0)
    count = 0
    for first in range(first_of, end_of, BLOCK):
        end = first + BLOCK
        bits = overlap_bits(
            x1, y1, x2, y2, area, any_overlap,
            lanes[0, first:end], lanes[1, first:end], lanes[2, first:end],
            lanes[3, first:end], lanes[4, first:end],
        )  # fmt: skip
        while bits:
            j = first + lowest_bit(bits)
            bits &= bits - np.uint32(1)
            overlap = pair_iou(x1, y1, x2, y2, area, lanes, j)
            if overlap > 0:
                better[count] = owner[j]
                iou[count] = overlap
                count += 1
    return count


@compiled  # type: ignore[untyped-decorator]
def _pairs(
    boxes: NDArray[np.float32],
    order: NDArray[np.int64],
    group: NDArray[np.uint8],
    max_pairs: int,
    start: NDArray[np.int64],
    better: NDArray[np.int32],
    iou: NDArray[np.float32],
) -> Any:
    lanes, first_of = empty_lanes(group)
    owner = np.empty(lanes.shape[1], np.int32)
    filled = first_of.copy()
    count = 0
    for rank in range(order.shape[0]):
        box = boxes[order[rank]]
        area = (box[2] - box[0]) * (box[3] - box[1])
        g = group[order[rank]]
        count += _row(
            box, area, lanes, owner, first_of[g], filled[g], better[count:], iou[count:]
        )  # fmt: skip
        if count > max_pairs:
            return -1
        start[rank + 1] = count
        j = filled[g]
        lanes[:4, j] = box
        lanes[4, j] = area
        owner[j] = rank
        filled[g] = j + 1
    return count


def overlap_graph(
    boxes: Tensor, scores: Tensor, *, group: Tensor | None = None, max_pairs: int = MAX_PAIRS
) -> OverlapGraph:
    """Find every pair of boxes of one group whose IoU is above 0.

    Args:
        boxes: (N, 4) float32 xyxy.
        scores: (N,) float32; ties keep the order of the input, as in `greedy_nms`.
        group: (N,) uint8; pairs across groups are left out.
    Raises:
        UserError: there are more pairs than `max_pairs`.
        ValueError: the shapes do not fit together.

    >>> import torch
    >>> boxes = torch.tensor([[0., 0., 10., 5.], [0., 0., 10., 10.], [50., 50., 60., 60.]])
    >>> graph = overlap_graph(boxes, torch.tensor([.8, .9, .7]))
    >>> graph.order.tolist(), graph.better.tolist(), graph.iou.tolist()
    ([1, 0, 2], [0], [0.5])
    """
    xyxy, order, groups = as_arrays(boxes, scores, group)
    size = len(order)
    start = np.zeros(size + 1, np.int64)
    # Room for the most there can be: memory that is never written is never taken.
    room = min(size * (size - 1) // 2, max_pairs + size)
    better, iou = np.empty(room, np.int32), np.empty(room, np.float32)
    count = _pairs(xyxy, order, groups, max_pairs, start, better, iou)
    if count < 0:
        raise UserError(
            "More than {pairs:,} pairs of these {boxes:,} boxes overlap, too many to decide every "
            "threshold at once: let fewer boxes into NMS.",
            pairs=max_pairs,
            boxes=size,
        )
    rank = np.empty(size, np.int64)
    rank[order] = np.arange(size)
    return OverlapGraph(order, rank, start, better[:count].copy(), iou[:count].copy())


@compiled  # type: ignore[untyped-decorator]
def _survive(
    start: NDArray[np.int64],
    better: NDArray[np.int32],
    iou: NDArray[np.float32],
    thresholds: NDArray[np.float64],
    low: NDArray[np.uint64],
    high: NDArray[np.uint64],
) -> None:
    word, one, none = np.uint64(_WORD), np.uint64(1), np.uint64(0)
    count = thresholds.shape[0]
    below_low = np.zeros(count + 1, np.uint64)  # [c]: the bits of the first c thresholds
    below_high = np.zeros(count + 1, np.uint64)
    for c in range(1, count + 1):
        bit = np.uint64(c - 1)
        below_low[c] = below_low[c - 1] | (one << bit if bit < word else none)
        below_high[c] = below_high[c - 1] | (one << (bit - word) if bit >= word else none)
    all_low, all_high = below_low[count], below_high[count]
    for rank in range(start.shape[0] - 1):
        lost_low, lost_high = none, none
        for pair in range(start[rank], start[rank + 1]):
            overlap = np.float64(iou[pair])
            c = min(int(overlap * 100), count - 1)  # a guess, put right by the comparisons
            while c < count and overlap > thresholds[c]:
                c += 1
            while c > 0 and not overlap > thresholds[c - 1]:
                c -= 1
            lost_low |= low[better[pair]] & below_low[c]
            lost_high |= high[better[pair]] & below_high[c]
        low[rank] = all_low & ~lost_low
        high[rank] = all_high & ~lost_high


def survival_masks(graph: OverlapGraph) -> NDArray[np.uint64]:
    """Decide greedy NMS at all 101 THRESHOLDS, a bit each.

    Returns:
        (N, 2) uint64 by rank: bit k % 64 of word k // 64 is 1 where the box survives at
        THRESHOLDS[k] = k / 100.
    Source: equal to `greedy_nms` at each of them (tests/property).

    >>> import torch
    >>> twins = torch.tensor([[0., 0., 10., 10.], [0., 0., 10., 5.]])
    >>> masks = survival_masks(overlap_graph(twins, torch.tensor([.9, .8])))
    >>> survives(masks, 49).tolist(), survives(masks, 50).tolist()
    ([True, False], [True, True])
    """
    low, high = np.empty(len(graph.order), np.uint64), np.empty(len(graph.order), np.uint64)
    _survive(graph.start, graph.better, graph.iou, THRESHOLDS, low, high)
    return np.stack((low, high), 1)


def survives(masks: NDArray[np.uint64], percent: int) -> NDArray[np.bool_]:
    """Read one threshold from the masks: (N,) bool by rank, at IoU `percent` / 100."""
    word, bit = divmod(percent, _WORD)
    return (masks[:, word] >> np.uint64(bit) & np.uint64(1)).astype(bool)


def survives_each(masks: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Read all thresholds from the masks: (N, 101) bool by rank."""
    as_bytes = masks.astype("<u8").view(np.uint8)
    bits = np.unpackbits(as_bytes, axis=1, bitorder="little", count=len(THRESHOLDS))
    return bits.astype(bool)


def suppressor_at(
    graph: OverlapGraph, masks: NDArray[np.uint64], threshold: float, box: int
) -> tuple[int, float] | None:
    """Tell which box greedy NMS names as the suppressor of another, and their IoU.

    Args:
        masks: of `graph`.
        threshold: one of THRESHOLDS.
        box: index of the input, not rank.
    Returns:
        (index of the input, IoU) of the best-scored survivor that overlaps the box by more than
        the threshold; None where the box itself survives.
    Raises:
        ValueError: the threshold is not a whole number of hundredths.
    """
    percent = percent_of(threshold)
    better, iou = graph.row(int(graph.rank[box]))
    hit = (iou.astype(np.float64) > threshold) & survives(masks[better], percent)
    if not hit.any():
        return None
    first = int(np.argmax(hit))
    return int(graph.order[better[first]]), float(iou[first])


def percent_of(threshold: float) -> int:
    """The place of a threshold among THRESHOLDS.

    Raises:
        ValueError: it is not one of them.

    >>> percent_of(0.07)
    7
    """
    percent = round(threshold * 100)
    if not 0 <= percent < len(THRESHOLDS) or THRESHOLDS[percent] != threshold:
        raise ValueError(f"threshold must be one of 0.00, 0.01 ... 1.00, not {threshold}")
    return percent
