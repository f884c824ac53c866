"""What the page "NMS" computes beyond the pipeline, behind the same cache."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pages._ui.ground_truth import GroundTruth, network_objects
from pages._ui.stage_cache import StageRun
from pages._ui.stages import Results, shared_cache
from pages._ui.targets.stages import recall_key, truth_key
from pages._ui.workbench import Workbench
from rpn_core.errors import UserError
from rpn_core.nms.curves import ThresholdCurves, threshold_curves
from rpn_core.nms.stage import nms_groups
from rpn_core.nms.survival import OverlapGraph, overlap_graph, survival_masks
from rpn_core.pipeline import Stages
from rpn_core.targets.stage_recall import StageRecall, stage_recall

OBJECT_IOU = 0.5  # from which on a box counts as on an object


@dataclass(frozen=True, eq=False, slots=True)
class EveryThreshold:
    """M candidates at 101 thresholds.

    Attributes:
        graph, masks: of the candidates, counted as in `selection.candidates`.
        curves: with the objects that are followed.
    """

    graph: OverlapGraph
    masks: NDArray[np.uint64]
    curves: ThresholdCurves

    def place(self, stages: Stages, anchor: int) -> int | None:
        """Where an anchor stands among the candidates; None where it did not enter NMS."""
        found = torch.nonzero(stages.selection.candidates == anchor).flatten()
        return int(found[0]) if len(found) else None


@dataclass(frozen=True, eq=False, slots=True)
class NmsView:
    """Everything that the page shows beside the results of the pipeline.

    Attributes:
        every: None where too many boxes overlap; `complaint` says so.
        followed: places of the objects with area that are no crowds.
        recall: of the followed objects, stage by stage.
        runs: each stage, with its time and whether it was computed in this run.
    """

    every: EveryThreshold | None
    complaint: str
    followed: tuple[int, ...]
    recall: StageRecall
    runs: tuple[StageRun, ...]


def compute_nms(bench: Workbench, results: Results, stages: Stages, truth: GroundTruth) -> NmsView:
    """Find who overlaps whom, decide every threshold, and follow the objects."""
    cache, log, settings = shared_cache(), list[StageRun](), bench.settings
    head_key = (
        bench.photo.sha256, bench.model_key, results.forward.made_with, settings.input,
        settings.anchors, settings.foreign_anchors,
    )  # fmt: skip
    graph_key = (head_key, settings.selection, settings.nms.across_levels)
    objects = network_objects(truth, results.forward.network_input)
    followed = objects.boxes[objects.learnable]
    recall = cache.get(
        "recall",
        recall_key(bench, results, truth),
        lambda: stage_recall(
            stages, followed, border_rule=settings.selection.drop_cross_border
        ),
        log,
    )  # fmt: skip
    every, complaint = None, ""
    try:
        graph, masks = cache.get(
            "overlaps",
            graph_key,
            lambda: _graph(stages, across_levels=settings.nms.across_levels),
            log,
        )
        curves = cache.get(
            "curves",
            (graph_key, settings.nms.post_nms_top_n, truth_key(truth)),
            lambda: threshold_curves(
                _candidate_boxes(stages), graph, masks, settings.nms.post_nms_top_n, followed,
                OBJECT_IOU,
            ),
            log,
        )  # fmt: skip
        every = EveryThreshold(graph, masks, curves)
    except UserError as error:
        complaint = str(error)
    places = tuple(objects.learnable.nonzero().flatten().tolist())
    return NmsView(every, complaint, places, recall, tuple(log))


def _candidate_boxes(stages: Stages) -> Tensor:
    return stages.selection.boxes[stages.selection.candidates]


def _graph(stages: Stages, *, across_levels: bool) -> tuple[OverlapGraph, NDArray[np.uint64]]:
    selection = stages.selection
    graph = overlap_graph(
        _candidate_boxes(stages),
        selection.scores[selection.candidates],
        group=nms_groups(selection, stages.anchors.level, across_levels=across_levels),
    )
    return graph, survival_masks(graph)
