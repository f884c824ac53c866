"""The charts beside the picture: funnel, scores, offsets."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from pages._ui.run.paint_first import paint_before_charts
from pages._ui.scene.scene import ViewHint
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.visit import FUNNEL_CHART, FUNNEL_STAGE
from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.figures.funnel import funnel_figure
from rpn_core.figures.histograms import delta_histograms, score_histogram
from rpn_core.results.funnel import FunnelKey, FunnelStage
from rpn_core.stages.stage_results import StageResults

# Which layer of the picture shows best what passed a stage.
_HINTS: dict[FunnelKey, ViewHint] = {
    "anchors": "anchors",
    "inside": "anchors",
    "pre_nms": "before_nms",
    "min_size": "before_nms",
    "score": "before_nms",
    "nms": "suppressed",
    "kept": "proposals",
}


def chosen_stage() -> FunnelKey | None:
    """The stage that was clicked in the funnel, in this run or an earlier one."""
    return FUNNEL_STAGE.get()


def _choose() -> None:
    """Keep the click: Streamlit forgets a chart's selection as soon as its figure changes."""
    points = FUNNEL_CHART.require()["selection"]["points"]
    key = points[0].get("customdata") if points else None
    if isinstance(key, list | tuple):
        key = key[0] if key else None
    FUNNEL_STAGE.set(key if key in get_args(FunnelKey) else None)


def view_hint() -> ViewHint:
    """The layer that answers the click in the funnel."""
    stage = chosen_stage()
    return _HINTS[stage] if stage else "proposals"


def draw_charts(
    stages: StageResults,
    funnel: tuple[FunnelStage, ...],
    level_names: tuple[str, ...],
    score_thresh: float,
    *,
    new_picture: bool,
) -> None:
    """Funnel, scores and offsets; a click in the funnel chooses the stage for picture and table."""
    kept = stages.ledger.kept
    counts = funnel_figure(funnel, level_names, chosen_stage())
    scores = score_histogram(stages.selection.scores, kept, score_thresh)
    origin = stages.predictions.origin
    paint_before_charts(changed=new_picture)
    st.plotly_chart(
        counts,
        key=FUNNEL_CHART.key,
        on_select=in_slot(_choose),
        selection_mode="points",
        config=CHART_CONFIG,
    )
    st.plotly_chart(scores, key=slotted("score_chart"), config=CHART_CONFIG)
    if origin is not None:
        offsets = delta_histograms(origin.deltas, stages.selection.candidates, kept)
        st.plotly_chart(offsets, key=slotted("delta_chart"), config=CHART_CONFIG)
