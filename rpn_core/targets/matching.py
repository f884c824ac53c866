"""Which anchors learn from which object: the IoU rule of the paper, for all anchors at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.targets.match_rule import is_low_quality, is_negative, is_positive
from rpn_core.targets.overlaps import NO_OBJECT, Overlaps, find_overlaps

NEGATIVE, IGNORED = NO_OBJECT, -2  # a negative learns that there is no object


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

    Torchvision's rule to the letter: the highest IoU of an object that no anchor touches is 0, and
    so every anchor is a low-quality match of it.

    Args:
        anchors: (R, 4) float xyxy, pixels of the network input.
        objects: (G, 4) float xyxy, same frame; G may be 0, then all anchors are negative.
        bg_iou_thresh: at most fg_iou_thresh.
    Source: Ren et al. 2015, sec. 3.1.2; torchvision Matcher with its set_low_quality_matches_
        (tests/parity).
    """
    found = find_overlaps(anchors, objects)
    best_of_any = (found.best_for != NO_OBJECT) | (found.object_iou == 0).any()
    low_quality = is_low_quality(found.best_iou, best_of_any, fg_iou_thresh)
    return assign(
        found,
        low_quality & allow_low_quality,
        fg_iou_thresh,
        bg_iou_thresh if len(objects) else math.inf,
    )


def assign(
    found: Overlaps, low_quality: Tensor, fg_iou_thresh: float, bg_iou_thresh: float
) -> Matches:
    """Do what `match_anchors` does, where overlaps and low-quality matches are known.

    Args:
        low_quality: (R,) bool, the anchors that only that rule makes positive.
    """
    learns = is_positive(found.best_iou, fg_iou_thresh) | low_quality
    others = torch.where(is_negative(found.best_iou, bg_iou_thresh), NEGATIVE, IGNORED)
    target = torch.where(learns, found.best_object, others)
    return Matches(target, found.best_object, found.best_iou, low_quality)
