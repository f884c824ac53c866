"""The funnel as bars: how many anchors are left after each stage, level by level."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from rpn_core.figures.chart import CLEAR, Part, chart
from rpn_core.figures.palette import LEVEL_COLOURS
from rpn_core.messages import tr
from rpn_core.results.funnel import FunnelKey, FunnelStage

# Levels differ by hatching too: colour never carries a meaning alone.
_HATCHES = ("", "/", ".", "\\", "x", "-")


def _bar(stages: Sequence[FunnelStage], level: int, name: str) -> Part:
    return {
        "type": "bar",
        "name": name,
        "orientation": "h",
        "x": [stage.level_out[level] for stage in stages],
        "y": [str(stage.label) for stage in stages],
        "customdata": [stage.key for stage in stages],
        "hovertext": [
            tr(
                "{stage}, {level}<br>in {into:,}, lost {lost:,}, out {out:,}",
                stage=stage.label,
                level=name,
                into=stage.level_in[level],
                lost=stage.level_lost[level],
                out=stage.level_out[level],
            )
            for stage in stages
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": LEVEL_COLOURS[level],
            "pattern": {"shape": _HATCHES[level], "fillmode": "overlay", "solidity": 0.25},
        },
        "unselected": {"marker": {"opacity": 1}},
    }


def _targets(stages: Sequence[FunnelStage]) -> Part:
    # A stage with few boxes has too thin a bar to hit: its end and its number can be clicked too.
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [stage.total_out for stage in stages],
        "y": [str(stage.label) for stage in stages],
        "customdata": [stage.key for stage in stages],
        "hovertext": [
            tr(
                "{stage}, all levels<br>in {into:,}, lost {lost:,}, out {out:,}",
                stage=stage.label,
                into=stage.total_in,
                lost=stage.total_lost,
                out=stage.total_out,
            )
            for stage in stages
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"size": 30, "color": CLEAR},
        "cliponaxis": False,
        "showlegend": False,
    }


def _totals(stages: Sequence[FunnelStage]) -> list[Part]:
    # Annotations, and not text of a trace: a click dims every trace that was not clicked.
    return [
        {
            "x": stage.total_out, "y": str(stage.label), "text": f"{stage.total_out:,}",
            "showarrow": False, "xanchor": "left", "xshift": 6,
        }
        for stage in stages
    ]  # fmt: skip


def funnel_figure(
    stages: Sequence[FunnelStage], level_names: Sequence[str], chosen: FunnelKey | None = None
) -> go.Figure:
    """Draw one bar a stage, first at the top, stacked by level, with the total at its end.

    Args:
        stages: from `rpn_core.results.funnel.funnel`.
        level_names: for people, one per level, finest first ("stride 8").
        chosen: the stage that the page filters by: its name is set bold, with an arrow.
    Returns:
        a figure; `customdata` of every bar and of every bar's end is the stage's key, so that a
        click says which stage was meant.
    Raises:
        ValueError: the number of names is not the number of levels.
    """
    levels = len(stages[0].level_in)
    if len(level_names) != levels:
        raise ValueError(f"{len(level_names)} names came for {levels} levels")
    labels = [str(stage.label) for stage in stages]
    shown = [f"<b>▸ {s.label}</b>" if s.key == chosen else str(s.label) for s in stages]
    # room for the longest total on a narrow screen
    widest = 1.3 * max(1, stages[0].total_out)
    layout: Part = {
        "barmode": "stack",
        "bargap": 0.3,
        "annotations": _totals(stages),
        "xaxis": {"range": [0, widest], "title": {"text": tr("anchors left")}, "nticks": 4},
        "yaxis": {"autorange": "reversed", "tickvals": labels, "ticktext": shown},
    }
    data = [_bar(stages, i, name) for i, name in enumerate(level_names)]
    height = 110 + 36 * len(stages)
    return chart("funnel", [*data, _targets(stages)], layout, height=height, left=150)
