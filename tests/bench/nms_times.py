"""Our NMS against torchvision's on the same clustered boxes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.ops import nms

from rpn_core.nms import greedy_nms
from tests.bench.stage_times import median_milliseconds

NMS_THRESH = 0.7
CASES = ((6000, 300), (12000, 2000))  # boxes, kept at most


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


def nms_times(repeats: int) -> list[NmsTimes]:
    """Measure all cases; both ways keep the same boxes, or it raises."""
    found = []
    for count, limit in CASES:
        boxes, scores = clustered_boxes(count)
        theirs = nms(boxes, scores, NMS_THRESH)
        ours = greedy_nms(boxes, scores, NMS_THRESH, max_output=limit)[0]
        if not torch.equal(ours, theirs[:limit]):
            raise RuntimeError("the two ways of NMS keep different boxes: nothing to compare")
        found.append(
            NmsTimes(
                count,
                limit,
                len(theirs),
                _stopped(boxes, scores, limit, repeats),
                _stopped(boxes, scores, None, repeats),
                _theirs(boxes, scores, limit, repeats),
            )
        )
    return found


def _stopped(boxes: Tensor, scores: Tensor, limit: int | None, repeats: int) -> float:
    return median_milliseconds(
        lambda: greedy_nms(boxes, scores, NMS_THRESH, max_output=limit), repeats
    )


def _theirs(boxes: Tensor, scores: Tensor, limit: int, repeats: int) -> float:
    return median_milliseconds(lambda: nms(boxes, scores, NMS_THRESH)[:limit], repeats)
