"""How scores and deltas are distributed. Bars are counted here: 50 numbers travel, not 30,000."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots
from torch import Tensor

from rpn_core.fate import Fate
from rpn_core.figures.chart import finish
from rpn_core.figures.palette import FATE_STYLES

BINS = 50

_ALL = FATE_STYLES[Fate.BELOW_PRE_NMS_TOP_N].colour
_KEPT = FATE_STYLES[Fate.KEPT].colour
_THRESHOLD = FATE_STYLES[Fate.BELOW_SCORE]

_DELTAS = (
    "dx (anchor widths)",
    "dy (anchor heights)",
    "dw (log of w / wa)",
    "dh (log of h / ha)",
)

Counts = NDArray[np.int64]
Edges = NDArray[np.float64]


def _finite(values: Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = values.detach().cpu().numpy()
    return array[np.isfinite(array)]


def _edges(values: NDArray[np.float32]) -> Edges:
    """The ends of 50 equal bars over all values; around 0 when there is none to go by."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    if high - low < 1e-6:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, BINS + 1)


def _bars(
    values: NDArray[np.float32], edges: Edges, *, name: str, colour: str, hatch: str, share: bool
) -> go.Bar:
    counts: Counts = np.histogram(values, edges)[0]
    heights = counts / max(1, counts.sum()) * 100 if share else counts
    return go.Bar(
        name=name,
        legendgroup=name,
        x=((edges[:-1] + edges[1:]) / 2).tolist(),
        y=heights.tolist(),
        width=float(edges[1] - edges[0]),
        hovertext=[
            f"{name}<br>{low:.3g} to {high:.3g}: {count:,} of {len(values):,}"
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={
            "color": colour,
            "opacity": 0.8,
            "line": {"width": 0},
            "pattern": {"shape": hatch, "fillmode": "overlay", "solidity": 0.2},
        },
    )


def score_histogram(scores: Tensor, kept: Tensor, score_thresh: float) -> go.Figure:
    """Draw how many anchors have which score, and how many of those were kept.

    Args:
        scores: (R,) float in [0, 1].
        kept: (K,) int64, the anchors that became proposals.
        score_thresh: drawn as a line, unless it is 0 and drops nothing.
    Returns:
        a figure with a logarithmic count: most anchors lie on background, next to score 0, and
        would make every other bar invisible.
    """
    edges = np.linspace(0, 1, BINS + 1)
    figure = go.Figure(
        [
            _bars(_finite(scores), edges, name="all anchors", colour=_ALL, hatch="", share=False),
            _bars(_finite(scores[kept]), edges, name="kept", colour=_KEPT, hatch="/", share=False),
        ]
    )
    if score_thresh > 0:
        figure.add_vline(
            score_thresh,
            line={"color": _THRESHOLD.colour, "dash": _THRESHOLD.plotly_dash, "width": 2},
            annotation={"text": f"threshold {score_thresh:g}"},
            annotation_position="top left" if score_thresh > 0.5 else "top right",
        )
    figure.update_layout(barmode="overlay", bargap=0)
    figure.update_xaxes(range=[0, 1], title_text="score (probability of foreground)")
    figure.update_yaxes(type="log", dtick=1, title_text="anchors (log scale)")
    return finish(figure, "scores", 280)


def delta_histograms(deltas: Tensor, candidates: Tensor, kept: Tensor) -> go.Figure:
    """Draw how far the network moves and stretches anchors: one small chart a delta.

    Args:
        deltas: (R, 4) float, (dx, dy, dw, dh).
        candidates: (M,) int64, the anchors that entered NMS.
        kept: (K,) int64, those that became proposals.
    Returns:
        a figure of 2 x 2 charts; heights are shares of each group, since the groups differ in
        size by far and the shapes are what is compared.
    """
    figure = make_subplots(rows=2, cols=2, horizontal_spacing=0.14, vertical_spacing=0.24)
    for number, title in enumerate(_DELTAS):
        row, column = number // 2 + 1, number % 2 + 1
        entered = _finite(deltas[candidates, number])
        edges = _edges(entered)
        groups = (
            ("entered NMS", _ALL, "", entered),
            ("kept", _KEPT, "/", _finite(deltas[kept, number])),
        )
        for name, colour, hatch, values in groups:
            bars = _bars(values, edges, name=name, colour=colour, hatch=hatch, share=True)
            bars.showlegend = number == 0
            figure.add_trace(bars, row, column)
        figure.update_xaxes(title_text=title, nticks=5, tickangle=0, row=row, col=column)
    figure.update_layout(barmode="overlay", bargap=0)
    figure.update_yaxes(nticks=4, rangemode="tozero")
    figure.update_yaxes(title_text="% of boxes", col=1)
    return finish(figure, "deltas", 420)
