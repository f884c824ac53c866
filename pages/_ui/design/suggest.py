"""Better anchors within a budget: before and after, with the cost, and the way to take them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import streamlit as st

from pages._ui.controls.in_force import apply
from pages._ui.design.results import Design, compute_suggestion, groups_of
from pages._ui.run.results import compute, place_in_line
from pages._ui.state.fragment import fragment
from pages._ui.state.notices import notice
from pages._ui.state.slot import in_slot
from pages._ui.state.visit import (
    BEFORE_SUGGESTION,
    BUDGET_AIM,
    BUDGET_LEVELS,
    BUDGET_SCOPE,
    BUDGET_SHAPES,
    BUDGET_SHARED,
    SUGGESTION,
    WORKBENCH,
)
from rpn_core.anchors.shapes import shape_counts
from rpn_core.anchors.words import level_columns
from rpn_core.counts import count_objects
from rpn_core.design.budget import Aim, Budget, Scope
from rpn_core.design.cost import AnchorCost
from rpn_core.design.coverage import Coverage
from rpn_core.design.groups import GroupCoverage
from rpn_core.design.suggest import Suggestion
from rpn_core.errors import UserError
from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.figures.design_before_after import coverage_curves
from rpn_core.messages import Message, msg, nmsg, tr
from rpn_core.proposers.base import Shows
from rpn_core.proposers.network import network
from rpn_core.proposers.plain import after_network
from rpn_core.settings import AnchorSettings

GO, APPLY, UNDO = "design_suggest", "design_apply", "design_undo"
_SCOPES: dict[Scope, Message] = {
    "level": msg("on each level"),
    "total": msg("on all levels together"),
}
_AIMS: dict[Aim, Message] = {
    "mean_iou": msg("mean best IoU"),
    "recall": msg("objects reached at IoU 0.7"),
}
TIMED_RUNS = 9


@fragment
def draw_suggest(design: Design) -> None:
    """Controls, the search, its result, and the button that applies it."""
    budget, levels = _draw_budget(design)
    if st.button(tr("Suggest anchors"), key=GO, type="primary", icon=":material/auto_fix_high:"):
        try:
            made = compute_suggestion(design, budget, levels)
            SUGGESTION.set((design.data_key, made, _times(made)))
        except UserError as error:
            st.error(str(error))
    kept = SUGGESTION.get()
    if kept is not None and kept[0] == design.data_key:
        _draw_result(design, kept[1], kept[2])


def suggested_anchors(design: Design) -> AnchorSettings | None:
    """The suggestion in view, for exports and the report."""
    made = suggestion_in_view(design)
    return None if made is None else made.anchors


def suggestion_in_view(design: Design) -> Suggestion | None:
    """The last suggestion, while data set, resize rule and model are the same."""
    kept = SUGGESTION.get()
    return kept[1] if kept is not None and kept[0] == design.data_key else None


# ---- controls --------------------------------------------------------------------------------


def _draw_budget(design: Design) -> tuple[Budget, list[int]]:
    strides = design.pyramid.strides
    names = [
        tr(
            "stride {stride}",
            stride=stride,
        )
        for stride in strides
    ]
    most = max(shape_counts(design.anchors))
    levels = BUDGET_LEVELS.of(strides)
    BUDGET_SHAPES.get_or_make(lambda: max(1, min(most, 100)))
    BUDGET_SCOPE.get_or_make(lambda: "level")
    BUDGET_AIM.get_or_make(lambda: "mean_iou")
    levels.get_or_make(lambda: names)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    shapes = row.number_input(
        tr("Shapes per cell, at most"),
        1,
        100,
        step=1,
        **BUDGET_SHAPES.kept,
        width=190,
        help=tr(
            "A shape is one size with one ratio. The anchors in force have {most} on "
            "their fullest level.",
            most=most,
        ),
    )
    scope = row.selectbox(
        tr("Counted"),
        list(_SCOPES),
        **BUDGET_SCOPE.kept,
        format_func=lambda scope: str(_SCOPES[scope]),
        width=220,
        help=tr(
            "On each level: as a head with shared weights needs it. Together: levels may "
            "differ, and one may go without."
        ),
    )
    aim = row.selectbox(
        tr("For the best"),
        list(_AIMS),
        **BUDGET_AIM.kept,
        format_func=lambda aim: str(_AIMS[aim]),
        width=250,
    )
    chosen = st.pills(
        tr("Levels that may have anchors"), names, selection_mode="multi", **levels.kept
    )
    shared = st.toggle(
        tr("One list of ratios for all levels"),
        **BUDGET_SHARED.kept,
        help=tr("As mmdetection writes them. Otherwise each level gets ratios of its own."),
    )
    budget = Budget(shapes=int(shapes), scope=scope, aim=aim, shared_ratios=shared)
    return budget, [level for level, name in enumerate(names) if name in chosen]


def _times(made: Suggestion) -> tuple[float, float] | None:
    """Milliseconds after the network for both, on the photo in the side bar.

    None where the model's scores would mean nothing, or its results do not fit into memory. Both
    are run in turn, and the fastest run of each counts: others share this machine.
    """
    bench = WORKBENCH.require()
    if Shows.FEATURES not in bench.proposer.shows:
        return None
    try:
        with place_in_line() as told:
            forward = compute(bench, told).run.get(network)
        taken: tuple[list[float], list[float]] = ([], [])
        for _ in range(TIMED_RUNS):
            for anchors, seconds in zip((made.before.anchors, made.anchors), taken, strict=True):
                started = time.perf_counter()
                after_network(forward, replace(bench.settings, anchors=anchors))
                seconds.append(time.perf_counter() - started)
    except UserError:  # NoScores among them
        return None
    return 1000 * min(taken[0]), 1000 * min(taken[1])


# ---- result ----------------------------------------------------------------------------------


def _draw_result(design: Design, made: Suggestion, times: tuple[float, float] | None) -> None:
    in_force = made.anchors == design.anchors
    if made.kept:
        st.info(
            tr(
                "Nothing better was found within this budget: the present anchors stay. A "
                "larger budget, or another aim, may help."
            )
        )
        return
    table_part, chart_part = st.columns(2)
    table_part.table(comparison_table(design, made, times), border="horizontal", hide_index=True)
    chart_part.plotly_chart(
        coverage_curves({tr("before"): made.before, tr("suggested"): made.after}),
        key="design_before_after",
        config=CHART_CONFIG,
    )
    st.table(level_table(design.pyramid.strides, made), border="horizontal", hide_index=True)
    size = made.cost_after.padded_hw
    timed = (
        tr(
            " Time: all stages after the network, on the photo in the side bar; the fastest of "
            "{timed_runs} runs.",
            timed_runs=TIMED_RUNS,
        )
        if times
        else ""
    )
    st.caption(
        tr(
            "Coverage: {objects} in all; the search looked at {sampled:,} of them and tried "
            "{changes}. Cost: for the data set's median input, {size} × "
            "{size_2} px; memory of anchors, head outputs and boxes in float32.{timed} Sizes in "
            "pixels of the network input, ratios h/w.",
            objects=count_objects(len(design.objects)),
            sampled=made.sampled,
            changes=nmsg("{count} change", "{count:,} changes", count=made.trials),
            size=size[1],
            size_2=size[0],
            timed=timed,
        )
    )
    row = st.container(horizontal=True)
    clicked = row.button(
        tr("In force") if in_force else tr("Apply"),
        key=APPLY,
        type="primary",
        disabled=in_force,
        on_click=in_slot(_apply),
        args=(made.anchors, design.anchors),
        icon=":material/check:",
        help=tr(
            "Make these the app's anchors on every page. The any-anchor model scores them at once."
        ),
    )
    before = BEFORE_SUGGESTION.get()
    if in_force and before is not None and before != design.anchors:
        clicked |= row.button(
            tr("Back to the anchors before"),
            key=UNDO,
            on_click=in_slot(_apply),
            args=(before, design.anchors),
            icon=":material/undo:",
        )
    if clicked:
        st.rerun()  # the whole page, and the side bar


def _apply(anchors: AnchorSettings, before: AnchorSettings) -> None:
    try:
        apply(anchors=anchors)
        BEFORE_SUGGESTION.set(before)
    except UserError as error:
        notice("settings", error.message)


def comparison_table(
    design: Design, made: Suggestion, times: tuple[float, float] | None
) -> dict[str, list[str]]:
    """What changes: coverage of all and of each size, then the cost."""
    rows = [
        (
            tr("mean best IoU"),
            _plain(made.before.mean_iou),
            _plain(made.after.mean_iou),
            f"{made.after.mean_iou - made.before.mean_iou:+.3f}",
        ),
        *(
            _shares(
                tr(
                    "reached at IoU {at}",
                    at=at,
                ),
                made.before.recall(at),
                made.after.recall(at),
            )
            for at in (0.5, 0.7)
        ),
        *_by_size(design, made),
        *_costs(made.cost_before, made.cost_after),
    ]
    if times:
        before, after = (f"{milliseconds:.0f} ms" for milliseconds in times)
        factor = f"× {times[1] / max(times[0], 0.01):.2f}"
        rows.append((tr("time after the network"), before, after, factor))
    names = ("", tr("before"), tr("suggested"), tr("change"))
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _by_size(design: Design, made: Suggestion) -> list[tuple[str, str, str, str]]:
    def sizes(found: Coverage) -> list[GroupCoverage]:
        return [group for group in groups_of(design, found) if group.kind == "size"]

    return [
        _shares(
            tr("{group}: reached at IoU 0.7", group=was.name),
            was.recall(0.7),
            now.recall(0.7),
        )
        for was, now in zip(sizes(made.before), sizes(made.after), strict=True)
        if was.objects
    ]


def _costs(was: AnchorCost, now: AnchorCost) -> list[tuple[str, str, str, str]]:
    factor = f"× {now.anchors_in_all / max(was.anchors_in_all, 1):.2f}"
    return [
        (tr("anchors per image"), f"{was.anchors_in_all:,}", f"{now.anchors_in_all:,}", factor),
        (tr("head outputs"), f"{was.head_outputs:,}", f"{now.head_outputs:,}", factor),
        (tr("memory"), _megabytes(was.memory_bytes), _megabytes(now.memory_bytes), factor),
    ]


def level_table(strides: tuple[int, ...], made: Suggestion) -> dict[str, list[Any]]:
    """Sizes and ratios of every level, before and after."""
    levels = range(len(strides))
    was = [level_columns(made.before.anchors, level) for level in levels]
    now = [level_columns(made.anchors, level) for level in levels]
    return {
        tr("stride"): list(strides),
        tr("sizes before"): [sizes for sizes, _ in was],
        tr("sizes suggested"): [sizes for sizes, _ in now],
        tr("ratios before"): [ratios for _, ratios in was],
        tr("ratios suggested"): [ratios for _, ratios in now],
    }


def _plain(number: float) -> str:
    return f"{number:.3f}"


def _shares(name: str, was: float, now: float) -> tuple[str, str, str, str]:
    return (
        name,
        f"{was:.1%}",
        f"{now:.1%}",
        tr(
            "{now:+.1f} points",
            now=100 * (now - was),
        ),
    )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
