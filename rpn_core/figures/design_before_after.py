"""Designs side by side: which share of the objects meets an anchor, at every IoU."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from rpn_core.counts import part_of_objects
from rpn_core.design.coverage import Coverage
from rpn_core.figures.chart import Part, chart
from rpn_core.figures.palette import LEVEL_COLOURS
from rpn_core.messages import tr

_STEPS = np.linspace(0, 1, 101)
_DASHES = ("dash", "solid", "dot", "dashdot")


def coverage_curves(designs: Mapping[str, Coverage]) -> go.Figure:
    """Draw best possible recall against the IoU that counts as met, one line a design.

    The area under a line is its mean best IoU.

    Args:
        designs: name -> coverage, of the same objects.
    """
    data: list[Part] = []
    for place, (name, found) in enumerate(designs.items()):
        best = np.sort(found.placed_iou)
        # At least, not more than: an IoU on the threshold is met.
        met = len(best) - np.searchsorted(best, _STEPS.astype(np.float32), side="left")
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": tr(
                    "{name}, mean {mean_iou:.3f}",
                    name=name,
                    mean_iou=found.mean_iou,
                ),
                "x": _STEPS.round(2).tolist(),
                "y": (met / max(len(best), 1)).round(5).tolist(),
                "hovertext": [
                    tr(
                        "{name}<br>IoU {at:.2f} or more: {objects}",
                        name=name,
                        at=at,
                        objects=part_of_objects(n, len(best)),
                    )
                    for at, n in zip(_STEPS, met.tolist(), strict=True)
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "line": {
                    "color": LEVEL_COLOURS[place % len(LEVEL_COLOURS)],
                    "dash": _DASHES[place % len(_DASHES)],
                    "width": 2,
                },
            }
        )
    layout: Part = {
        "xaxis": {"range": [0, 1], "title": {"text": tr("IoU from which an anchor counts")}},
        "yaxis": {"range": [0, 1.02], "title": {"text": tr("share of objects that meet one")}},
    }
    return chart("coverage_curves", data, layout, height=360, left=64)
