"""What the page "NMS" shows beyond the proposals, from the stages that analyse NMS."""

from __future__ import annotations

from dataclasses import dataclass

from pages._ui.run.results import Results
from rpn_core.errors import UserError
from rpn_core.labels.objects import Objects
from rpn_core.messages import Message
from rpn_core.nms_analysis import stages as nms_analysis
from rpn_core.nms_analysis.curves import ThresholdCurves
from rpn_core.nms_analysis.threshold_sweep import ThresholdSweep
from rpn_core.targets import stages as training_targets
from rpn_core.targets.stage_recall import StageRecall


@dataclass(frozen=True, eq=False, slots=True)
class SweepOrComplaint:
    """What the picture needs beside the results of the proposals.

    Attributes:
        sweep: None where too many boxes overlap; `complaint` says so.
    """

    sweep: ThresholdSweep | None
    complaint: Message | None


@dataclass(frozen=True, eq=False, slots=True)
class NmsView:
    """What the page shows beside the picture.

    Attributes:
        sweep, complaint: as there.
        curves: of the objects that are followed; None without `sweep`.
        followed: places of the objects with area that are no crowds.
        recall: of the followed objects, stage by stage.
    """

    sweep: ThresholdSweep | None
    complaint: Message | None
    curves: ThresholdCurves | None
    followed: tuple[int, ...]
    recall: StageRecall


def sweep_or_complaint(results: Results) -> SweepOrComplaint:
    """Find who overlaps whom, and decide every threshold."""
    try:
        return SweepOrComplaint(results.run.get(nms_analysis.threshold_sweep), None)
    except UserError as error:
        return SweepOrComplaint(None, error.message)


def compute_nms(results: Results, truth: Objects, swept: SweepOrComplaint) -> NmsView:
    """Follow the objects through the stages, and through every threshold."""
    run = results.run.give(training_targets.photo_objects, truth.without_names())
    recall = run.get(training_targets.recall)
    curves = None if swept.sweep is None else run.get(nms_analysis.curves)
    places = run.get(training_targets.objects_of_predictions).learnable.nonzero().flatten().tolist()
    return NmsView(swept.sweep, swept.complaint, curves, tuple(places), recall)
