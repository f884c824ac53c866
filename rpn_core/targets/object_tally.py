"""How every object of an image fares, in numbers: what a table of them shows.

Letter: G objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.targets.case import Case
from rpn_core.targets.image_matching import ImageMatching
from rpn_core.targets.shape_fit import ShapeFit, fit_shapes


@dataclass(frozen=True, eq=False, slots=True)
class ObjectTally:
    """G objects.

    Attributes:
        strict: (G,) int64, how many of the anchors that learn from each reach the foreground
            threshold.
        low_quality: (G,) int64, how many learn from it by the low-quality rule alone.
        placed_iou: (G,) float, highest IoU with an anchor as it lies, left out or not.
        fit: the best there could be, were the anchors' shapes free to move.
    """

    strict: Tensor
    low_quality: Tensor
    placed_iou: Tensor
    fit: ShapeFit

    def __len__(self) -> int:
        return len(self.strict)

    @property
    def positives(self) -> Tensor:
        """(G,) int64, all anchors that learn from each."""
        return self.strict + self.low_quality

    @property
    def troubled(self) -> Tensor:
        """The objects that no anchor fits, in their order: int64."""
        return torch.nonzero(self.strict == 0).flatten()


def tally_objects(case: Case, matching: ImageMatching) -> ObjectTally:
    """Count for every object at once.

    Args:
        matching: of `match_image` with the case's anchors, objects and settings.
    """
    target, low_quality = matching.matches.target, matching.matches.low_quality
    learns = target >= 0

    def per_object(anchors: Tensor) -> Tensor:
        return torch.bincount(target[anchors], minlength=len(case.objects))

    return ObjectTally(
        per_object(learns & ~low_quality),
        per_object(learns & low_quality),
        matching.placed_iou,
        fit_shapes(case.anchors.levels, case.objects.boxes),
    )
