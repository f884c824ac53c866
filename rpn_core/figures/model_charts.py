"""Two charts for a model card: recall over many anchor settings, and what a score is worth."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from rpn_core.counts import count_boxes
from rpn_core.evaluation.anchor_sweep import RATIO_SETS, SweepResult
from rpn_core.evaluation.reliability import Reliability
from rpn_core.figures.chart import Part, chart
from rpn_core.figures.palette import LEVEL_COLOURS
from rpn_core.messages import tr

_MARKERS = ("circle", "square", "diamond")


def sweep_chart(swept: Sequence[tuple[str, Sequence[SweepResult], float]], count: int) -> go.Figure:
    """Draw the AR of each anchor setting against the share of objects that its anchors cover.

    Args:
        swept: for each of at most two models its name, its results, and the AR of its own
            anchors, which is drawn as a line. The second one has open markers.
        count: N of AR@N.
    """
    data: list[Part] = []
    lines: list[Part] = []
    words: list[Part] = []
    for model, (name, results, own) in enumerate(swept):
        for place, ratios in enumerate(RATIO_SETS):
            found = [result for result in results if result.anchors.ratios == ratios]
            data.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": tr("ratios {ratios}", ratios=ratios)
                    if len(swept) == 1
                    else f"{name}, {ratios}",
                    "x": [result.covered for result in found],
                    "y": [result.recall.average(count) for result in found],
                    "text": [result.anchors.name for result in found],
                    "hovertemplate": "%{text}<br>"
                    + tr("covered {covered}, AR {recall}", covered="%{x:.3f}", recall="%{y:.3f}")
                    + "<extra></extra>",
                    "marker": {
                        "symbol": _MARKERS[place] + ("-open" if model else ""),
                        "color": LEVEL_COLOURS[place],
                        "size": [6 + 2 * result.anchors.scales for result in found],
                    },
                }
            )
        dash = "dot" if model else "dash"
        lines.append(
            {"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "y0": own, "y1": own,
             "line": {"dash": dash, "width": 1}}
        )  # fmt: skip
        words.append(
            {"xref": "x domain", "x": model, "xanchor": "right" if model else "left", "y": own,
             "yanchor": "bottom", "showarrow": False, 
             "text": tr("{model}'s own anchors: {recall:.3f}", model=name, recall=own)}
        )  # fmt: skip
    layout: Part = {
        "xaxis": {"title": {"text": tr("objects that some anchor meets at IoU 0.5 (share)")}},
        "yaxis": {"title": {"text": f"AR@{count}"}, "rangemode": "tozero"},
        "shapes": lines,
        "annotations": words,
    }
    return chart("anchor_sweep", data, layout, height=420, left=64)


def reliability_chart(found: Reliability, model: str) -> go.Figure:
    """Draw the share of boxes on an object against their score; calibrated, it is the diagonal."""
    filled = found.boxes > 0
    data: list[Part] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": model,
            "x": found.mean_score[filled].tolist(),
            "y": found.on_object[filled].tolist(),
            "text": [str(count_boxes(boxes)) for boxes in found.boxes[filled].tolist()],
            "hovertemplate": tr(
                "score {score}: {share} on an object, {boxes}",
                score="%{x:.2f}",
                share="%{y:.2f}",
                boxes="%{text}",
            )
            + "<extra></extra>",
            "line": {"color": LEVEL_COLOURS[0]},
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": tr("calibrated"),
            "x": [0, 1],
            "y": [0, 1],
            "hoverinfo": "skip",
            "line": {"color": LEVEL_COLOURS[-1], "dash": "dash", "width": 1},
        },
    ]
    layout: Part = {
        "xaxis": {"range": [0, 1], "title": {"text": tr("score")}},
        "yaxis": {"range": [0, 1], "title": {"text": tr("share at IoU ≥ 0.5 with an object")}},
    }
    return chart("reliability", data, layout, height=420, left=64)
