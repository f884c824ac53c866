"""Recall stage by stage: how many objects some box still finds."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from rpn_core.figures.chart import Part, chart
from rpn_core.figures.palette import LEVEL_COLOURS
from rpn_core.messages import tr
from rpn_core.targets.stage_recall import StageRecall

_HATCHES = ("", "/", ".", "x")


def stage_recall_figure(recall: StageRecall, iou_threshs: Sequence[float]) -> go.Figure:
    """Draw one bar a stage and IoU threshold, first stage at the top.

    Args:
        recall: of at least one object.
        iou_threshs: from which IoU an object counts as found.
    """
    objects = recall.best_iou.shape[1]
    data: list[Part] = []
    for place, thresh in enumerate(iou_threshs):
        found = [int(row.sum()) for row in recall.found(thresh)]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": f"IoU ≥ {thresh:g}",
                "x": recall.recall(thresh),
                "y": [str(label) for label in recall.labels],
                "text": [tr("{found:,} of {all:,}", found=n, all=objects) for n in found],
                "textposition": "outside",
                "cliponaxis": False,
                "hovertemplate": f"%{{y}}, IoU ≥ {thresh:g}: %{{text}}<extra></extra>",
                "marker": {
                    "color": LEVEL_COLOURS[place],
                    "pattern": {
                        "shape": _HATCHES[place % len(_HATCHES)],
                        "fillmode": "overlay",
                        "solidity": 0.25,
                    },
                },
            }
        )
    layout: Part = {
        "barmode": "group",
        "bargap": 0.25,
        "xaxis": {
            "range": [0, 1.25],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "tickformat": ".0%",
            "title": {"text": tr("objects found")},
        },
        "yaxis": {"autorange": "reversed"},
    }
    height = 110 + 22 * len(recall.labels) * len(iou_threshs)
    return chart("stage_recall", data, layout, height=height, left=150)
