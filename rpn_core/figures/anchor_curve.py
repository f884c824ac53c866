"""Coverage against the number of shapes."""

from __future__ import annotations

import plotly.graph_objects as go

from rpn_core.design.curve import CoverageCurve
from rpn_core.figures.chart import Part, chart
from rpn_core.figures.palette import LEVEL_COLOURS
from rpn_core.messages import ntr, tr


def curve_chart(curve: CoverageCurve) -> go.Figure:
    """Draw mean best IoU and recall for each number of shapes, and where more stops paying."""
    counts = [point.shapes for point in curve.points]
    lines = (
        (tr("mean best IoU"), [point.mean_iou for point in curve.points], "solid", "circle"),
        (
            tr(
                "reached at IoU {recall_iou:g}",
                recall_iou=curve.recall_iou,
            ),
            [p.recall for p in curve.points],
            "dash",
            "square",
        ),
    )
    data: list[Part] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": counts,
            "y": [round(value, 4) for value in values],
            "line": {"color": LEVEL_COLOURS[place], "dash": dash},
            "marker": {"symbol": symbol, "size": 8},
            "hovertext": [
                ntr(
                    "{share:.3f} with {count} shape",
                    "{share:.3f} with {count} shapes",
                    count=count,
                    share=value,
                )
                for count, value in zip(counts, values, strict=True)
            ],
            "hovertemplate": f"%{{hovertext}}<extra>{name}</extra>",
        }
        for place, (name, values, dash, symbol) in enumerate(lines)
    ]
    enough = curve.enough
    layout: Part = {
        "xaxis": {"tickvals": counts, "title": {"text": tr("shapes per cell of each level")}},
        "yaxis": {"range": [0, 1.02], "title": {"text": tr("of all objects")}},
        "shapes": [
            {
                "type": "line",
                "yref": "y domain",
                "x0": enough,
                "x1": enough,
                "y0": 0,
                "y1": 1,
                "line": {"color": "#8c96a5", "dash": "4px,4px", "width": 2},
            }
        ],
        "annotations": [
            {
                "text": tr(
                    "{enough}: enough",
                    enough=enough,
                ),
                "showarrow": False,
                "x": enough,
                "y": 0,
                "yref": "y domain",
                "yanchor": "bottom",
                "xanchor": "left",
                "xshift": 4,
            }
        ],
    }
    return chart("curve", data, layout, height=340, left=60)
