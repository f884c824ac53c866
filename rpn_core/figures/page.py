"""Several charts as one HTML file that needs no network."""

from __future__ import annotations

import html
from collections.abc import Sequence

import plotly.graph_objects as go


def html_page(title: str, figures: Sequence[go.Figure]) -> str:
    """The figures one below the other; the first brings Plotly's own script along."""
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=place == 0)
        for place, figure in enumerate(figures)
    ]
    head = f"<!doctype html><meta charset='utf-8'><title>{html.escape(title)}</title>"
    return head + "".join(parts)
