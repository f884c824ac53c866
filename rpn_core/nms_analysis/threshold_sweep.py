"""Who overlaps whom among the candidates of NMS, and who survives at each of 101 thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_core.nms_analysis.survival import OverlapGraph, overlap_graph, survival_masks
from rpn_core.stages.pre_nms import Selection
from rpn_core.stages.suppression import nms_groups


@dataclass(frozen=True, eq=False, slots=True)
class ThresholdSweep:
    """M candidates at 101 thresholds.

    Attributes:
        graph, masks: of the candidates, counted as in `selection.candidates`.
    """

    graph: OverlapGraph
    masks: NDArray[np.uint64]


def sweep_thresholds(selection: Selection, level: Tensor, *, across_levels: bool) -> ThresholdSweep:
    """Decide greedy NMS at every threshold.

    Args:
        selection: the candidates.
        level: (R,) uint8, the level of each anchor.
    Raises:
        UserError: too many boxes overlap.
    """
    graph = overlap_graph(
        candidate_boxes(selection),
        selection.scores[selection.candidates],
        group=nms_groups(selection, level, across_levels=across_levels),
    )
    return ThresholdSweep(graph, survival_masks(graph))


def candidate_boxes(selection: Selection) -> Tensor:
    """(M, 4) float32 xyxy, pixels of the network input, in the order of the candidates."""
    return selection.boxes[selection.candidates]


def place_of(selection: Selection, anchor: int) -> int | None:
    """Where an anchor stands among the candidates; None where it did not enter NMS."""
    found = torch.nonzero(selection.candidates == anchor).flatten()
    return int(found[0]) if len(found) else None
