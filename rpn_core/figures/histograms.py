"""How scores and deltas are distributed. Bins are counted here: 50 numbers travel, not 30,000.

A histogram is drawn as one stepped line: a browser takes many times as long over 50 bars.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from torch import Tensor

from rpn_core.figures.chart import Part, chart
from rpn_core.figures.palette import FATE_STYLES
from rpn_core.messages import msg, tr
from rpn_core.stages.fate import Fate

BINS = 50
NONE = 0.5  # where "no anchor" lies on a logarithmic axis

_ALL = FATE_STYLES[Fate.BELOW_PRE_NMS_TOP_N].colour
_KEPT = FATE_STYLES[Fate.KEPT].colour
_THRESHOLD = FATE_STYLES[Fate.BELOW_SCORE]

_DELTAS = (
    msg("dx (anchor widths)"),
    msg("dy (anchor heights)"),
    msg("dw (log of w / wa)"),
    msg("dh (log of h / ha)"),
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


def _steps(
    values: NDArray[np.float32], edges: Edges, *, name: str, kept: bool, share: bool
) -> Part:
    """One histogram; the group that was kept is a line, the one it came from an area."""
    counts: Counts = np.histogram(values, edges)[0]
    heights = counts / max(1, counts.sum()) * 100 if share else counts
    hovertext = [
        tr(
            "{group}<br>{low:.3g} to {high:.3g}: {part:,} of {whole:,}",
            group=name,
            low=low,
            high=high,
            part=count,
            whole=len(values),
        )
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]
    look: Part = (
        {"line": {"color": _KEPT, "width": 2, "shape": "hv"}}
        if kept
        else {"line": {"color": _ALL, "width": 1, "shape": "hv"}, "fill": "tozeroy"}
    )
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "legendgroup": name,
        # A step holds from its edge to the next; the last edge ends the last step.
        "x": [float(f"{edge:.6g}") for edge in edges],
        "y": [float(f"{height:.6g}") for height in (*heights, heights[-1])],
        "hovertext": [*hovertext, hovertext[-1]],
        "hovertemplate": "%{hovertext}<extra></extra>",
        **look,
    }


def score_histogram(scores: Tensor, kept: Tensor, score_thresh: float) -> go.Figure:
    """Draw how many anchors have which score, and how many of those were kept.

    Args:
        scores: (R,) float in [0, 1].
        kept: (K,) int64, the anchors that became proposals.
        score_thresh: drawn as a line, unless it is 0 and drops nothing.
    Returns:
        a figure with a logarithmic count: most anchors lie on background, next to score 0, and
        would make every other bin invisible. Its lowest value is half an anchor, which stands
        for none.
    """
    edges = np.linspace(0, 1, BINS + 1)
    data = [
        _steps(_finite(scores), edges, name=tr("all anchors"), kept=False, share=False),
        _steps(_finite(scores[kept]), edges, name=tr("kept"), kept=True, share=False),
    ]
    top = 2 * max(1.0, *data[0]["y"])
    for trace in data:
        trace["y"] = [max(NONE, count) for count in trace["y"]]
    layout: Part = {
        "xaxis": {"range": [0, 1], "title": {"text": tr("score (probability of foreground)")}},
        "yaxis": {
            "type": "log", "dtick": 1, "title": {"text": tr("anchors (log scale)")},
            "range": [float(np.log10(NONE)), float(np.log10(top))],
        },
    }  # fmt: skip
    if score_thresh > 0:
        layout |= _threshold_line(score_thresh)
    return chart("scores", data, layout, height=280, left=64)


def _threshold_line(score_thresh: float) -> Part:
    ends = {"x0": score_thresh, "x1": score_thresh, "y0": 0, "y1": 1}
    line = {"color": _THRESHOLD.colour, "dash": _THRESHOLD.plotly_dash, "width": 2}
    words = {
        "text": tr("threshold {score:g}", score=score_thresh),
        "showarrow": False, "x": score_thresh, "y": 1,
        "yref": "y domain", "yanchor": "top",
        "xanchor": "right" if score_thresh > 0.5 else "left",
    }  # fmt: skip
    return {
        "shapes": [{"type": "line", "yref": "y domain", "line": line, **ends}],
        "annotations": [words],
    }


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
    data: list[Part] = []
    layout: Part = {}
    for number, title in enumerate(_DELTAS):
        axis = "" if number == 0 else str(number + 1)
        entered = _finite(deltas[candidates, number])
        edges = _edges(entered)
        for name, is_kept, values in (
            (tr("entered NMS"), False, entered),
            (tr("kept"), True, _finite(deltas[kept, number])),
        ):
            steps = _steps(values, edges, name=name, kept=is_kept, share=True)
            place = {"xaxis": f"x{axis}", "yaxis": f"y{axis}", "showlegend": number == 0}
            data.append({**steps, **place})
        left, top = number % 2 == 0, number < 2
        layout[f"xaxis{axis}"] = {
            "title": {"text": str(title)}, "nticks": 5, "tickangle": 0, "anchor": f"y{axis}",
            "domain": [0, 0.43] if left else [0.57, 1],
        }  # fmt: skip
        layout[f"yaxis{axis}"] = {
            "nticks": 4, "rangemode": "tozero", "anchor": f"x{axis}",
            "domain": [0.62, 1] if top else [0, 0.38],
            **({"title": {"text": tr("% of boxes")}} if left else {}),
        }  # fmt: skip
    return chart("deltas", data, layout, height=420, left=56)
