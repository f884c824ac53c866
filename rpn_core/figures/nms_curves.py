"""Boxes and objects against the NMS threshold, with the threshold in force marked."""

from __future__ import annotations

import plotly.graph_objects as go

from rpn_core.figures.chart import Part, chart
from rpn_core.figures.palette import LEVEL_COLOURS
from rpn_core.messages import tr
from rpn_core.nms_analysis.curves import ThresholdCurves
from rpn_core.nms_analysis.survival import THRESHOLDS


def _line(name: str, y: list[float], place: int, dash: str, digits: str, axis: str) -> Part:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": THRESHOLDS.tolist(),
        "y": y,
        "yaxis": axis,
        "line": {"color": LEVEL_COLOURS[place], "dash": dash, "width": 2, "shape": "hv"},
        "hovertemplate": tr("IoU {iou}: {count}", iou="%{x:.2f}", count=f"%{{y:{digits}}}")
        + f"<extra>{name}</extra>",
    }


def _marker(threshold: float) -> Part:
    """A line across both parts at the threshold in force."""
    return {
        "type": "line", "xref": "x", "yref": "paper", "x0": threshold, "x1": threshold,
        "y0": 0, "y1": 1, "line": {"color": "#d55e00", "width": 2, "dash": "dot"},
    }  # fmt: skip


def _words(threshold: float) -> Part:
    right = threshold < 0.5  # in the gap between the parts, on the side where there is room
    return {
        "x": threshold, "xref": "x", "y": 0.5, "yref": "paper", "yanchor": "middle",
        "xanchor": "left" if right else "right", 
        "text": tr("now {threshold:g}", threshold=threshold),
        "showarrow": False, "font": {"color": "#d55e00"},
    }  # fmt: skip


def threshold_figure(curves: ThresholdCurves, threshold: float | None) -> go.Figure:
    """Draw kept boxes and, where there are objects, recall and duplicates against the threshold.

    Args:
        curves: at 101 thresholds.
        threshold: the one in force; None where the method has none.
    Returns:
        a figure of one part or, with objects, of two above each other that share the x axis.
    """
    with_objects = curves.found.shape[1] > 0
    data = [
        _line(tr("survive NMS"), curves.survivors.tolist(), 0, "solid", ",", "y"),
        _line(tr("kept: best N"), curves.kept.tolist(), 2, "dash", ",", "y"),
    ]
    layout: Part = {
        "xaxis": {"range": [0, 1], "title": {"text": tr("NMS IoU threshold")}, "anchor": "y"},
        "yaxis": {"title": {"text": tr("boxes")}, "rangemode": "tozero", "nticks": 5},
        "shapes": [] if threshold is None else [_marker(threshold)],
        "annotations": [] if threshold is None else [_words(threshold)],
        "hovermode": "x unified",
    }
    if with_objects:
        each = curves.duplicates.mean(1).tolist()
        data += [
            _line(tr("recall"), curves.recall.tolist(), 1, "solid", ".3f", "y2"),
            _line(tr("duplicates an object"), each, 3, "dot", ".2f", "y3"),
        ]
        layout["xaxis"]["anchor"] = "y2"
        layout["yaxis"]["domain"] = [0.58, 1]
        layout["yaxis2"] = {
            "domain": [0, 0.42], "range": [0, 1.05], "anchor": "x", "nticks": 4,
            "title": {"text": tr("recall at IoU {iou:g}", iou=curves.object_iou)},
        }  # fmt: skip
        layout["yaxis3"] = {
            "overlaying": "y2", "side": "right", "anchor": "x", "rangemode": "tozero",
            "nticks": 4, "showgrid": False, "title": {"text": tr("duplicates")},
        }  # fmt: skip
    figure = chart("nms_curves", data, layout, height=430 if with_objects else 280, left=64)
    # On a narrow page the legend needs a line for each curve.
    figure.layout["margin"]["t"] = 24 * len(data)
    if with_objects:
        figure.layout["margin"]["r"] = 56
    return figure
