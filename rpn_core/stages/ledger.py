"""The ledger: every box ends in exactly one fate, and the fates sum to the number of boxes.

Of an RPN, each box is that of an anchor.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.stages.fate import Fate
from rpn_core.stages.pre_nms import Selection
from rpn_core.stages.suppression import Suppression


@dataclass(frozen=True, eq=False, slots=True)
class Ledger:
    """The fate of all R boxes of one image, counted as the predictions are.

    Attributes:
        fate: (R,) uint8, a `Fate` each.
        suppressed_by: (R,) int32, the box that suppressed this one, or -1.
        suppressed_iou: (R,) float32, IoU with that box, or 0.
        kept: (K,) int64, the boxes that became proposals, best score first.
        counts: (L, 7) int64, boxes of each level in each fate; sums to R.
    """

    fate: Tensor
    suppressed_by: Tensor
    suppressed_iou: Tensor
    kept: Tensor
    counts: Tensor

    def count(self, fate: Fate) -> int:
        return int(self.counts[:, fate].sum())


def close_ledger(
    selection: Selection, suppression: Suppression, level: Tensor, levels: int, post_nms_top_n: int
) -> Ledger:
    """Write down the fate of every box.

    Args:
        selection: the fates decided before NMS.
        suppression: what NMS did with the rest, over all of it (not stopped early).
        level: (R,) uint8, the level of each box.
        levels: number of levels, L.
        post_nms_top_n: the best survivors of all levels that become proposals.
    Raises:
        ValueError: a candidate is neither a survivor nor suppressed.
    """
    boxes = len(selection.fate)
    fate = selection.fate.clone()
    suppressed_by = torch.full((boxes,), -1, dtype=torch.int32)
    suppressed_iou = torch.zeros(boxes, dtype=torch.float32)
    if len(suppression.survivors) + len(suppression.suppressed) != len(selection.candidates):
        raise ValueError("NMS did not decide on every candidate")
    fate[suppression.suppressed] = int(Fate.SUPPRESSED)
    suppressed_by[suppression.suppressed] = suppression.by.to(torch.int32)
    suppressed_iou[suppression.suppressed] = suppression.iou
    fate[suppression.survivors[post_nms_top_n:]] = int(Fate.BEYOND_POST_NMS_TOP_N)
    kept = suppression.survivors[:post_nms_top_n]
    fate[kept] = int(Fate.KEPT)
    cell = level.to(torch.int64) * len(Fate) + fate.to(torch.int64)
    counts = torch.bincount(cell, minlength=levels * len(Fate)).reshape(levels, len(Fate))
    return Ledger(fate, suppressed_by, suppressed_iou, kept, counts)
