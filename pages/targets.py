"""Targets and loss: which anchors learn from these boxes, and why?"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui.canvas.box_canvas import box_canvas
from pages._ui.frame.header import draw_header
from pages._ui.objects.labels_panel import current_labels, labels_report
from pages._ui.objects.store import current_truth, store_objects
from pages._ui.run.paint_first import paint_before_numbers
from pages._ui.run.results import Results, run_stages
from pages._ui.scene.selection import CanvasResult
from pages._ui.state.notices import show_notices
from pages._ui.state.slot import slotted
from pages._ui.state.visit import TARGETS_CLICKED, TARGETS_PANEL, WORKBENCH
from pages._ui.state.workbench import Workbench
from pages._ui.targets.boxes import draw_boxes_panel
from pages._ui.targets.loss import draw_loss
from pages._ui.targets.matching import draw_matching
from pages._ui.targets.minibatch import draw_minibatch_panel
from pages._ui.targets.objects import draw_objects, focus_on, focused
from pages._ui.targets.recall import draw_recall, recall_thresh
from pages._ui.targets.results import Targets, compute_targets
from pages._ui.targets.scene import Panel, targets_scene
from rpn_core.labels.finding import Severity
from rpn_core.labels.ground_truth import GroundTruth
from rpn_core.labels.lint.verdict import count_errors
from rpn_core.labels.objects import Objects
from rpn_core.messages import msg, tr
from rpn_core.proposers.base import Shows

PANELS = {
    Panel.OBJECTS: msg("Objects"),
    Panel.MINIBATCH: msg("Mini-batch"),
    Panel.LOSS: msg("Loss"),
    Panel.RECALL: msg("Recall by stage"),
    Panel.KEEP: msg("Boxes in and out"),
}


def _panel_words(panel: Panel) -> str:
    """What a panel is called; that of the data set says how many errors it has, closed or not."""
    loaded = current_labels() if panel is Panel.KEEP else None
    errors = 0 if loaded is None else labels_report(loaded).count(Severity.ERROR)
    if not errors:
        return str(PANELS[panel])
    return tr("{panel}: {errors}", panel=PANELS[panel], errors=count_errors(errors))


def _picture(
    bench: Workbench, results: Results, truth: GroundTruth, targets: Targets, panel: Panel
) -> CanvasResult:
    """Draw the picture and return what is selected on it."""
    scene = targets_scene(
        bench, results, truth, targets, panel,
        focus=focused(truth.objects) if panel is Panel.OBJECTS else None,
        iou_thresh=recall_thresh(),
    )  # fmt: skip
    chosen = box_canvas(
        scene,
        key=slotted("targets_canvas"),
        on_objects=lambda objects: store_objects(bench, objects),
    )
    if chosen.object != TARGETS_CLICKED.get():
        # A click on the picture counts once, so that a later one in the table counts too.
        TARGETS_CLICKED.set(chosen.object)
        focus_on(truth.objects, chosen.object)
        st.rerun()
    return chosen


def _below(
    bench: Workbench,
    results: Results,
    truth: Objects,
    targets: Targets,
    panel: Panel,
    selected: int | None,
) -> None:
    """One panel at a time: what is not looked at is not drawn."""
    if panel is Panel.KEEP:
        draw_boxes_panel(bench)
    elif panel is Panel.LOSS:
        draw_loss(results, targets, bench.level_names, selected)
    elif panel is Panel.RECALL:
        draw_recall(truth, results, targets)
    elif panel is Panel.MINIBATCH:
        draw_minibatch_panel(
            truth, targets, bench.settings.sample, targets.anchors, bench.level_names
        )
    elif len(truth):
        draw_objects(bench, truth, targets, targets.anchors)
    else:
        st.info(
            tr(
                "Press **Edit boxes** above the picture and draw a box around each thing that a "
                "detector should find. The anchors that would learn from it appear at once."
            )
        )


def _draw(bench: Workbench, results: Results, header: DeltaGenerator) -> None:
    if Shows.TARGETS not in results.shows:
        with header:
            draw_header(bench, results)
        st.info(
            tr("{name} learns from no anchors, so it has no targets.", name=bench.proposer.name)
        )
        return
    truth = current_truth(bench)
    panel = Panel(TARGETS_PANEL.get() or Panel.OBJECTS)
    targets = compute_targets(results, truth.objects, with_recall=panel is Panel.RECALL)
    if results.shortfall:
        st.warning(str(results.shortfall))
    picture, beside = st.columns([11, 5])
    with picture:
        st.text(str(truth.sentence))
        selected = _picture(bench, results, truth, targets, panel)
    paint_before_numbers(changed=selected.new_picture)
    with header:
        draw_header(bench, results)
    with beside:
        draw_matching(targets, bench.settings.match)
    st.segmented_control(
        tr("Below the picture"), list(PANELS), default=Panel.OBJECTS, **TARGETS_PANEL.kept,
        format_func=_panel_words, label_visibility="collapsed", required=True,
    )  # fmt: skip
    _below(bench, results, truth.objects, targets, panel, selected.anchor)


bench = WORKBENCH.require()
header = st.container()
show_notices()
results = run_stages(bench)
if results is not None:
    _draw(bench, results, header)
