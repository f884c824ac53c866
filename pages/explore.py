"""Explore: what does the RPN see in this photo, stage by stage?"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.canvas.box_canvas import box_canvas
from pages._ui.explore.boxes import draw_boxes
from pages._ui.explore.charts import chosen_stage, draw_charts, view_hint
from pages._ui.explore.geometry import draw_geometry
from pages._ui.explore.keep import draw_keep
from pages._ui.explore.trace import draw_trace
from pages._ui.frame.header import draw_header
from pages._ui.run.results import Results, run_stages
from pages._ui.scene.scene import Scene, ViewHint, scene_from_stages
from pages._ui.scene.selection import CanvasResult
from pages._ui.state.notices import show_notices
from pages._ui.state.slot import slotted
from pages._ui.state.visit import EXPLORE_PANEL, WORKBENCH
from pages._ui.state.workbench import Workbench
from rpn_core.messages import msg, tr
from rpn_core.proposers.base import Shows
from rpn_core.proposers.network import network_input
from rpn_core.results.funnel import FunnelStage, funnel

TRACE, BOXES, KEEP = "trace", "boxes", "keep"
PANELS = {
    TRACE: msg("Selected box"),
    BOXES: msg("Table of boxes"),
    KEEP: msg("Download and link"),
}
PROPOSALS_WORDS = msg(
    "Each box is a proposal: a place where the network expects an object of any kind. "
    "Hover over a box to read it, click it to see every number that led to it."
)
ANCHORS_WORDS = msg("Each box is an anchor: a place and shape that the network would judge.")

Funnel = tuple[FunnelStage, ...]


def _scene(bench: Workbench, results: Results, hint: ViewHint) -> Scene:
    note = results.score_note
    if results.stages is not None:
        return scene_from_stages(
            results.stages, results.photo, bench.level_names, score_note=note, view_hint=hint
        )
    frame = results.run.get(network_input).frame
    return Scene(
        results.photo, frame, results.anchors, bench.level_names, None, note, hint,
    )  # fmt: skip


def _explain_nothing(results: Results) -> None:
    """An empty picture is explained, not left empty."""
    if results.anchors is not None and len(results.anchors) == 0:
        st.info(
            tr(
                "These settings leave no anchor: every level lacks a size or a ratio. "
                "Add one under Anchors, or press Reset."
            )
        )
    elif results.stages is not None and len(results.stages.ledger.kept) == 0:
        st.info(
            tr(
                "These settings leave no proposal: the funnel shows the stage that dropped the "
                "last box. Lower the score threshold or the smallest side, or press Reset."
            )
        )


def _beside(bench: Workbench, results: Results, rows: Funnel, *, new_picture: bool) -> None:
    """The charts, or without scores the plain counts."""
    if results.stages is None and results.anchors is not None:
        image_hw = results.run.get(network_input).image_hw
        draw_geometry(results.anchors, image_hw, bench.level_names)
    elif results.stages is not None:
        score_thresh = bench.settings.selection.score_thresh
        draw_charts(results.stages, rows, bench.level_names, score_thresh, new_picture=new_picture)


def _below(bench: Workbench, results: Results, rows: Funnel, selected: CanvasResult) -> None:
    """One panel at a time: what is not looked at is not computed."""
    panel = st.segmented_control(
        tr("Below the picture"), list(PANELS), default=TRACE, **EXPLORE_PANEL.kept,
        format_func=lambda panel: str(PANELS[panel]), label_visibility="collapsed", required=True,
    )  # fmt: skip
    if panel == KEEP:
        draw_keep(bench, results.stages)
    elif results.stages is None:
        st.info(
            tr("Without scores there is no trace and no table: choose a trained model for them.")
        )
    elif panel == BOXES:
        draw_boxes(results.stages, rows, chosen_stage(), bench.level_names)
    elif Shows.TRACE in results.shows:
        draw_trace(results.stages, selected)
    else:
        name = bench.proposer.name
        st.info(
            tr("{name}: no network moves a box from its anchor, so there is no trace.", name=name)
        )


def _draw(bench: Workbench, results: Results, header: DeltaGenerator) -> None:
    stages = results.stages
    # In one container, so that a sentence that comes or goes does not rebuild the canvas below.
    with st.container():
        if results.shortfall:
            st.warning(str(results.shortfall))
        _explain_nothing(results)
    picture, charts = st.columns([11, 5])
    with picture:
        st.caption(str(PROPOSALS_WORDS if stages is not None else ANCHORS_WORDS))
        selected = box_canvas(_scene(bench, results, view_hint()), key=slotted("canvas"))
    with header:
        draw_header(bench, results)
    border_rule = bench.settings.selection.drop_cross_border
    rows = () if stages is None else funnel(stages.ledger, border_rule=border_rule)
    with charts:
        _beside(bench, results, rows, new_picture=selected.new_picture)
    with picture:
        _below(bench, results, rows, selected)


bench = WORKBENCH.require()
header = st.container()
show_notices()
results = run_stages(bench)
if results is not None:
    _draw(bench, results, header)
