"""The browser paints the answer before the rest: what is sent together is drawn together."""

from __future__ import annotations

import time

from pages._ui.state.visit import CHARTS_DRAWN

# Plotly takes longer than all else.
BEFORE_CHARTS_S = 0.2
# The first chart of a visit makes the browser load Plotly, which stops all else for as long.
BEFORE_FIRST_CHART_S = 0.8
# Tables and numbers are quick, and part of the answer.
BEFORE_NUMBERS_S = 0.05


def paint_before_charts(*, changed: bool) -> None:
    """Wait before charts are sent; to be called when they are ready.

    Args:
        changed: whether there is anything new to paint before them.

    A control that moves again meanwhile ends the run here, so that a quick series of moves draws
    its charts once.
    """
    if not CHARTS_DRAWN:
        time.sleep(BEFORE_FIRST_CHART_S)
    elif changed:
        time.sleep(BEFORE_CHARTS_S)
    CHARTS_DRAWN.set(True)


def paint_before_numbers(*, changed: bool) -> None:
    """Wait before other elements than charts are sent."""
    if changed:
        time.sleep(BEFORE_NUMBERS_S)
