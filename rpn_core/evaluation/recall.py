"""How many of the objects do the best N proposals find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.evaluation.found_ranks import IOU_THRESHS, found_ranks
from rpn_core.geometry.size_groups import GROUPS, ObjectGroup
from rpn_core.messages import Message

COUNTS = (10, 100, 300, 1000)


@dataclass(frozen=True, eq=False, slots=True)
class GroupRecall:
    """Recall on one group of objects.

    Attributes:
        group: its name.
        objects: how many there are.
        ranks: (T, objects) rank at which each was found, sorted along its row.
    """

    group: Message
    objects: int
    ranks: NDArray[np.int64]

    def at(self, count: int, iou_thresh: float) -> float:
        """Share of the objects found by the best `count` proposals of each image."""
        row = self.ranks[IOU_THRESHS.index(iou_thresh)]
        return float(np.searchsorted(row, count) / self.objects) if self.objects else float("nan")

    def average(self, count: int) -> float:
        """AR@count: mean of `at` over the IoU thresholds 0.50, 0.55, ... 0.95."""
        return float(np.mean([self.at(count, thresh) for thresh in IOU_THRESHS]))


class RecallCounter:
    """Collects images one by one; what it holds grows with the objects, not with the proposals."""

    def __init__(self) -> None:
        self._ranks: list[NDArray[np.int64]] = []
        self._objects: list[NDArray[np.float64]] = []

    def add(self, boxes: NDArray[np.float64], objects: NDArray[np.float64]) -> None:
        """Add one image.

        Args:
            boxes: (N, 4) xyxy proposals, best first, pixels of the original image.
            objects: (G, 4) xyxy, same frame.
        """
        self._ranks.append(found_ranks(boxes, objects))
        self._objects.append(np.asarray(objects, dtype=np.float64).reshape(-1, 4))

    def recall(self, groups: Sequence[ObjectGroup] = GROUPS) -> list[GroupRecall]:
        """Recall on each group of the objects so far."""
        ranks = np.concatenate([np.empty((len(IOU_THRESHS), 0), np.int64), *self._ranks], axis=1)
        objects = np.concatenate([np.empty((0, 4)), *self._objects])
        return [
            GroupRecall(group.name, int(held.sum()), np.sort(ranks[:, held], axis=1))
            for group in groups
            for held in [group.holds(objects)]
        ]
