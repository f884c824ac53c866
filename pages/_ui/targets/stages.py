"""What training sees of the photo, behind the cache: each stage by its own settings.

Nothing here runs the network: a threshold that moves matches anew, and a seed only draws anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass

from pages._ui.ground_truth import GroundTruth, network_objects
from pages._ui.stage_cache import StageRun
from pages._ui.stages import Results, shared_cache
from pages._ui.workbench import Workbench
from rpn_core.pipeline import Stages
from rpn_core.settings import TargetSettings
from rpn_core.targets.case import Case
from rpn_core.targets.image_matching import ImageMatching, match_image
from rpn_core.targets.image_objects import ImageObjects
from rpn_core.targets.iou_histogram import IouHistogram, iou_histogram
from rpn_core.targets.loss_terms import LossTerms, loss_terms
from rpn_core.targets.minibatch import Minibatch, draw_minibatch
from rpn_core.targets.object_report import ObjectReport, report_objects
from rpn_core.targets.stage_recall import StageRecall, stage_recall


@dataclass(frozen=True, eq=False, slots=True)
class Targets:
    """Everything that the page shows of G objects and R anchors.

    Attributes:
        objects: pixels of the network input.
        followed: places of the objects whose recall is followed: with area, and no crowd.
        terms: None when scores would mean nothing.
        recall: None then too, and where it was not asked for.
        runs: each stage, with its time and whether it was computed in this run.
    """

    objects: ImageObjects
    matching: ImageMatching
    histogram: IouHistogram
    reports: tuple[ObjectReport, ...]
    minibatch: Minibatch
    terms: LossTerms | None
    followed: tuple[int, ...]
    recall: StageRecall | None
    runs: tuple[StageRun, ...]


def truth_key(truth: GroundTruth) -> Hashable:
    """Names the boxes and which of them are crowds; labels do not matter to training."""
    return hashlib.sha256(truth.boxes.tobytes() + truth.crowd.tobytes()).hexdigest()


def compute_recall(
    bench: Workbench, results: Results, stages: Stages, truth: GroundTruth, log: list[StageRun]
) -> StageRecall:
    """Follow the objects that a detector learns from through the stages."""
    made_with, settings = results.forward.made_with, bench.settings
    objects = network_objects(truth, results.forward.network_input)
    return shared_cache().get(
        "recall",
        (bench.photo.sha256, bench.model_key, made_with, settings, truth_key(truth)),
        lambda: stage_recall(
            stages,
            objects.boxes[objects.learnable],
            border_rule=settings.selection.drop_cross_border,
        ),
        log,
    )


def compute_targets(
    bench: Workbench,
    results: Results,
    truth: GroundTruth,
    settings: TargetSettings,
    *,
    with_recall: bool,
) -> Targets:
    """Match, report, draw and weigh, or fetch what is kept of it.

    Args:
        with_recall: follow the objects through the stages, too.
    """
    cache, log = shared_cache(), list[StageRun]()
    made = results.forward.network_input
    anchors_key = (
        bench.photo.sha256,
        bench.model_key,
        results.forward.made_with,
        bench.settings.input,
        bench.settings.anchors,
    )
    match_key = (anchors_key, truth_key(truth), settings.match)
    sample_key = (match_key, settings.sample)

    objects = network_objects(truth, made)
    matching = cache.get(
        "matching",
        match_key,
        lambda: match_image(results.anchors.boxes, objects, made.image_hw, settings.match),
        log,
    )
    case = Case(
        results.anchors, objects, made.image_hw, bench.settings.anchors, settings.match,
        bench.rpn.card.strides, made.original_hw, bench.settings.input,
    )  # fmt: skip
    reports = cache.get("reasons", match_key, lambda: report_objects(case, matching), log)
    histogram = cache.get("histogram", match_key, lambda: iou_histogram(matching), log)
    minibatch = cache.get(
        "sample",
        sample_key,
        lambda: draw_minibatch(matching.matches.target, settings.sample),
        log,
    )
    terms, recall = None, None
    followed = objects.learnable
    stages = results.stages
    if stages is not None:
        outputs = stages.outputs
        terms = cache.get(
            "loss",
            (sample_key, bench.settings.foreign_anchors, settings.loss),
            lambda: loss_terms(
                results.anchors, outputs, objects, matching.matches, minibatch,
                settings.sample.batch_size_per_image, settings.loss,
            ),
            log,
        )  # fmt: skip
    if stages is not None and with_recall:
        recall = compute_recall(bench, results, stages, truth, log)
    return Targets(
        objects, matching, histogram, reports, minibatch, terms,
        tuple(followed.nonzero().flatten().tolist()), recall, tuple(log),
    )  # fmt: skip
