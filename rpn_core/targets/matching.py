"""Which anchors learn from which object: the IoU rule of the paper."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.geometry.boxes import pairwise_iou

NEGATIVE, IGNORED = -1, -2


@dataclass(frozen=True, eq=False, slots=True)
class Matches:
    """The target of each of R anchors.

    Attributes:
        target: (R,) int64, index of the matched object, or `NEGATIVE` or `IGNORED`.
        best_object: (R,) int64, the object of highest IoU, whether or not it is the target;
            `NEGATIVE` without objects.
        best_iou: (R,) float, highest IoU with any object; 0 without objects.
        low_quality: (R,) bool, positive only because no anchor fits its object better.
    """

    target: Tensor
    best_object: Tensor
    best_iou: Tensor
    low_quality: Tensor


def match_anchors(
    anchors: Tensor,
    objects: Tensor,
    *,
    fg_iou_thresh: float = 0.7,
    bg_iou_thresh: float = 0.3,
    allow_low_quality: bool = True,
) -> Matches:
    """Assign an object, "background" or "neither" to every anchor.

    Positive: IoU >= fg_iou_thresh with its best object, or, with allow_low_quality, the highest
    IoU (ties included) that some object finds among all anchors. Negative: best IoU <
    bg_iou_thresh. The rest is ignored.

    Args:
        anchors: (R, 4) float xyxy, pixels of the network input.
        objects: (G, 4) float xyxy, same frame; G may be 0, then all anchors are negative.
    Source: Ren et al. 2015, sec. 3.1.2; torchvision Matcher with its set_low_quality_matches_
        (tests/parity).
    """
    return match_iou(
        pairwise_iou(objects, anchors),
        fg_iou_thresh=fg_iou_thresh,
        bg_iou_thresh=bg_iou_thresh,
        allow_low_quality=allow_low_quality,
    )


def match_iou(
    iou: Tensor, *, fg_iou_thresh: float, bg_iou_thresh: float, allow_low_quality: bool
) -> Matches:
    """Do what `match_anchors` does, where the overlaps are known.

    Args:
        iou: (G, R) float, of every object with every anchor.
    """
    anchors = iou.shape[1]
    if len(iou) == 0:
        target = torch.full((anchors,), NEGATIVE, device=iou.device)
        best_iou = torch.zeros(anchors, device=iou.device)
        return Matches(target, target, best_iou, torch.zeros_like(target, dtype=torch.bool))
    best_iou, best_object = iou.max(dim=0)
    target = best_object.clone()
    target[best_iou < fg_iou_thresh] = IGNORED
    target[best_iou < bg_iou_thresh] = NEGATIVE
    rescued = torch.zeros_like(target, dtype=torch.bool)
    if allow_low_quality:
        best_of_object = iou.max(dim=1).values
        rescued = (iou == best_of_object[:, None]).any(dim=0) & (target < 0)
        # As in torchvision, a rescued anchor learns its own best object, which need not be the
        # object that rescued it.
        target[rescued] = best_object[rescued]
    return Matches(target, best_object, best_iou, rescued)
