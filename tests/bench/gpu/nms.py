"""NMS where the boxes are, beside torchvision's own call and the compiled loop on the CPU."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torchvision.ops import batched_nms

from rpn_core.nms.devices import device_nms, recover_trace
from rpn_core.nms.greedy import greedy_nms
from tests.bench.gpu.check import Check
from tests.bench.nms_times import clustered_boxes

COUNTS = (1000, 6000, 12000)
IOU = 0.7
# The kernel compares in float32, the loop on the CPU in float64: a pair this close to the
# threshold may fall on either side of it, and with it what it would have suppressed.
MOST_APART = 0.001


def nms_checks(
    device: str,
    counts: tuple[int, ...] = COUNTS,
    run: Callable[..., Tensor] = device_nms,
) -> list[Check]:
    """Kept boxes as torchvision's, and who suppressed whom as the CPU's; by levels and at once."""
    checks = []
    for count in counts:
        boxes, scores = (tensor.to(device) for tensor in clustered_boxes(count))
        for levels in (None, torch.arange(count, device=device) % 4):
            checks += _checks_of(boxes, scores, levels, run)
    return checks


def _checks_of(
    boxes: Tensor, scores: Tensor, levels: Tensor | None, run: Callable[..., Tensor]
) -> list[Check]:
    what = f"{len(boxes):,} boxes{'' if levels is None else ' on 4 levels'}"
    kept = run(boxes, scores, IOU, group=levels)
    group = torch.zeros(len(boxes), device=boxes.device) if levels is None else levels
    theirs = batched_nms(boxes, scores, group, IOU)
    apart = _apart(set(kept.tolist()), set(theirs.tolist()))
    by, _ = recover_trace(boxes, scores, kept, IOU, group=levels)
    cpu_kept, cpu_by, _ = greedy_nms(
        boxes.cpu(), scores.cpu(), IOU, group=None if levels is None else levels.cpu()
    )
    wrong = int((by.cpu() != cpu_by).sum()) / len(boxes)
    unknown = int(((by < 0).sum() - len(kept)).abs())
    return [
        Check(
            f"NMS of {what}", apart <= MOST_APART,
            f"{len(kept):,} kept, {apart:.2%} others than torchvision's {len(theirs):,}",
            f"torchvision's, but for {MOST_APART:.1%}",
        ),
        Check(
            f"who suppressed whom, {what}", wrong <= MOST_APART and unknown == 0,
            f"{wrong:.2%} otherwise than on the CPU, {unknown} boxes without a reason "
            f"({len(cpu_kept):,} kept there)",
            f"at most {MOST_APART:.1%} otherwise, and a reason for each",
        ),
    ]  # fmt: skip


def _apart(ours: set[int], theirs: set[int]) -> float:
    return len(ours ^ theirs) / max(1, len(theirs))
