"""What the page "Targets and loss" shows, from the stages of training."""

from __future__ import annotations

from dataclasses import dataclass

from pages._ui.run.results import Results
from rpn_core.anchors.lay import Anchors
from rpn_core.geometry.frame import Frame
from rpn_core.labels.objects import Objects
from rpn_core.proposers.base import Shows
from rpn_core.proposers.network import network_input
from rpn_core.proposers.rpn import anchors
from rpn_core.targets import stages as stages
from rpn_core.targets.case import Case
from rpn_core.targets.image_matching import ImageMatching
from rpn_core.targets.image_objects import ImageObjects
from rpn_core.targets.iou_histogram import IouHistogram
from rpn_core.targets.loss_terms import LossTerms
from rpn_core.targets.minibatch import Minibatch
from rpn_core.targets.object_report import ObjectReport, report_object
from rpn_core.targets.object_tally import ObjectTally
from rpn_core.targets.stage_recall import StageRecall


@dataclass(frozen=True, eq=False, slots=True)
class Targets:
    """Everything that the page shows of G objects and R anchors.

    Attributes:
        frame: of the network input, in pixels of which all boxes here are.
        anchors: R anchors.
        followed: places of the objects whose recall is followed: with area, and no crowd.
        tally: numbers of each object.
        reports: on the first objects that no anchor fits.
        terms: None when scores would mean nothing.
        recall: None then too, and where it was not asked for.
    """

    frame: Frame
    anchors: Anchors
    objects: ImageObjects
    matching: ImageMatching
    tally: ObjectTally
    reports: tuple[ObjectReport, ...]
    histogram: IouHistogram
    minibatch: Minibatch
    terms: LossTerms | None
    followed: tuple[int, ...]
    recall: StageRecall | None
    _case: Case

    def report_on(self, number: int) -> ObjectReport:
        """The report on one object, made now unless it is there."""
        made = (report for report in self.reports if report.number == number)
        return next(made, None) or report_object(self._case, self.matching, self.tally, number)


def compute_targets(results: Results, truth: Objects, *, with_recall: bool) -> Targets:
    """Match, report, draw and weigh, or fetch what is kept of it; see `Shows.TARGETS`.

    Args:
        with_recall: follow the objects through the stages, too.
    """
    run = results.run.give(stages.photo_objects, truth.without_names())
    objects, scored = run.get(stages.objects), Shows.SCORES in results.shows
    return Targets(
        run.get(network_input).frame,
        run.get(anchors),
        objects,
        run.get(stages.matching),
        run.get(stages.tally),
        run.get(stages.reasons),
        run.get(stages.histogram),
        run.get(stages.minibatch),
        run.get(stages.loss) if scored else None,
        tuple(objects.learnable.nonzero().flatten().tolist()),
        run.get(stages.recall) if scored and with_recall else None,
        run.get(stages.case),
    )
