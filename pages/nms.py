"""NMS: which boxes suppress which, and what would another threshold do?"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.controls.inputs import chosen_label
from pages._ui.frame.header import draw_header
from pages._ui.nms.box_panel import draw_box_panel
from pages._ui.nms.matrix_panel import draw_matrix_panel
from pages._ui.nms.objects_panel import draw_objects_panel
from pages._ui.nms.results import NmsView, SweepOrComplaint, compute_nms, sweep_or_complaint
from pages._ui.nms.scene import draw_picture
from pages._ui.nms.top_n_panel import draw_top_n_panel
from pages._ui.objects.store import current_truth
from pages._ui.run.paint_first import paint_before_charts
from pages._ui.run.results import Results, run_stages
from pages._ui.state.notices import show_notices
from pages._ui.state.slot import slotted
from pages._ui.state.visit import NMS_PANEL, WORKBENCH
from pages._ui.state.workbench import Workbench
from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.figures.nms_curves import threshold_figure
from rpn_core.labels.objects import Objects
from rpn_core.messages import msg, nmsg, tr
from rpn_core.stages.stage_results import StageResults

BOX, MATRIX, OBJECTS, TOP_N = "box", "matrix", "objects", "top_n"
PANELS = {
    BOX: msg("Selected box"),
    MATRIX: msg("IoU matrix"),
    OBJECTS: msg("Objects"),
    TOP_N: msg("Funnel and top N"),
}


def _draw_curves(bench: Workbench, view: NmsView) -> None:
    """The charts beside the picture."""
    if view.curves is None:
        st.info(str(view.complaint))
        return
    nms, curves = bench.settings.nms, view.curves
    greedy = nms.method == "greedy"
    figure = threshold_figure(curves, nms.nms_thresh if greedy else None)
    st.plotly_chart(figure, key=slotted("nms_curves"), config=CHART_CONFIG)
    followed = len(view.followed)
    of = nmsg("the {count} object", "the {count:,} objects", count=followed)
    st.caption(
        tr(
            "Greedy NMS at each of 101 thresholds, decided in one pass: boxes that survive, those "
            "kept by the best N in all, and recall and duplicates of {objects}. A duplicate is a "
            "further proposal with IoU ≥ {iou:g} on an object.",
            objects=of if followed else msg("objects, once there are some"),
            iou=curves.object_iou,
        )
    )
    if not greedy:
        st.caption(
            tr(
                "The method in force is {method}: these curves are not what it does.",
                method=chosen_label("nms.method"),
            )
        )


def _draw_panel(
    bench: Workbench, stages: StageResults, view: NmsView, truth: Objects, anchor: int | None
) -> None:
    """One panel at a time: what is not looked at is not computed."""
    panel = st.segmented_control(
        tr("Below the picture"), list(PANELS), default=BOX, **NMS_PANEL.kept,
        format_func=lambda panel: str(PANELS[panel]), label_visibility="collapsed", required=True,
    )  # fmt: skip
    nms = bench.settings.nms
    if panel == MATRIX:
        draw_matrix_panel(stages, nms, anchor)
    elif panel == OBJECTS:
        draw_objects_panel(truth, view, nms.nms_thresh)
    elif panel == TOP_N:
        draw_top_n_panel(bench, stages, view)
    else:
        draw_box_panel(stages, view.sweep, nms, anchor)


def _explain_the_slider(bench: Workbench, swept: SweepOrComplaint) -> None:
    if swept.sweep is None:
        st.caption(str(swept.complaint))
    elif bench.settings.nms.method != "greedy":
        st.caption(tr("The slider and the playback are for greedy NMS: choose it in the side bar."))
    else:
        st.caption(
            tr(
                "Drag **NMS IoU** to try a threshold without waiting: kept boxes are solid, "
                "suppressed ones dashed. **Playback** goes through NMS box by box. **Use** puts "
                "what you tried in force."
            )
        )


def _draw(bench: Workbench, results: Results, header: DeltaGenerator) -> None:
    stages = results.stages
    if stages is None:
        with header:
            draw_header(bench, results)
        st.info(
            tr(
                "{meaning} So there is nothing that NMS could sort.",
                meaning=results.score_note,
            )
        )
        return
    truth = current_truth(bench)
    swept = sweep_or_complaint(results)
    if results.shortfall:
        st.warning(str(results.shortfall))
    picture, beside = st.columns([11, 5])
    with picture:
        _explain_the_slider(bench, swept)
        selected = draw_picture(bench, results, stages, swept.sweep, truth)
    view = compute_nms(results, truth.objects, swept)
    paint_before_charts(changed=selected.new_picture)
    with header:
        draw_header(bench, results)
    with beside:
        _draw_curves(bench, view)
    with picture:
        _draw_panel(bench, stages, view, truth.objects, selected.anchor)


bench = WORKBENCH.require()
header = st.container()
show_notices()
results = run_stages(bench)
if results is not None:
    _draw(bench, results, header)
