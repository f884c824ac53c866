"""Smooth L1, and where on it the residuals of the positives lie."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import torch
import torch.nn.functional as F

from rpn_core.figures.chart import Part, chart
from rpn_core.figures.targets_palette import DELTA_COLOURS, DELTA_NAMES, DELTA_SYMBOLS
from rpn_core.messages import tr
from rpn_core.targets.loss_terms import LossTerms

POINTS = 201
_CURVE = "#8c96a5"


def smooth_l1_figure(terms: LossTerms, chosen: int | None = None) -> go.Figure:
    """Draw the curve with a mark for each of the four residuals of each positive.

    Args:
        terms: of P positives; without one, the curve alone is drawn.
        chosen: place of one positive, 0 <= chosen < P: then only its four marks are drawn.
    """
    rows = slice(None) if chosen is None else slice(chosen, chosen + 1)
    residuals, distance = terms.residuals[rows], terms.distance[rows]
    reach = max(0.5, 3 * terms.beta, 1.1 * float(residuals.abs().max()) if len(residuals) else 0)
    curve_x = torch.linspace(-reach, reach, POINTS)
    curve_y = F.smooth_l1_loss(
        curve_x, torch.zeros_like(curve_x), beta=terms.beta, reduction="none"
    )
    data: list[Part] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": tr("smooth L1"),
            "x": _short(curve_x),
            "y": _short(curve_y),
            "line": {"color": _CURVE, "width": 2},
            "hoverinfo": "skip",
        }
    ]
    for number, name in enumerate(DELTA_NAMES):
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": _short(residuals[:, number]),
                "y": _short(distance[:, number]),
                "customdata": terms.anchor[: len(terms.object)][rows].tolist(),
                "hovertemplate": tr(
                    "{name} of anchor %{{customdata}}<br>residual %{{x:.3f}}, "
                    "smooth L1 %{{y:.4f}}<extra></extra>",
                    name=name,
                ),
                "marker": {
                    "color": DELTA_COLOURS[number],
                    "symbol": DELTA_SYMBOLS[number],
                    "size": 7 if chosen is None else 11,
                    "opacity": 0.7 if chosen is None else 1,
                },
            }
        )
    beta = f"{terms.beta:.3g}"
    layout: Part = {
        "xaxis": {"title": {"text": tr("residual: delta of the head - target")}, "nticks": 7},
        "yaxis": {"title": {"text": tr("smooth L1")}, "rangemode": "tozero", "nticks": 5},
    }
    if terms.beta > 0:
        layout["shapes"] = [
            {
                "type": "rect",
                "xref": "x",
                "yref": "y domain",
                "x0": -terms.beta,
                "x1": terms.beta,
                "y0": 0,
                "y1": 1,
                "layer": "below",
                "fillcolor": "rgba(140,150,165,0.18)",
                "line": {"width": 0},
            }
        ]
        layout["annotations"] = [
            {
                "text": tr(
                    "|residual| < beta = {beta}: parabola",
                    beta=beta,
                ),
                "showarrow": False,
                "x": 0,
                "y": 1,
                "yref": "y domain",
                "yanchor": "top",
                "xanchor": "center",
            }
        ]
    return chart("smooth_l1", data, layout, height=300, left=64)


def _short(values: torch.Tensor) -> list[float]:
    return [float(f"{value:.5g}") for value in np.asarray(values)]
