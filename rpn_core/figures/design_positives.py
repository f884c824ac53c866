"""How many anchors learn from each object."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from rpn_core.counts import part_of_objects
from rpn_core.design.coverage import Coverage
from rpn_core.figures.chart import Part, chart
from rpn_core.figures.palette import LEVEL_COLOURS
from rpn_core.messages import msg, tr

_FROM = (0, 1, 2, 4, 8, 16, 32, 64)
_NAMES = ("0", "1", "2-3", "4-7", "8-15", "16-31", "32-63", msg("64 and more"))


def positives_chart(found: Coverage) -> go.Figure:
    """Draw how many objects have how many positives, without and with the low-quality rule."""
    edges = np.array([*_FROM, np.iinfo(np.int64).max])
    kinds = (
        (
            tr(
                "IoU {fg_iou_thresh:g} or more",
                fg_iou_thresh=found.fg_iou_thresh,
            ),
            found.positives,
            LEVEL_COLOURS[5],
            "",
        ),
        (tr("with the low-quality rule"), found.positives_in_all, LEVEL_COLOURS[0], "/"),
    )
    data: list[Part] = []
    for name, values, colour, hatch in kinds:
        counts = np.histogram(values, edges)[0].tolist()
        data.append(
            {
                "type": "bar",
                "name": name,
                "x": [str(name) for name in _NAMES],
                "y": counts,
                "hovertext": [
                    tr(
                        "Positives: {positives}, {name}<br>{objects}",
                        positives=positives,
                        name=name,
                        objects=part_of_objects(count, len(values)),
                    )
                    for positives, count in zip(_NAMES, counts, strict=True)
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": {
                    "color": colour,
                    "pattern": {"shape": hatch, "fillmode": "overlay", "solidity": 0.2},
                },
            }
        )
    layout: Part = {
        "barmode": "group",
        "xaxis": {"type": "category", "title": {"text": tr("positives of an object")}},
        "yaxis": {"rangemode": "tozero", "title": {"text": tr("objects")}},
    }
    return chart("positives", data, layout, height=320, left=64)
