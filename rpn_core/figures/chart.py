"""What every chart shares: its toolbar, its place on a light or dark page, its memory."""

from __future__ import annotations

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


def finish(figure: go.Figure, name: str, height: int) -> go.Figure:
    """Give a figure the common look, in place, and return it.

    Colours of text, grid and ground are left to the page's theme. `name` fixes `uirevision`, so
    that zoom, hidden traces and selection survive new data.

    Args:
        height: px on the page; the width follows the page.
    """
    figure.update_layout(
        uirevision=name,
        height=height,
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(automargin=True, fixedrange=True)
    figure.update_yaxes(automargin=True, fixedrange=True)
    return figure
