"""The stages of anchor design: what anchors offer a data set, and which would offer more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rpn_core.design.budget import Budget
from rpn_core.design.coverage import Coverage
from rpn_core.design.coverage import coverage as measure_coverage
from rpn_core.design.curve import CoverageCurve, coverage_curve
from rpn_core.design.findings import CoverageFinding
from rpn_core.design.findings import findings as find
from rpn_core.design.groups import GroupCoverage, group_coverage
from rpn_core.design.objects import DesignObjects
from rpn_core.design.objects import design_objects as objects_of
from rpn_core.design.on_levels import suggest_on_levels
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.design.suggest import Suggestion
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.messages import Message, msg
from rpn_core.progress import Progress, no_progress
from rpn_core.settings import AnchorSettings
from rpn_core.stages.graph import GRAPH

# What is under way -> a context in which its progress is shown.
Watched = Callable[[Message], AbstractContextManager[Progress]]


@contextmanager
def _unwatched(_: Message) -> Iterator[Progress]:
    yield no_progress


labels = GRAPH.source("labels", key=lambda loaded: loaded.sha256)
resize_rule = GRAPH.source("resize_rule", key=lambda rule: rule)
pyramid = GRAPH.source("pyramid", key=lambda levels: levels)
design_fg_iou = GRAPH.source("design_fg_iou", key=lambda thresh: thresh)
budget = GRAPH.source("budget", key=lambda spent: spent)
used_levels = GRAPH.source("used_levels", key=lambda levels: levels)  # numbers, as a tuple
_by_nobody: Watched = _unwatched
watched = GRAPH.told("watched", _by_nobody)


@GRAPH.stage()
def design_objects(labels: LoadedLabels, resize_rule: ResizeRule) -> DesignObjects:
    """As the network meets them, pixels of its input."""
    return objects_of(labels.labels, resize_rule)


@GRAPH.stage()
def coverage(
    design_objects: DesignObjects,
    pyramid: Pyramid,
    design_fg_iou: float,
    anchors_settings: AnchorSettings,
    watched: Watched,
) -> Coverage:
    with watched(msg("Measuring the coverage")) as progress:
        return measure_coverage(
            design_objects, pyramid, anchors_settings, fg_iou_thresh=design_fg_iou,
            progress=progress,
        )  # fmt: skip


@GRAPH.stage()
def coverage_groups(design_objects: DesignObjects, coverage: Coverage) -> tuple[GroupCoverage, ...]:
    return group_coverage(design_objects, coverage)


@GRAPH.stage()
def coverage_findings(
    design_objects: DesignObjects,
    coverage: Coverage,
    coverage_groups: tuple[GroupCoverage, ...],
) -> tuple[CoverageFinding, ...]:
    return find(design_objects, coverage, coverage_groups)


@GRAPH.stage()
def suggestion(
    design_objects: DesignObjects,
    pyramid: Pyramid,
    design_fg_iou: float,
    budget: Budget,
    used_levels: tuple[int, ...],
    anchors_settings: AnchorSettings,
    watched: Watched,
) -> Suggestion:
    """The best anchors within a budget, on some levels."""
    with watched(msg("Searching for better anchors")) as progress:
        return suggest_on_levels(
            design_objects, pyramid, anchors_settings, budget, used_levels,
            fg_iou_thresh=design_fg_iou, progress=progress,
        )  # fmt: skip


@GRAPH.stage()
def shapes_curve(
    design_objects: DesignObjects,
    pyramid: Pyramid,
    budget: Budget,
    anchors_settings: AnchorSettings,
    watched: Watched,
) -> CoverageCurve:
    """The best anchors for each number of shapes."""
    with watched(msg("Searching with 1 to 12 shapes")) as progress:
        return coverage_curve(design_objects, pyramid, anchors_settings, budget, progress=progress)
