"""The low-quality rule, looked at closely: which anchors it makes positive, and what it takes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.targets.matching import NEGATIVE


@dataclass(frozen=True, eq=False, slots=True)
class Rescues:
    """The Q anchors that are positive, or would be, by the low-quality rule alone.

    Attributes:
        anchor: (Q,) int64, ascending.
        rescuer: (Q,) int64, the object that finds no better anchor; if that holds for the object
            which the anchor itself overlaps most, that one, else the first.
        learns: (Q,) int64, the object that the anchor learns: the one that it overlaps most, as in
            torchvision. Where it is not the rescuer, the rescuer has gone short.
        was_negative: (Q,) bool, background without the rule; else ignored.
    """

    anchor: Tensor
    rescuer: Tensor
    learns: Tensor
    was_negative: Tensor

    def __len__(self) -> int:
        return len(self.anchor)

    @property
    def to_another(self) -> Tensor:
        """(Q,) bool: given to another object than the one that rescued it."""
        return self.rescuer != self.learns


_NONE = torch.zeros(0, dtype=torch.int64)
NO_RESCUES = Rescues(_NONE, _NONE, _NONE, _NONE > 0)


def find_rescues(iou: Tensor, strict_target: Tensor, best_object: Tensor) -> Rescues:
    """Find the anchors that the low-quality rule makes positive.

    Args:
        iou: (G, R) float, G >= 1.
        strict_target: (R,) int64 of `match_iou` without the rule.
        best_object: (R,) int64 of the same.
    Source: torchvision Matcher.set_low_quality_matches_.
    """
    is_best = iou == iou.max(dim=1).values[:, None]  # (G, R)
    anchor = torch.nonzero(is_best.any(0) & (strict_target < 0)).flatten()
    learns = best_object[anchor]
    by_its_own = is_best[learns, anchor]
    first = is_best[:, anchor].to(torch.uint8).argmax(0)
    rescuer = torch.where(by_its_own, learns, first)
    return Rescues(anchor, rescuer, learns, strict_target[anchor] == NEGATIVE)
