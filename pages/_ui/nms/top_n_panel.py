"""The funnel with top-N before and after NMS: what each setting saves, and what it costs."""

from __future__ import annotations

import streamlit as st

from pages._ui.nms.results import NmsView
from pages._ui.workbench import Workbench
from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.figures.funnel import funnel_figure
from rpn_core.funnel import funnel
from rpn_core.nms.cost import SettingCost, setting_costs
from rpn_core.pipeline import Stages
from rpn_core.settings import BY_NAME, NmsSettings
from rpn_core.stages.nms_analysis import OBJECT_IOU


def draw_top_n_panel(bench: Workbench, stages: Stages, view: NmsView) -> None:
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
            "setting": [_title(cost, settings.nms) for cost in costs],
            "value": [_value(bench, cost) for cost in costs],
            "in": [sum(cost.level_in) for cost in costs],
            "out": [sum(cost.level_out) for cost in costs],
            "objects lost": [
                f"{len(cost.lost)} of {len(view.followed)}" if view.followed else "no objects"
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
        f"The cut before NMS, on each level, spares it up to {costs[0].pairs_saved:,} comparisons "
        "of two boxes. The cut after NMS, over all levels together, spares the second stage of a "
        f"detector {sum(costs[2].level_in) - sum(costs[2].level_out):,} boxes. An object is lost "
        f"where the last box with IoU ≥ {OBJECT_IOU:g} goes."
    )
    st.plotly_chart(funnel_figure(rows, bench.level_names), key="nms_funnel", config=CHART_CONFIG)


def _title(cost: SettingCost, nms: NmsSettings) -> str:
    if cost.setting == "nms.nms_thresh" and nms.method != "greedy":
        return f"NMS, {nms.method}"
    return str(BY_NAME[cost.setting].setting.label)


def _value(bench: Workbench, cost: SettingCost) -> str:
    nms = bench.settings.nms
    if cost.setting == "selection.pre_nms_top_n":
        return f"{bench.settings.selection.pre_nms_top_n:,} a level"
    if cost.setting == "nms.post_nms_top_n":
        return f"{nms.post_nms_top_n:,} in all"
    shown = {
        "greedy": f"IoU {nms.nms_thresh:g}",
        "soft-linear": f"IoU {nms.nms_thresh:g}",
        "soft-gaussian": f"sigma {nms.sigma:g}",
        "none": "off",
    }
    return shown[nms.method]
