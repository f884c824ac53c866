"""The funnel with top-N before and after NMS: what each setting saves, and what it costs."""

from __future__ import annotations

import streamlit as st

from pages._ui.controls.inputs import chosen_label
from pages._ui.nms.results import NmsView
from pages._ui.state.slot import slotted
from pages._ui.state.workbench import Workbench
from rpn_core.counts import count_boxes
from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.figures.funnel import funnel_figure
from rpn_core.messages import Message, msg, nmsg, tr
from rpn_core.nms_analysis.cost import SettingCost, setting_costs
from rpn_core.nms_analysis.stages import OBJECT_IOU
from rpn_core.results.funnel import funnel
from rpn_core.settings import BY_NAME, NmsSettings
from rpn_core.stages.stage_results import StageResults


def draw_top_n_panel(bench: Workbench, stages: StageResults, view: NmsView) -> None:
    """Draw the funnel, and a line for each of the three settings."""
    settings = bench.settings
    rows = funnel(stages.ledger, border_rule=settings.selection.drop_cross_border)
    costs = setting_costs(
        rows,
        view.recall if view.followed else None,
        OBJECT_IOU,
        across_levels=settings.nms.across_levels,
    )
    st.dataframe(
        {
            tr("setting"): [str(_title(cost, settings.nms)) for cost in costs],
            tr("value"): [str(_value(bench, cost)) for cost in costs],
            tr("in"): [sum(cost.level_in) for cost in costs],
            tr("out"): [sum(cost.level_out) for cost in costs],
            tr("objects lost"): [
                tr("{lost} of {followed}", lost=len(cost.lost), followed=len(view.followed))
                if view.followed
                else tr("no objects")
                for cost in costs
            ],
            **{
                name: [f"{cost.level_in[level]:,} → {cost.level_out[level]:,}" for cost in costs]
                for level, name in enumerate(bench.level_names)
            },
        },
        hide_index=True,
    )
    st.caption(
        tr(
            "The cut before NMS, on each level, spares it up to {comparisons}. The cut after NMS, "
            "over all levels together, spares the second stage of a detector {boxes}. An object is "
            "lost where the last box with IoU ≥ {iou:g} goes.",
            comparisons=nmsg(
                "{count} comparison of two boxes",
                "{count:,} comparisons of two boxes",
                count=costs[0].pairs_saved,
            ),
            boxes=count_boxes(sum(costs[2].level_in) - sum(costs[2].level_out)),
            iou=OBJECT_IOU,
        )
    )
    st.plotly_chart(
        funnel_figure(rows, bench.level_names), key=slotted("nms_funnel"), config=CHART_CONFIG
    )


def _title(cost: SettingCost, nms: NmsSettings) -> Message:
    if cost.setting == "nms.nms_thresh" and nms.method != "greedy":
        return msg("NMS, none") if nms.method == "none" else chosen_label("nms.method")
    return BY_NAME[cost.setting].setting.label


def _value(bench: Workbench, cost: SettingCost) -> Message:
    selection, nms = bench.settings.selection, bench.settings.nms
    if cost.setting == "selection.pre_nms_top_n":
        return msg("{count:,} a level", count=selection.pre_nms_top_n)
    if cost.setting == "nms.post_nms_top_n":
        return msg("{count:,} in all", count=nms.post_nms_top_n)
    if nms.method == "none":
        return msg("off")
    if nms.method == "soft-gaussian":
        return msg("sigma {sigma:g}", sigma=nms.sigma)
    return msg("IoU {threshold:g}", threshold=nms.nms_thresh)
