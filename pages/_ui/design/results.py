"""Everything that the page on anchor design shows, behind a cache of its own.

The keys are the SHA-256 of the labels and the slices of settings that a result depends on; no
control that is not in a key makes anything anew.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from pages._ui.stage_cache import StageCache, StageRun
from rpn_core.design.budget import Budget
from rpn_core.design.coverage import Coverage, coverage
from rpn_core.design.curve import CoverageCurve, coverage_curve
from rpn_core.design.findings import Finding, findings
from rpn_core.design.groups import GroupCoverage, group_coverage
from rpn_core.design.objects import DesignObjects, design_objects
from rpn_core.design.on_levels import suggest_on_levels
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.design.suggest import Suggestion
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.labels.progress import Progress
from rpn_core.settings import AnchorSettings

BUDGET_BYTES = 300_000_000
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
    findings: tuple[Finding, ...]

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


@st.cache_resource(show_spinner=False)
def _cache() -> StageCache:
    return StageCache(BUDGET_BYTES)


def compute_design(
    loaded: LoadedLabels,
    rule: ResizeRule,
    pyramid: Pyramid,
    anchors: AnchorSettings,
    fg_iou_thresh: float,
) -> Design:
    """Measure, or fetch, what the anchors offer the data set.

    Raises:
        UserError: a number is out of range.
    """
    cache, log = _cache(), list[StageRun]()
    data_key = (loaded.sha256, rule)
    key = (data_key, pyramid, anchors, fg_iou_thresh)
    objects = cache.get("objects", data_key, lambda: design_objects(loaded.labels, rule), log)

    def measure() -> Coverage:
        with watched("Measuring the coverage") as progress:
            return coverage(
                objects, pyramid, anchors, fg_iou_thresh=fg_iou_thresh, progress=progress
            )

    found = cache.get("coverage", key, measure, log)
    groups = cache.get("groups", key, lambda: group_coverage(objects, found), log)
    told = cache.get("findings", key, lambda: findings(objects, found, groups), log)
    return Design(loaded, rule, pyramid, objects, found, groups, told)


def compute_suggestion(design: Design, budget: Budget, levels: Sequence[int]) -> Suggestion:
    """Search, or fetch, the best anchors within a budget.

    Raises:
        UserError: no object, no level, or a number is out of range.
    """

    def search() -> Suggestion:
        with watched("Searching for better anchors") as progress:
            return suggest_on_levels(
                design.objects,
                design.pyramid,
                design.anchors,
                budget,
                levels,
                fg_iou_thresh=design.found.fg_iou_thresh,
                progress=progress,
            )

    return _cache().get("suggestion", (design.key, budget, tuple(levels)), search, [])


def compute_curve(design: Design, budget: Budget) -> CoverageCurve:
    """Search, or fetch, the best anchors for each number of shapes.

    Raises:
        UserError: there is no object.
    """

    def search() -> CoverageCurve:
        with watched("Searching with 1 to 12 shapes") as progress:
            return coverage_curve(
                design.objects, design.pyramid, design.anchors, budget, progress=progress
            )

    return _cache().get("curve", (design.data_key, design.anchors, budget), search, [])


def groups_of(design: Design, found: Coverage) -> tuple[GroupCoverage, ...]:
    """The coverage of other anchors on the same objects, told apart."""
    key = (
        (design.loaded.sha256, design.rule),
        design.pyramid,
        found.anchors,
        found.fg_iou_thresh,
    )
    return _cache().get("groups", key, lambda: group_coverage(design.objects, found), [])


@contextmanager
def watched(words: str) -> Iterator[Progress]:
    """A progress bar for what takes longer than a moment."""
    place = st.empty()
    last = time.monotonic() + BAR_AFTER_S - BAR_EVERY_S

    def told(share: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= BAR_EVERY_S:
            last = now
            place.progress(min(1.0, share), f"{words}: {share:.0%}")

    try:
        yield told
    finally:
        place.empty()
