"""Many anchor settings for one trained model: does it score those that it was not trained for?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rpn_core.boxes import pairwise_iou
from rpn_core.errors import UserError
from rpn_core.evaluation.object_groups import ALL
from rpn_core.evaluation.recall import GroupRecall, RecallCounter
from rpn_core.models.rpn import Rpn
from rpn_core.models.scoring import score_anchors
from rpn_core.network_input import prepare_input
from rpn_core.pipeline import after_head
from rpn_core.settings import AnchorSettings, Settings

SIZE_FACTORS = (0.5, 2**-0.5, 1.0, 2**0.5, 2.0)
RATIO_SETS = {
    "1": (1.0,),
    "1/2 to 2": (0.5, 1.0, 2.0),
    "1/3 to 3": (1 / 3, 3**-0.5, 1.0, 3**0.5, 3.0),
}
SCALES = (1, 3, 5)  # sizes a level, evenly within its octave
COVERED_IOU = 0.5


@dataclass(frozen=True, slots=True)
class SweptAnchors:
    """One setting of the sweep.

    Attributes:
        size_factor: of all sizes, around 4 strides.
        ratios: name in RATIO_SETS.
        scales: sizes a level.
    """

    size_factor: float
    ratios: str
    scales: int
    anchors: AnchorSettings

    @property
    def name(self) -> str:
        plural = "" if self.scales == 1 else "s"
        return f"x{self.size_factor:.2f}, ratios {self.ratios}, {self.scales} scale{plural}"


def swept_anchors(strides: tuple[int, ...]) -> list[SweptAnchors]:
    """Every combination of size factor, ratios and number of scales."""
    found = []
    for factor in SIZE_FACTORS:
        for name, ratios in RATIO_SETS.items():
            for scales in SCALES:
                octave = [2 ** ((i + 0.5) / scales - 0.5) for i in range(scales)]
                sizes = tuple(
                    tuple(4 * stride * factor * part for part in octave) for stride in strides
                )
                anchors = AnchorSettings(sizes, (ratios,) * len(strides))
                found.append(SweptAnchors(factor, name, scales, anchors))
    return found


@dataclass(frozen=True, eq=False, slots=True)
class SweepResult:
    """What one setting reached.

    Attributes:
        anchors: which.
        recall: of its proposals, on all objects.
        covered: share of the objects that some anchor meets at IoU 0.5, before the network moves
            it: what the setting itself can know of.
    """

    anchors: SweptAnchors
    recall: GroupRecall
    covered: float


class AnchorSweep:
    """Collects images one by one; the network runs once an image, whatever the anchors."""

    def __init__(self, rpn: Rpn, settings: Settings) -> None:
        self._rpn = rpn
        self._settings = settings
        self._swept = swept_anchors(rpn.card.strides)
        self._counters = [RecallCounter() for _ in self._swept]
        self._covered = [list[bool]() for _ in self._swept]

    def add(self, rgb: NDArray[np.uint8], objects: NDArray[np.float64]) -> None:
        """Add one image.

        Args:
            rgb: (H, W, 3) uint8.
            objects: (G, 4) xyxy, its pixels.
        Raises:
            UserError: the model does not score such anchors.
        """
        rpn, settings = self._rpn, self._settings
        made = prepare_input(rgb, settings.input, rpn.card.preprocess)
        features = rpn.feature_maps(made)
        x, y = made.to_original
        truth = torch.from_numpy(objects).float() / torch.tensor([x, y, x, y])
        for swept, counter, covered in zip(self._swept, self._counters, self._covered, strict=True):
            anchors = rpn.lay_anchors(features, swept.anchors)
            scored = score_anchors(rpn, features, anchors, settings.foreign_anchors)
            if scored.outputs is None:
                raise UserError(scored.meaning.sentence)
            stages = after_head(made, anchors, scored.outputs, settings.selection, settings.nms)
            counter.add(stages.proposals.boxes.double().numpy(), objects)
            if len(objects):
                best = pairwise_iou(truth, anchors.boxes).max(dim=1).values
                covered += (best >= COVERED_IOU).tolist()

    def results(self) -> Iterator[SweepResult]:
        """One for each setting."""
        for swept, counter, covered in zip(self._swept, self._counters, self._covered, strict=True):
            yield SweepResult(
                swept, counter.recall([ALL])[0], float(np.mean(covered)) if covered else 0.0
            )
