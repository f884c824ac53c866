"""The browser paints the picture before the charts: what is sent together is drawn together."""

from __future__ import annotations

import time

import streamlit as st

PAINT_FIRST_S = 0.2
# The first chart of a visit makes the browser load Plotly, which stops all else for as long.
FIRST_CHART_S = 0.8

_CHARTS = "_charts_were_drawn"


def paint_first() -> None:
    """Wait before the charts are sent; to be called when they are ready.

    Plotly takes longer than all else. A control that moves again meanwhile ends the run here, so
    that a quick series of moves draws its charts once.
    """
    time.sleep(PAINT_FIRST_S if _CHARTS in st.session_state else FIRST_CHART_S)
    st.session_state[_CHARTS] = True
