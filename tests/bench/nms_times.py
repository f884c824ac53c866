"""Our NMS against torchvision's on the same clustered boxes, in turns, on one thread."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.ops import nms

from rpn_core.nms.greedy import greedy_nms
from rpn_core.nms_analysis.survival import THRESHOLDS, overlap_graph, survival_masks, survives

NMS_THRESH = 0.7
CASES = ((6000, 300), (12000, 300), (12000, 2000))  # boxes, kept at most
EVERY_THRESHOLD = 4000  # boxes: what enters NMS by the settings of the bundled model


@dataclass(frozen=True, slots=True)
class NmsTimes:
    """One case; times are medians in milliseconds.

    Attributes:
        survivors: how many the threshold leaves before the limit.
        stopped: ours, stopped once `limit` are kept: what torchvision's is compared with.
        complete: ours, run to the end, as the app does it to know every fate.
    """

    boxes: int
    limit: int
    survivors: int
    stopped: float
    complete: float
    torchvision: float


def clustered_boxes(count: int) -> tuple[Tensor, Tensor]:
    """(N, 4) boxes that crowd around 400 places of an 800 x 600 image, with scores; seeded."""
    random = torch.Generator().manual_seed(0)
    place = torch.rand(400, 2, generator=random) * torch.tensor([800.0, 600.0])
    side = 2 ** (4 + 4 * torch.rand(400, 2, generator=random))
    which = torch.randint(400, (count,), generator=random)
    centre = place[which] + 0.12 * side[which] * torch.randn(count, 2, generator=random)
    half = side[which] * (0.15 * torch.randn(count, 2, generator=random)).exp() / 2
    return torch.cat((centre - half, centre + half), 1), torch.rand(count, generator=random)


@dataclass(frozen=True, slots=True)
class ThresholdTimes:
    """All 101 thresholds, medians in milliseconds.

    Attributes:
        at_once: from boxes to survival masks.
        runs: 101 runs of our greedy NMS.
        torchvision: 101 runs of torchvision's.
    """

    boxes: int
    at_once: float
    runs: float
    torchvision: float


def in_turns(repeats: int, **work: Callable[[], object]) -> dict[str, float]:
    """Median milliseconds of each; they take turns of three runs, so a busy moment hits all.

    In turns of one, what is short would pay for the memory that the long one gave back.
    """
    times: dict[str, list[float]] = {name: [] for name in work}
    for each in work.values():
        each()
    for _ in range(max(1, repeats // 3)):
        for name, each in work.items():
            for _ in range(3):
                started = time.perf_counter()
                each()
                times[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


def nms_times(repeats: int) -> list[NmsTimes]:
    """Measure all cases; both ways keep the same boxes, or it raises."""
    found = []
    for count, limit in CASES:
        boxes, scores = clustered_boxes(count)
        theirs = nms(boxes, scores, NMS_THRESH)
        ours = greedy_nms(boxes, scores, NMS_THRESH, limit)[0]
        if not torch.equal(ours, theirs[:limit]):
            raise RuntimeError("the two ways of NMS keep different boxes: nothing to compare")
        found.append(NmsTimes(count, limit, len(theirs), **_compare(boxes, scores, limit, repeats)))
    return found


def _compare(boxes: Tensor, scores: Tensor, limit: int, repeats: int) -> dict[str, float]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return in_turns(
            repeats,
            stopped=lambda: greedy_nms(boxes, scores, NMS_THRESH, limit),
            complete=lambda: greedy_nms(boxes, scores, NMS_THRESH),
            torchvision=lambda: nms(boxes, scores, NMS_THRESH)[:limit],
        )
    finally:
        torch.set_num_threads(threads)


def threshold_times(repeats: int) -> ThresholdTimes:
    """Measure every threshold at once against one run for each; both agree, or it raises."""
    boxes, scores = clustered_boxes(EVERY_THRESHOLD)
    graph = overlap_graph(boxes, scores)
    masks = survival_masks(graph)
    for percent, thresh in enumerate(THRESHOLDS):
        if graph.order[survives(masks, percent)].tolist() != nms(boxes, scores, thresh).tolist():
            raise RuntimeError(f"at IoU {thresh} the two ways keep different boxes")
    times = in_turns(
        repeats,
        at_once=lambda: survival_masks(overlap_graph(boxes, scores)),
        runs=lambda: [greedy_nms(boxes, scores, thresh) for thresh in THRESHOLDS],
        torchvision=lambda: [nms(boxes, scores, thresh) for thresh in THRESHOLDS],
    )
    return ThresholdTimes(EVERY_THRESHOLD, **times)
