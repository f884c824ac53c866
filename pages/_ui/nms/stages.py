"""What the page "NMS" computes beyond the pipeline, behind the same cache."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pages._ui.ground_truth import GroundTruth, network_objects
from pages._ui.stage_cache import StageRun
from pages._ui.stages import Results, shared_cache
from pages._ui.targets.stages import compute_recall, truth_key
from pages._ui.workbench import Workbench
from rpn_core.errors import UserError
from rpn_core.nms.curves import ThresholdCurves, threshold_curves
from rpn_core.nms.stage import nms_groups
from rpn_core.nms.survival import OverlapGraph, overlap_graph, survival_masks
from rpn_core.pipeline import Stages
from rpn_core.targets.stage_recall import StageRecall

OBJECT_IOU = 0.5  # from which on a box counts as on an object


@dataclass(frozen=True, eq=False, slots=True)
class EveryThreshold:
    """M candidates at 101 thresholds.

    Attributes:
        graph, masks: of the candidates, counted as in `selection.candidates`.
    """

    graph: OverlapGraph
    masks: NDArray[np.uint64]

    def place(self, stages: Stages, anchor: int) -> int | None:
        """Where an anchor stands among the candidates; None where it did not enter NMS."""
        found = torch.nonzero(stages.selection.candidates == anchor).flatten()
        return int(found[0]) if len(found) else None


@dataclass(frozen=True, eq=False, slots=True)
class Overlaps:
    """What the picture needs beside the results of the pipeline.

    Attributes:
        every: None where too many boxes overlap; `complaint` says so.
        runs: each stage, with its time and whether it was computed in this run.
    """

    every: EveryThreshold | None
    complaint: str
    runs: tuple[StageRun, ...]


@dataclass(frozen=True, eq=False, slots=True)
class NmsView:
    """What the page shows beside the picture.

    Attributes:
        every, complaint: as of the overlaps.
        curves: of the objects that are followed; None without `every`.
        followed: places of the objects with area that are no crowds.
        recall: of the followed objects, stage by stage.
        runs: each stage, with its time and whether it was computed in this run.
    """

    every: EveryThreshold | None
    complaint: str
    curves: ThresholdCurves | None
    followed: tuple[int, ...]
    recall: StageRecall
    runs: tuple[StageRun, ...]


def compute_overlaps(bench: Workbench, results: Results, stages: Stages) -> Overlaps:
    """Find who overlaps whom, and decide every threshold."""
    log = list[StageRun]()
    across = bench.settings.nms.across_levels
    try:
        graph, masks = shared_cache().get(
            "overlaps",
            _graph_key(bench, results),
            lambda: _graph(stages, across_levels=across),
            log,
        )
    except UserError as error:
        return Overlaps(None, str(error), tuple(log))
    return Overlaps(EveryThreshold(graph, masks), "", tuple(log))


def compute_nms(
    bench: Workbench, results: Results, stages: Stages, truth: GroundTruth, overlaps: Overlaps
) -> NmsView:
    """Follow the objects through the stages, and through every threshold."""
    cache, log, settings = shared_cache(), list[StageRun](), bench.settings
    objects = network_objects(truth, results.forward.network_input)
    followed = objects.boxes[objects.learnable]
    recall = compute_recall(bench, results, stages, truth, log)
    every, curves = overlaps.every, None
    if every is not None:
        top_n = settings.nms.post_nms_top_n
        curves = cache.get(
            "curves",
            (_graph_key(bench, results), top_n, truth_key(truth)),
            lambda: threshold_curves(
                _candidate_boxes(stages), every.graph, every.masks, top_n, followed, OBJECT_IOU
            ),
            log,
        )
    places = tuple(objects.learnable.nonzero().flatten().tolist())
    runs = (*overlaps.runs, *log)
    return NmsView(every, overlaps.complaint, curves, places, recall, runs)


def _graph_key(bench: Workbench, results: Results) -> Hashable:
    settings = bench.settings
    return (
        bench.photo.sha256, bench.model_key, results.forward.made_with, settings.input,
        settings.anchors, settings.foreign_anchors, settings.selection, settings.nms.across_levels,
    )  # fmt: skip


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
