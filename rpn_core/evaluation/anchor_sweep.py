"""Many anchor settings for one trained model: does it score those that it was not trained for?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from rpn_core.evaluation.recall import GroupRecall, RecallCounter
from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.geometry.size_groups import ALL
from rpn_core.models.fallback import ForwardResult
from rpn_core.proposers.plain import after_network
from rpn_core.settings import AnchorSettings, NmsSettings, SelectionSettings, Settings

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

    def __init__(
        self, strides: tuple[int, ...], selection: SelectionSettings, nms: NmsSettings
    ) -> None:
        self._settings = Settings(selection=selection, nms=nms)
        self._swept = swept_anchors(strides)
        self._counters = [RecallCounter() for _ in self._swept]
        self._covered = [list[bool]() for _ in self._swept]

    def add(self, forward: ForwardResult, objects: NDArray[np.float64]) -> None:
        """Add one image.

        Args:
            forward: what the network said of it.
            objects: (G, 4) xyxy, pixels of the original image.
        Raises:
            NoScores: the model's head is untrained.
        """
        truth = forward.network_input.frame.from_original(torch.from_numpy(objects).float())
        for swept, counter, covered in zip(self._swept, self._counters, self._covered, strict=True):
            stages = after_network(forward, replace(self._settings, anchors=swept.anchors))
            counter.add(stages.proposals.boxes.double().numpy(), objects)
            anchors = stages.predictions.anchors
            if len(objects) and anchors is not None:
                best = pairwise_iou(truth, anchors.boxes).max(dim=1).values
                covered += (best >= COVERED_IOU).tolist()

    def results(self) -> Iterator[SweepResult]:
        """One for each setting."""
        for swept, counter, covered in zip(self._swept, self._counters, self._covered, strict=True):
            yield SweepResult(
                swept, counter.recall([ALL])[0], float(np.mean(covered)) if covered else 0.0
            )
