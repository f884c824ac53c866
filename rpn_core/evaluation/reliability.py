"""Is a score what it says: of the boxes scored 0.7, do seven in ten lie on an object?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_core.geometry.boxes import pairwise_iou

BINS = 10
ON_OBJECT_IOU = 0.5


@dataclass(frozen=True, eq=False, slots=True)
class Reliability:
    """Boxes by score.

    Attributes:
        edges: (11,) ends of the bins.
        boxes: (10,) how many boxes have such a score.
        mean_score: (10,) of these; NaN where there are none.
        on_object: (10,) share of these at IoU >= 0.5 with an object; NaN where there are none.
    """

    edges: NDArray[np.float64]
    boxes: NDArray[np.int64]
    mean_score: NDArray[np.float64]
    on_object: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error: |score - share| over the bins, weighted by their boxes."""
        filled = self.boxes > 0
        gaps = np.abs(self.mean_score - self.on_object)[filled]
        return float(np.average(gaps, weights=self.boxes[filled])) if filled.any() else 0.0


def on_object(boxes: Tensor, objects: Tensor) -> Tensor:
    """Which boxes (N, 4) lie on one of the objects (G, 4), xyxy in one frame: (N,) bool."""
    if not len(objects):
        return torch.zeros(len(boxes), dtype=torch.bool)
    return pairwise_iou(boxes, objects).max(dim=1).values >= ON_OBJECT_IOU


class ReliabilityCounter:
    """Collects images one by one."""

    def __init__(self) -> None:
        self._sums = np.zeros((3, BINS))  # boxes, their scores, those on an object

    def add(self, scores: Tensor, boxes: Tensor, objects: Tensor) -> None:
        """Add one image.

        Args:
            scores: (N,) float in [0, 1].
            boxes: (N, 4) float xyxy.
            objects: (G, 4) float xyxy, same frame.
        """
        hit = on_object(boxes, objects)
        values = scores.double().numpy()
        place = np.minimum((values * BINS).astype(int), BINS - 1)
        for row, weights in zip(self._sums, (None, values, hit.double().numpy()), strict=True):
            row += np.bincount(place, weights, minlength=BINS)

    def reliability(self) -> Reliability:
        """Of everything so far."""
        boxes, scores, hits = self._sums
        with np.errstate(invalid="ignore"):
            return Reliability(
                np.linspace(0, 1, BINS + 1), boxes.astype(np.int64), scores / boxes, hits / boxes
            )
