"""Recall of several ways to propose, against the number of proposals and against IoU."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from rpn_core.evaluation.found_ranks import IOU_THRESHS
from rpn_core.evaluation.recall import GroupRecall
from rpn_core.figures.chart import Part, chart
from rpn_core.figures.palette import LEVEL_COLOURS
from rpn_core.messages import ntr, tr

COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 1000)
# Lines differ by dash and marker too: colour never carries a meaning alone.
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_MARKERS = ("circle", "square", "diamond", "cross", "x", "triangle-up")


def _line(place: int, name: str, x: tuple[float, ...], y: list[float]) -> Part:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": list(x),
        "y": y,
        "line": {
            "color": LEVEL_COLOURS[place % len(LEVEL_COLOURS)],
            "dash": _DASHES[place % len(_DASHES)],
        },
        "marker": {"symbol": _MARKERS[place % len(_MARKERS)], "size": 7},
        "hovertemplate": tr("{recall} at {x}", recall="%{y:.3f}", x="%{x}")
        + f"<extra>{name}</extra>",
    }


def recall_by_count(methods: Mapping[str, GroupRecall]) -> go.Figure:
    """Draw average recall (IoU 0.50:0.95) against the number of proposals."""
    lines = [
        _line(place, name, COUNTS, [recall.average(count) for count in COUNTS])
        for place, (name, recall) in enumerate(methods.items())
    ]
    layout: Part = {
        "xaxis": {"type": "log", "title": {"text": tr("best N proposals of an image")}},
        "yaxis": {"range": [0, 1], "title": {"text": tr("average recall, IoU 0.50 to 0.95")}},
    }
    return chart("recall_by_count", lines, layout, height=420, left=64)


def recall_by_iou(methods: Mapping[str, GroupRecall], count: int) -> go.Figure:
    """Draw the recall of the best `count` proposals against the IoU that counts as found."""
    lines = [
        _line(place, name, IOU_THRESHS, [recall.at(count, iou) for iou in IOU_THRESHS])
        for place, (name, recall) in enumerate(methods.items())
    ]
    layout: Part = {
        "xaxis": {"title": {"text": tr("IoU from which an object counts as found")}},
        "yaxis": {
            "range": [0, 1],
            "title": {
                "text": ntr(
                    "recall of the best proposal",
                    "recall of the best {count} proposals",
                    count=count,
                )
            },
        },
    }
    return chart("recall_by_iou", lines, layout, height=420, left=64)
