"""The stages of what training sees of a photo with its objects.

Nothing here runs the network: a threshold that moves matches again, and a seed only draws again.
"""

from __future__ import annotations

from rpn_core.anchors.lay import Anchors
from rpn_core.labels.objects import Objects
from rpn_core.messages import msg
from rpn_core.models.fallback import ForwardResult
from rpn_core.proposers.stages import GRAPH as GRAPH
from rpn_core.settings import (
    AnchorSettings,
    InputSettings,
    LossSettings,
    MatchSettings,
    SampleSettings,
)
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.stages.network_input import NetworkInput
from rpn_core.stages.predictions import Predictions
from rpn_core.stages.stage_results import StageResults
from rpn_core.targets.case import Case
from rpn_core.targets.image_matching import ImageMatching, match_image
from rpn_core.targets.image_objects import ImageObjects, in_frame
from rpn_core.targets.iou_histogram import IouHistogram, iou_histogram
from rpn_core.targets.loss_terms import LossTerms, loss_terms
from rpn_core.targets.minibatch import Minibatch, draw_minibatch
from rpn_core.targets.object_report import ObjectReport, report_objects
from rpn_core.targets.object_tally import ObjectTally, tally_objects
from rpn_core.targets.stage_recall import StageRecall, stage_recall

MOST_REPORTS = 12
# Given without their names: so no result is made again for another name.
photo_objects = GRAPH.source("photo_objects", key=lambda given: given.key)


@GRAPH.stage()
def objects(photo_objects: Objects, network_input: NetworkInput) -> ImageObjects:
    """In pixels of the network input."""
    return in_frame(photo_objects, network_input.frame)


@GRAPH.stage(label=msg("matching"))
def matching(
    network_input: NetworkInput,
    anchors: Anchors,
    objects: ImageObjects,
    match_settings: MatchSettings,
) -> ImageMatching:
    return match_image(anchors.boxes, objects, network_input.image_hw, match_settings)


@GRAPH.stage(kept=False)
def case(
    network: ForwardResult,
    anchors: Anchors,
    objects: ImageObjects,
    anchors_settings: AnchorSettings,
    match_settings: MatchSettings,
    input_settings: InputSettings,
) -> Case:
    """What a report on an object looks at."""
    made = network.network_input
    return Case(
        anchors, objects, made.image_hw, anchors_settings, match_settings,
        network.rpn.card.strides, made.original_hw, input_settings,
    )  # fmt: skip


@GRAPH.stage()
def tally(case: Case, matching: ImageMatching) -> ObjectTally:
    return tally_objects(case, matching)


@GRAPH.stage(label=msg("reasons"))
def reasons(case: Case, matching: ImageMatching, tally: ObjectTally) -> tuple[ObjectReport, ...]:
    """Of the first objects that no anchor fits."""
    return report_objects(case, matching, tally, tally.troubled[:MOST_REPORTS].tolist())


@GRAPH.stage(label=msg("histogram"))
def histogram(matching: ImageMatching) -> IouHistogram:
    return iou_histogram(matching)


@GRAPH.stage(label=msg("sample"))
def minibatch(matching: ImageMatching, sample_settings: SampleSettings) -> Minibatch:
    return draw_minibatch(matching.matches.target, sample_settings)


@GRAPH.stage(label=msg("loss"), reads=("sample.batch_size_per_image",))
def loss(
    anchors: Anchors,
    outputs: HeadOutputs,
    objects: ImageObjects,
    matching: ImageMatching,
    minibatch: Minibatch,
    batch_size_per_image: int,
    loss_settings: LossSettings,
) -> LossTerms:
    return loss_terms(
        anchors, outputs, objects, matching.matches, minibatch, batch_size_per_image, loss_settings
    )


@GRAPH.stage(kept=False)
def objects_of_predictions(photo_objects: Objects, predictions: Predictions) -> ImageObjects:
    """In pixels of what proposed the boxes, be it a network or not."""
    return in_frame(photo_objects, predictions.frame)


@GRAPH.stage(label=msg("recall"), reads=("selection.drop_cross_border",))
def recall(
    results: StageResults, objects_of_predictions: ImageObjects, drop_cross_border: bool
) -> StageRecall:
    """Of the objects that a detector learns from, through the stages."""
    followed = objects_of_predictions.boxes[objects_of_predictions.learnable]
    return stage_recall(results, followed, border_rule=drop_cross_border)
