"""Everything that the page on anchor design shows, from the stages of anchor design."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages._ui.run.store import shared_store
from rpn_core.design import stages as designing
from rpn_core.design.budget import Budget
from rpn_core.design.coverage import Coverage
from rpn_core.design.curve import CoverageCurve
from rpn_core.design.findings import CoverageFinding
from rpn_core.design.groups import GroupCoverage
from rpn_core.design.objects import DesignObjects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.design.suggest import Suggestion
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.messages import Message, tr
from rpn_core.progress import Progress
from rpn_core.settings import AnchorSettings, Settings
from rpn_core.stages.graph import Stage
from rpn_core.stages.run import Run

BAR_AFTER_S, BAR_EVERY_S = 0.4, 0.1


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """One data set, one resize rule, the anchors in force, and what they mean together.

    Attributes:
        loaded: the data set.
        rule: how its images become inputs.
        pyramid: the model's levels.
        objects: what the network meets, pixels of its input.
        found: coverage by the anchors in force.
        groups, findings: the same, told apart and in words.
    """

    loaded: LoadedLabels
    rule: ResizeRule
    pyramid: Pyramid
    objects: DesignObjects
    found: Coverage
    groups: tuple[GroupCoverage, ...]
    findings: tuple[CoverageFinding, ...]

    @property
    def anchors(self) -> AnchorSettings:
        return self.found.anchors

    @property
    def data_key(self) -> Hashable:
        """What suggestions depend on, besides the present anchors and their budget."""
        return (self.loaded.sha256, self.rule, self.pyramid)

    @property
    def key(self) -> Hashable:
        """All that coverage depends on."""
        return (self.data_key, self.anchors, self.found.fg_iou_thresh)


def compute_design(
    loaded: LoadedLabels,
    rule: ResizeRule,
    pyramid: Pyramid,
    settings: Settings,
    fg_iou_thresh: float,
) -> Design:
    """Measure, or fetch, what the anchors offer the data set.

    Raises:
        UserError: a number is out of range.
    """
    run = _run(loaded, rule, pyramid, settings, fg_iou_thresh)
    return Design(
        loaded,
        rule,
        pyramid,
        run.get(designing.design_objects),
        run.get(designing.coverage),
        run.get(designing.coverage_groups),
        run.get(designing.coverage_findings),
    )


def compute_suggestion(design: Design, budget: Budget, levels: Sequence[int]) -> Suggestion:
    """Search, or fetch, the best anchors within a budget.

    Raises:
        UserError: no object, no level, or a number is out of range.
    """
    run = _run_of(design, design.anchors).give(designing.budget, budget)
    return run.give(designing.used_levels, tuple(levels)).get(designing.suggestion)


def compute_curve(design: Design, budget: Budget) -> CoverageCurve:
    """Search, or fetch, the best anchors for each number of shapes.

    Raises:
        UserError: there is no object.
    """
    run = _run_of(design, design.anchors).give(designing.budget, budget)
    return run.get(designing.shapes_curve)


def groups_of(design: Design, found: Coverage) -> tuple[GroupCoverage, ...]:
    """The coverage of other anchors on the same objects, told apart."""
    # Keyed by what it was measured by, which may be another threshold than the page's: what
    # follows from it is kept for every visitor.
    settings = Settings(anchors=found.anchors)
    run = _run(design.loaded, design.rule, found.pyramid, settings, found.fg_iou_thresh)
    run.put(designing.coverage, found)
    return run.get(designing.coverage_groups)


def _run_of(design: Design, anchors: AnchorSettings) -> Run:
    settings = Settings(anchors=anchors)
    thresh = design.found.fg_iou_thresh
    return _run(design.loaded, design.rule, design.pyramid, settings, thresh)


def _run(
    loaded: LoadedLabels,
    rule: ResizeRule,
    pyramid: Pyramid,
    settings: Settings,
    fg_iou_thresh: float,
) -> Run:
    placeholder = st.empty()

    def while_waiting(_: Stage[Any]) -> None:
        placeholder.empty()  # lets Streamlit end the run of a visitor who has gone on

    run = Run(settings, shared_store(), while_waiting=while_waiting)
    run.give(designing.labels, loaded).give(designing.resize_rule, rule)
    run.give(designing.pyramid, pyramid).give(designing.design_fg_iou, fg_iou_thresh)
    return run.tell(designing.watched, watched)


@contextmanager
def watched(what: Message) -> Iterator[Progress]:
    """A progress bar for what takes longer than a moment."""
    place = st.empty()
    last = time.monotonic() + BAR_AFTER_S - BAR_EVERY_S

    def told(share: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= BAR_EVERY_S:
            last = now
            words = tr("{what}: {share:.0%}", what=what, share=share)
            place.progress(min(1.0, share), words)

    try:
        yield told
    finally:
        place.empty()
