"""The low-quality rule, looked at closely: which anchors it makes positive, and what it takes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.targets.match_rule import is_best_of, is_low_quality, is_negative
from rpn_core.targets.overlaps import NO_OBJECT, Overlaps


@dataclass(frozen=True, eq=False, slots=True)
class LowQualityMatches:
    """The Q anchors that are positive, or would be, by the low-quality rule alone.

    Attributes:
        anchor: (Q,) int64, ascending.
        best_for: (Q,) int64, the object that finds no better anchor; if that holds for the object
            which the anchor itself overlaps most, that one, else the first.
        learns: (Q,) int64, the object that the anchor learns: the one that it overlaps most, as in
            torchvision. Where it is another, the object that it is best for has gone short.
        was_negative: (Q,) bool, background without the rule; else ignored.
    """

    anchor: Tensor
    best_for: Tensor
    learns: Tensor
    was_negative: Tensor

    def __len__(self) -> int:
        return len(self.anchor)

    @property
    def to_another(self) -> Tensor:
        """(Q,) bool: given to another object than the one that it is best for."""
        return self.best_for != self.learns


def find_low_quality(
    found: Overlaps, fg_iou_thresh: float, bg_iou_thresh: float
) -> LowQualityMatches:
    """Find the anchors that the low-quality rule makes positive; none for an object that no anchor
    touches.

    Source: torchvision Matcher.set_low_quality_matches_.
    """
    low_quality = is_low_quality(found.best_iou, found.best_for != NO_OBJECT, fg_iou_thresh)
    anchor = torch.nonzero(low_quality).flatten()
    best_iou, learns = found.best_iou[anchor], found.best_object[anchor]
    by_its_own = is_best_of(best_iou, found.object_iou[learns])
    best_for = torch.where(by_its_own, learns, found.best_for[anchor])
    return LowQualityMatches(anchor, best_for, learns, is_negative(best_iou, bg_iou_thresh))
