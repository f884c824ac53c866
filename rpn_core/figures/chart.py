"""What every chart shares: its toolbar, its place on a light or dark page, its memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

# For `st.plotly_chart(config=...)`. A visitor's image must not leave by accident, so nothing may
# send a chart away; zooming by wheel would trap a scrolling finger.
CHART_CONFIG: dict[str, object] = {
    "displaylogo": False,
    "scrollZoom": False,
    "showSendToCloud": False,
    "modeBarButtonsToRemove": ["sendChartToCloud", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d"],
}

CLEAR = "rgba(0,0,0,0)"

Part = dict[str, Any]


def chart(
    name: str, data: Sequence[Part], layout: Part, *, height: int, left: int, bottom: int = 44
) -> go.Figure:
    """Give traces and layout the common look and make them a figure.

    Colours of text, grid and ground are left to the page's theme. `name` fixes `uirevision`, so
    that zoom, hidden traces and selection survive new data.

    Args:
        data, layout: in Plotly's JSON form. They are not validated here: checking every property
            in every run took ten times as long as all else; a test validates each chart.
        height: px on the page; the width follows the page.
        left, bottom: px for the words beside and below the axes. Fixed, because a chart that
            measures its own margins is drawn twice.
    """
    axes = {
        key: {**axis, "fixedrange": True, "automargin": False}
        for key, axis in layout.items()
        if "axis" in key[:5]
    }
    look = {
        "uirevision": name,
        "height": height,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"l": left, "r": 12, "t": 36, "b": bottom},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom",
                   "traceorder": "normal"},
        "hoverlabel": {"align": "left"},
    }  # fmt: skip
    return go.Figure({"data": list(data), "layout": {**layout, **axes, **look}}, _validate=False)
