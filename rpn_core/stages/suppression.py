"""The stage of the pipeline: every candidate survives or is suppressed, and by whom."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.nms.greedy import greedy_nms
from rpn_core.nms.soft import Decay, soft_nms
from rpn_core.settings import NmsMethod, NmsSettings
from rpn_core.stages.pre_nms import Selection

_DECAYS: dict[NmsMethod, Decay] = {"soft-linear": "linear", "soft-gaussian": "gaussian"}


@dataclass(frozen=True, eq=False, slots=True)
class Suppression:
    """What NMS decided; all indices count in the predictions: of an RPN, in its anchors.

    Attributes:
        survivors: (K,) int64, best score first, all levels together; with Soft-NMS that is the
            decayed score.
        suppressed: (S,) int64.
        by: (S,) int64, the box that suppressed each: with greedy NMS the best-scored survivor
            that overlaps it enough, with Soft-NMS the survivor that took most from its score.
        iou: (S,) float32, their overlap.
        decayed: (R,) float32, what Soft-NMS left of each candidate's score (other boxes keep
            theirs); None when no score was changed.
    """

    survivors: Tensor
    suppressed: Tensor
    by: Tensor
    iou: Tensor
    decayed: Tensor | None = None


def nms_groups(selection: Selection, level: Tensor, *, across_levels: bool) -> Tensor | None:
    """Which candidates meet in NMS: those of one group, (M,) uint8; all of them when None."""
    return None if across_levels else level[selection.candidates]


def suppress(selection: Selection, level: Tensor, settings: NmsSettings) -> Suppression:
    """Run NMS over all candidates, to the end, so that every fate is known.

    Args:
        selection: the candidates.
        level: (R,) uint8, the level of each box.
        settings: `post_nms_top_n` is not read; the ledger cuts.
    Source: greedy as torchvision RegionProposalNetwork.filter_proposals (tests/parity).
    """
    box = selection.candidates
    boxes, scores = selection.boxes[box], selection.scores[box]
    group = nms_groups(selection, level, across_levels=settings.across_levels)
    if settings.method == "none":
        none = torch.empty(0, dtype=torch.int64)
        ranked = torch.sort(scores, descending=True, stable=True).indices
        return Suppression(box[ranked], none, none, torch.empty(0))
    decayed = None
    if settings.method == "greedy":
        kept, by, iou = greedy_nms(boxes, scores, settings.nms_thresh, group=group)
    else:
        kept, left, by, iou = soft_nms(
            boxes,
            scores,
            _DECAYS[settings.method],
            iou_thresh=settings.nms_thresh,
            sigma=settings.sigma,
            score_thresh=settings.soft_score_thresh,
            group=group,
        )
        decayed = selection.scores.clone()
        decayed[box] = left
    lost = torch.nonzero(by >= 0).flatten()
    return Suppression(box[kept], box[lost], box[by[lost]], iou[lost], decayed)
