"""The stages that look at NMS from outside: every threshold at once, and what each would keep."""

from __future__ import annotations

from rpn_core.messages import msg
from rpn_core.nms_analysis.curves import ThresholdCurves, threshold_curves
from rpn_core.nms_analysis.threshold_sweep import ThresholdSweep, candidate_boxes, sweep_thresholds
from rpn_core.stages.pre_nms import Selection
from rpn_core.stages.predictions import Predictions
from rpn_core.targets.image_objects import ImageObjects
from rpn_core.targets.stages import GRAPH

OBJECT_IOU = 0.5  # from which on a box counts as on an object


@GRAPH.stage(label=msg("threshold sweep"), reads=("nms.across_levels",))
def threshold_sweep(
    predictions: Predictions, selection: Selection, across_levels: bool
) -> ThresholdSweep:
    """Raises UserError where too many boxes overlap."""
    return sweep_thresholds(selection, predictions.level, across_levels=across_levels)


@GRAPH.stage(label=msg("curves"), reads=("nms.post_nms_top_n",))
def curves(
    selection: Selection,
    threshold_sweep: ThresholdSweep,
    objects_of_predictions: ImageObjects,
    post_nms_top_n: int,
) -> ThresholdCurves:
    """Of the objects that a detector learns from."""
    return threshold_curves(
        candidate_boxes(selection), threshold_sweep.graph, threshold_sweep.masks, post_nms_top_n,
        objects_of_predictions.boxes[objects_of_predictions.learnable], OBJECT_IOU,
    )  # fmt: skip
