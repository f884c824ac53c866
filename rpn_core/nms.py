"""Greedy non-maximum suppression that remembers who suppressed whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_core.selection import Selection


@dataclass(frozen=True, eq=False, slots=True)
class Suppression:
    """What NMS decided; all indices are anchors.

    Attributes:
        survivors: (K,) int64, best score first, all levels together.
        suppressed: (S,) int64.
        by: (S,) int64, the survivor that suppressed each (the first, best-scored one).
        iou: (S,) float32, their overlap.
    """

    survivors: Tensor
    suppressed: Tensor
    by: Tensor
    iou: Tensor


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _greedy(
    boxes: NDArray[np.float32],
    group: NDArray[np.uint8],
    iou_thresh: float,
    max_output: int,
    by: NDArray[np.int32],
    iou: NDArray[np.float32],
    kept: NDArray[np.int32],
) -> Any:
    # Box by box in score order: is it suppressed by one of the kept? Asking in this direction
    # makes the first hit the best-scored suppressor, and lets us stop once enough are kept.
    # The kept of each group form a chain, so that a box never looks at another group's.
    nobody = -1
    count = 0
    zero = np.float32(0.0)
    first = np.full(256, nobody, dtype=np.int32)
    last = np.full(256, nobody, dtype=np.int32)
    following = np.empty(boxes.shape[0], dtype=np.int32)
    kept_box = np.empty((boxes.shape[0], 5), dtype=np.float32)
    for i in range(boxes.shape[0]):
        x1, y1, x2, y2 = boxes[i, 0], boxes[i, 1], boxes[i, 2], boxes[i, 3]
        area = (x2 - x1) * (y2 - y1)
        suppressed = False
        k = first[group[i]]
        while k != nobody:
            width = min(x2, kept_box[k, 2]) - max(x1, kept_box[k, 0])
            height = min(y2, kept_box[k, 3]) - max(y1, kept_box[k, 1])
            if width > zero and height > zero:
                inter = width * height
                # float32 like torchvision, compared with the threshold in float64 like torchvision
                overlap = inter / (kept_box[k, 4] + area - inter)
                if overlap > iou_thresh:
                    by[i] = kept[k]
                    iou[i] = overlap
                    suppressed = True
                    break
            k = following[k]
        if not suppressed:
            kept[count] = i
            kept_box[count, 0] = x1
            kept_box[count, 1] = y1
            kept_box[count, 2] = x2
            kept_box[count, 3] = y2
            kept_box[count, 4] = area
            following[count] = nobody
            if first[group[i]] == nobody:
                first[group[i]] = count
            else:
                following[last[group[i]]] = count
            last[group[i]] = count
            count += 1
            if count >= max_output:
                break
    return count


def greedy_nms(
    boxes: Tensor,
    scores: Tensor,
    iou_thresh: float,
    *,
    group: Tensor | None = None,
    max_output: int | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Keep each box that no better kept box of its group overlaps by more than `iou_thresh`.

    Args:
        boxes: (N, 4) float32 xyxy.
        scores: (N,) float32; ties keep the order of the input.
        iou_thresh: a box is dropped when IoU > iou_thresh, not when equal.
        group: (N,) uint8; boxes of different groups (levels) never suppress each other.
        max_output: stop once so many are kept; what comes after stays undecided (by = -1).
    Returns:
        kept (K,) int64, best first; by (N,) int64, index of the suppressor or -1;
        iou (N,) float32, overlap with it or 0.
    Source: agrees in set and order with torchvision.ops.nms (tests/parity).

    >>> twins = torch.tensor([[0., 0., 10., 10.], [0., 0., 10., 9.]])
    >>> kept, by, iou = greedy_nms(twins, torch.tensor([.9, .8]), 0.7)
    >>> kept.tolist(), by.tolist(), round(float(iou[1]), 2)
    ([0], [-1, 0], 0.9)
    """
    count = len(boxes)
    order = torch.sort(scores, descending=True, stable=True).indices
    groups = torch.zeros(count, dtype=torch.uint8) if group is None else group[order]
    by = np.full(count, -1, dtype=np.int32)
    iou = np.zeros(count, dtype=np.float32)
    kept = np.empty(count, dtype=np.int32)
    limit = count if max_output is None else max_output
    found = 0
    if limit > 0:
        found = _greedy(
            boxes[order].float().contiguous().numpy(),
            groups.contiguous().numpy(),
            float(iou_thresh), limit, by, iou, kept,
        )  # fmt: skip
    suppressor = torch.full((count,), -1, dtype=torch.int64)
    ranked_by = torch.from_numpy(by).long()
    suppressor[order] = torch.where(ranked_by >= 0, order[ranked_by.clamp(min=0)], -1)
    overlap = torch.zeros(count)
    overlap[order] = torch.from_numpy(iou)
    return order[torch.from_numpy(kept[:found]).long()], suppressor, overlap


def suppress(selection: Selection, level: Tensor, nms_thresh: float) -> Suppression:
    """Run NMS within each level over all candidates, to the end, so that every fate is known.

    Args:
        selection: the candidates.
        level: (R,) uint8, the level of each anchor.
        nms_thresh: IoU above which a box is suppressed.
    Source: torchvision RegionProposalNetwork.filter_proposals (tests/parity).
    """
    anchor = selection.candidates
    kept, by, iou = greedy_nms(
        selection.boxes[anchor], selection.scores[anchor], nms_thresh, group=level[anchor]
    )
    lost = torch.nonzero(by >= 0).flatten()
    return Suppression(anchor[kept], anchor[lost], anchor[by[lost]], iou[lost])


def warm_up() -> None:
    """Compile (or load the compiled) loop now, so that no visitor waits for it."""
    greedy_nms(torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([1.0]), 0.5)
