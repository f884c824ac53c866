"""Greedy NMS of boxes that lie on a GPU: torchvision's kernel decides, the trace is recovered.

The compiled loop runs on the CPU. Boxes that are on a GPU already are left there, so that this is
never slower than torchvision's own call to the same end; who suppressed whom is asked afterwards
and only by those who want it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_core.geometry.boxes import pairwise_iou

PAIRS_AT_ONCE = 4_000_000


def device_nms(
    boxes: Tensor,
    scores: Tensor,
    iou_thresh: float,
    max_output: int | None = None,
    *,
    group: Tensor | None = None,
) -> Tensor:
    """Run torchvision.ops.nms where the boxes are.

    Args:
        boxes, scores, iou_thresh, max_output, group: as for `greedy_nms`, on any device.
    Returns:
        kept (K,) int64, best score first, on the same device.
    """
    from torchvision.ops import nms  # costs a second to import, and a CPU never needs it

    if group is None:
        kept: Tensor = nms(boxes, scores, iou_thresh)
        return kept[:max_output]
    alive = torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    for value in torch.unique(group):
        members = torch.nonzero(group == value).flatten()
        alive[members[nms(boxes[members], scores[members], iou_thresh)]] = True
    kept = torch.nonzero(alive).flatten()
    return kept[torch.sort(scores[kept], descending=True, stable=True).indices][:max_output]


def recover_trace(
    boxes: Tensor,
    scores: Tensor,
    kept: Tensor,
    iou_thresh: float,
    *,
    group: Tensor | None = None,
    complete: bool = True,
) -> tuple[Tensor, Tensor]:
    """Find who suppressed each box that is not among the kept.

    Args:
        kept: (K,) int64, best first.
        complete: False when NMS stopped early: boxes after the last kept stay undecided.
    Returns:
        by (N,) int64 and iou (N,) float32, as from `greedy_nms`, on the boxes' device.
    """
    by = torch.full((len(boxes),), -1, dtype=torch.int64, device=boxes.device)
    iou = torch.zeros(len(boxes), device=boxes.device)
    if len(kept) == 0:
        return by, iou
    order = torch.sort(scores, descending=True, stable=True).indices
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order), device=order.device)
    lost = torch.ones(len(boxes), dtype=torch.bool, device=boxes.device)
    lost[kept] = False
    if not complete:
        lost &= rank < rank[kept[-1]]
    for some in torch.split(torch.nonzero(lost).flatten(), max(1, PAIRS_AT_ONCE // len(kept))):
        overlap = pairwise_iou(boxes[some], boxes[kept])
        may = rank[kept] < rank[some, None]
        if group is not None:
            may &= group[kept] == group[some, None]
        hit = may & (overlap.double() > iou_thresh)
        first = hit.to(torch.uint8).argmax(1)  # the best-scored of those that may
        # The kernel rounds IoU and threshold in its own way: what it alone saw beyond the
        # threshold is what overlaps most.
        unseen = torch.nonzero(~hit.any(1)).flatten()
        first[unseen] = overlap[unseen].where(may[unseen], -1).argmax(1)
        by[some] = kept[first]
        iou[some] = overlap.gather(1, first[:, None]).flatten()
    return by, iou
