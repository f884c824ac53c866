"""Who suppresses whom at one threshold, and who would have, had it not been suppressed itself.

Greedy NMS lets only survivors suppress. So behind a box that stays there may be a rival that
overlaps it enough and scores better, and fell to a third: the chain tells it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.nms.lanes import compiled
from rpn_core.nms_analysis.survival import OverlapGraph, percent_of, suppressor_at, survives


@dataclass(frozen=True, slots=True)
class Rival:
    """A better box of the same group that overlaps another by more than the threshold.

    Attributes:
        box: index of the input.
        iou: overlap of the two.
        survives: whether it survives, and so suppresses, at the threshold.
    """

    box: int
    iou: float
    survives: bool


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a chain, from a box to the better one that decides about it.

    Attributes:
        box: index of the input.
        other: the better box.
        iou: overlap of the two.
        suppressed: True when `other` suppresses `box`; False when `box` survives because `other`,
            which would suppress it, is suppressed itself (the next link says by whom).
    """

    box: int
    other: int
    iou: float
    suppressed: bool


def rivals_at(
    graph: OverlapGraph, masks: NDArray[np.uint64], threshold: float, box: int
) -> tuple[Rival, ...]:
    """List the better boxes that overlap one by more than the threshold, best score first.

    Args:
        masks: `survival_masks` of the graph.
        threshold: one of THRESHOLDS.
        box: index of the input.
    """
    percent = percent_of(threshold)
    better, iou = graph.row(int(graph.rank[box]))
    near = iou.astype(np.float64) > threshold
    better, iou = better[near], iou[near]
    return tuple(
        Rival(int(graph.order[rank]), float(overlap), bool(alive))
        for rank, overlap, alive in zip(
            better, iou, survives(masks[better], percent), strict=True
        )
    )  # fmt: skip


def chain_at(
    graph: OverlapGraph, masks: NDArray[np.uint64], threshold: float, box: int
) -> tuple[Link, ...]:
    """Follow the reasons of a box's fate to the box that nothing better overlaps.

    From a suppressed box the chain goes to its suppressor; from a survivor to the rival that
    overlaps it most, all of which are suppressed. Each step leads to a better score.

    Args:
        masks, threshold, box: as for `rivals_at`.
    Returns:
        the links in order; empty when no better box overlaps it by more than the threshold.
    """
    links: list[Link] = []
    while True:
        suppressor = suppressor_at(graph, masks, threshold, box)
        if suppressor is not None:
            links.append(Link(box, *suppressor, suppressed=True))
        else:
            rivals = rivals_at(graph, masks, threshold, box)
            if not rivals:
                return tuple(links)
            nearest = max(rivals, key=lambda rival: rival.iou)
            links.append(Link(box, nearest.box, nearest.iou, suppressed=False))
        box = links[-1].other


@compiled  # type: ignore[untyped-decorator]
def _first_suppressor(
    start: NDArray[np.int64],
    better: NDArray[np.int32],
    iou: NDArray[np.float32],
    alive: NDArray[np.bool_],
    threshold: float,
    by: NDArray[np.int64],
    overlap: NDArray[np.float32],
) -> None:
    for rank in range(alive.shape[0]):
        if alive[rank]:
            continue
        for pair in range(start[rank], start[rank + 1]):
            if alive[better[pair]] and iou[pair] > threshold:
                by[rank], overlap[rank] = better[pair], iou[pair]
                break


def suppressors_at(
    graph: OverlapGraph, masks: NDArray[np.uint64], threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Name the suppressor of every box at one threshold.

    Returns:
        by (N,) int64 and iou (N,) float32, by index of the input, as `greedy_nms` returns them.
    """
    size = len(graph.order)
    by_rank, overlap = np.full(size, -1, np.int64), np.zeros(size, np.float32)
    alive = survives(masks, percent_of(threshold))
    _first_suppressor(
        graph.start, graph.better, graph.iou, alive, float(threshold), by_rank, overlap
    )
    by, iou = np.full(size, -1, np.int64), np.zeros(size, np.float32)
    lost = by_rank >= 0
    by[graph.order[lost]] = graph.order[by_rank[lost]]
    iou[graph.order] = overlap
    return by, iou
