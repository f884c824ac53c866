"""Explore: what does the RPN see in this photo, stage by stage?"""

from __future__ import annotations

import streamlit as st

from pages._ui.boxes_panel import draw_boxes
from pages._ui.canvas import Scene, ViewHint, box_canvas, scene_from_stages
from pages._ui.charts_panel import chosen_stage, draw_funnel, draw_histograms, view_hint
from pages._ui.geometry_panel import draw_geometry
from pages._ui.header import draw_header
from pages._ui.keep_panel import draw_keep
from pages._ui.notices import show_notices
from pages._ui.stages import Results, compute
from pages._ui.trace_panel import draw_trace
from pages._ui.workbench import Workbench, current
from rpn_core.errors import UserError
from rpn_core.funnel import funnel
from rpn_core.models.scoring import Meaning

TRACE, BOXES, KEEP = "Selected box", "Table of boxes", "Download and link"


def _scene(bench: Workbench, results: Results, hint: ViewHint) -> Scene:
    native = results.meaning is Meaning.NATIVE  # goes without saying
    note = "" if native else results.meaning.sentence
    if results.stages is not None:
        return scene_from_stages(
            results.stages, results.photo, bench.level_names, score_note=note, view_hint=hint
        )
    made = results.forward.network_input
    return Scene(
        results.photo, made.original_hw, made.image_hw, results.anchors, bench.level_names,
        None, note, hint,
    )  # fmt: skip


def _explain_nothing(results: Results) -> None:
    """An empty picture is explained, not left empty."""
    if len(results.anchors) == 0:
        st.info(
            "These settings leave no anchor: every level lacks a size or a ratio. "
            "Add one under Anchors, or press Reset."
        )
    elif results.stages is not None and len(results.stages.ledger.kept) == 0:
        st.info(
            "These settings leave no proposal: the funnel shows the stage that dropped the last "
            "box. Lower the score threshold or the smallest side, or press Reset."
        )


def _results(bench: Workbench) -> Results | None:
    waiting = st.empty()
    try:
        results = compute(
            bench, lambda ahead: waiting.info(f"The network is busy: {ahead} ahead of you.")
        )
    except UserError as error:
        st.error(str(error))
        return None
    finally:
        waiting.empty()
    return results


bench = current()
header = st.container()
show_notices()
results = _results(bench)
if results is not None:
    if results.forward.sentence:
        st.warning(results.forward.sentence)
    _explain_nothing(results)
    picture, charts = st.columns([11, 5])
    with picture:
        st.caption(
            "Each box is a proposal: a place where the network expects an object of any kind. "
            "Hover over a box to read it, click it to see every number that led to it."
            if results.stages is not None
            else "Each box is an anchor: a place and shape that the network would judge."
        )
        selected = box_canvas(_scene(bench, results, view_hint()), key="canvas")
    with header:
        draw_header(bench, results)
    stages = results.stages
    rows = () if stages is None else funnel(
        stages.ledger, border_rule=bench.settings.selection.drop_cross_border
    )  # fmt: skip
    with charts:
        if stages is None:
            image_hw = results.forward.network_input.image_hw
            draw_geometry(results.anchors, image_hw, bench.level_names)
        else:
            draw_funnel(rows, bench.level_names)
            draw_histograms(stages, bench.settings.selection.score_thresh)
    with picture:
        panel = st.segmented_control(
            "Below the picture", [TRACE, BOXES, KEEP], default=TRACE, key="panel",
            label_visibility="collapsed",
        )  # fmt: skip
        if panel == KEEP:
            draw_keep(bench, stages)
        elif stages is not None and panel == BOXES:
            draw_boxes(stages, rows, chosen_stage(), bench.level_names)
        elif stages is not None:
            draw_trace(stages, selected)
