"""The IoU of every two boxes around the selected one; a click on a row selects its box."""

from __future__ import annotations

import streamlit as st

from pages._ui.nms.scene import choose_box
from pages._ui.state.slot import in_slot
from pages._ui.state.visit import NMS_MATRIX
from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.figures.nms_matrix import iou_matrix_figure
from rpn_core.messages import ntr, tr
from rpn_core.nms_analysis.neighbours import neighbourhood
from rpn_core.settings import NmsSettings
from rpn_core.stages.fate import Fate
from rpn_core.stages.stage_results import StageResults
from rpn_core.stages.suppression import nms_groups

MOST = 15


def draw_matrix_panel(stages: StageResults, nms: NmsSettings, anchor: int | None) -> None:
    """Draw the matrix of the selected box, or of the best candidate while none is selected."""
    selection = stages.selection
    candidates = selection.candidates
    if len(candidates) == 0:
        st.info(tr("No box entered NMS with these settings."))
        return
    scores = selection.scores[candidates]
    found = [] if anchor is None else (candidates == anchor).nonzero().flatten().tolist()
    middle = found[0] if found else int(scores.argmax())
    if anchor is not None and not found:
        st.caption(
            tr("Box {box} did not enter NMS: here is the best-scored box instead.", box=anchor)
        )
    near = neighbourhood(
        selection.boxes[candidates], scores, middle, most=MOST,
        group=nms_groups(selection, stages.predictions.level, across_levels=nms.across_levels),
    )  # fmt: skip
    anchors = candidates[near.boxes].tolist()
    names = [f"{box}{_mark(stages, box)}" for box in anchors]
    threshold = nms.nms_thresh if nms.method in ("greedy", "soft-linear") else None
    st.caption(
        ntr(
            "Box {box} and the one box that overlaps it, best score first. ✓ kept, ✕ suppressed. "
            "White frames: IoU above the threshold. Click a row to select its box in the picture.",
            "Box {box} and {shown:,} of the {count:,} boxes that overlap it, those with the "
            "largest IoU, best score first. ✓ kept, ✕ suppressed. White frames: IoU above the "
            "threshold. Click a row to select its box in the picture.",
            box=int(candidates[middle]),
            shown=len(anchors) - 1,
            count=near.present,
        )
    )
    figure = iou_matrix_figure(
        near.iou, names, anchors, threshold, near.boxes.tolist().index(middle)
    )
    st.plotly_chart(
        figure,
        key=NMS_MATRIX.key,
        on_select=in_slot(_choose),
        selection_mode="points",
        config=CHART_CONFIG,
    )


def _mark(stages: StageResults, anchor: int) -> str:
    fate = int(stages.ledger.fate[anchor])
    return {Fate.KEPT: " ✓", Fate.SUPPRESSED: " ✕"}.get(Fate(fate), "")


def _choose() -> None:
    points = NMS_MATRIX.require()["selection"]["points"]
    chosen = points[0].get("customdata") if points else None
    if isinstance(chosen, list | tuple):
        chosen = chosen[0] if chosen else None
    if isinstance(chosen, int) and not isinstance(chosen, bool) and chosen >= 0:
        choose_box(chosen)
