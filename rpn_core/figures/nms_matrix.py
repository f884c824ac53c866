"""The IoU of every two boxes of a neighbourhood as a heat map whose cells can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from torch import Tensor

from rpn_core.figures.chart import CLEAR, Part, chart
from rpn_core.figures.palette import SCORE_STOPS
from rpn_core.messages import tr


def iou_matrix_figure(
    iou: Tensor, names: Sequence[str], anchors: Sequence[int], threshold: float | None, middle: int
) -> go.Figure:
    """Draw a K x K matrix, best score first from the top and from the left.

    Args:
        iou: (K, K) float32.
        names: K, for people.
        anchors: K, what `customdata` of a row's cells says: a click chooses the row's box.
        threshold: pairs above it are framed; None: none is.
        middle: place of the box in the middle; its name is set bold.
    """
    size = len(names)
    places = list(range(size))
    shown = [f"<b>▸ {name}</b>" if i == middle else name for i, name in enumerate(names)]
    values = iou.tolist()
    cells: Part = {
        "type": "heatmap", "z": values, "x": places, "y": places, "zmin": 0, "zmax": 1,
        "colorscale": [list(stop) for stop in SCORE_STOPS], "xgap": 1, "ygap": 1,
        "colorbar": {"title": {"text": "IoU"}, "thickness": 10}, "hoverinfo": "skip",
    }  # fmt: skip
    rows = [row for row in places for _ in places]
    columns = [column for _ in places for column in places]
    above = [
        threshold is not None and row != column and values[row][column] > threshold
        for row, column in zip(rows, columns, strict=True)
    ]
    # A heat map says nothing when it is clicked; markers do.
    targets: Part = {
        "type": "scatter",
        "mode": "markers",
        "x": columns,
        "y": rows,
        "customdata": [anchors[row] for row in rows],
        "hovertext": [
            tr(
                "{one} and {other}<br>IoU {iou:.3f}",
                one=names[row],
                other=names[column],
                iou=values[row][column],
            )
            for row, column in zip(rows, columns, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "symbol": "square-open",
            "size": 12,
            "color": ["#ffffff" if hit else CLEAR for hit in above],
            "line": {"width": 2},
        },
        "unselected": {"marker": {"opacity": 1}},
        "showlegend": False,
    }
    axis = {"tickvals": places, "ticktext": shown, "range": [-0.5, size - 0.5], "showgrid": False}
    layout: Part = {
        "xaxis": {**axis, "tickangle": -60},
        "yaxis": {**axis, "range": [size - 0.5, -0.5]},
    }
    return chart(
        "iou_matrix", [cells, targets], layout, height=190 + 22 * size, left=110, bottom=110
    )
