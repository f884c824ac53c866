"""How well anchors meet the objects of a data set: by group, and as a distribution."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from rpn_core.counts import count_objects
from rpn_core.design.coverage import Coverage
from rpn_core.design.groups import GroupCoverage, GroupKind
from rpn_core.figures.chart import Part, chart
from rpn_core.messages import msg, tr

GROUPS_SHOWN = 20
BINS = 50
# Okabe & Ito; each also has a hatch of its own.
_PARTS = (
    (msg("meets an anchor"), "#009e73", ""),
    (msg("the grid steps over it"), "#e69f00", "/"),
    (msg("no shape fits"), "#d55e00", "x"),
)


def group_chart(
    groups: Sequence[GroupCoverage], kind: GroupKind, fg_iou_thresh: float
) -> go.Figure:
    """Draw, for each group of a kind, which share of its objects can be a positive, and why not.

    Args:
        groups: of any kinds; those of `kind` that have objects are drawn, at most GROUPS_SHOWN.
        fg_iou_thresh: what the shares were counted at.
    """
    shown = [group for group in groups if group.kind == kind and group.objects][:GROUPS_SHOWN]
    names = [_name(group) for group in shown]
    data: list[Part] = []
    for place, (words, colour, hatch) in enumerate(_PARTS):
        counts = [_counts(group)[place] for group in shown]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": str(words),
                # Groups may share a name; a bar's place may not.
                "y": list(range(len(shown))),
                "x": [count / group.objects for count, group in zip(counts, shown, strict=True)],
                "hovertext": [
                    f"{name}<br>{words}: {count:,}"
                    for name, count, group in zip(names, counts, shown, strict=True)
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "marker": {
                    "color": colour,
                    "pattern": {"shape": hatch, "fillmode": "overlay", "solidity": 0.2},
                },
            }
        )
    layout: Part = {
        "barmode": "stack",
        "bargap": 0.35,
        "xaxis": {
            "range": [0, 1.0],
            "tickformat": ".0%",
            "nticks": 5,
            "title": {
                "text": tr(
                    "share of objects, at IoU {fg_iou_thresh:g}",
                    fg_iou_thresh=fg_iou_thresh,
                )
            },
        },
        "yaxis": {
            "autorange": "reversed",
            "tickvals": list(range(len(shown))),
            "ticktext": names,
        },
    }
    return chart("groups", data, layout, height=140 + 44 * max(1, len(shown)), left=150)


def _counts(group: GroupCoverage) -> tuple[int, int, int]:
    missed = group.stepped_over + group.unreachable
    return group.objects - missed, group.stepped_over, group.unreachable


def _name(group: GroupCoverage) -> str:
    """Plotly renders a part of HTML: a category's name is shown as it is, and not endless."""
    count = count_objects(group.objects)
    if group.kind != "category":
        return f"{group.name}<br><sub>{count}</sub>"
    shown = " ".join(str(group.name).split())
    shown = shown if len(shown) <= 22 else f"{shown[:21]}…"
    return f"{html.escape(shown, quote=False)}<br><sub>{count}</sub>"


def iou_histogram(found: Coverage) -> go.Figure:
    """Draw how many objects have which best IoU: by shape alone, and on the true grids."""
    edges = np.linspace(0, 1, BINS + 1)
    thresh = found.fg_iou_thresh
    line = {"color": "#d55e00", "dash": "8px,3px,2px,3px", "width": 2}
    layout: Part = {
        "xaxis": {"range": [0, 1], "title": {"text": tr("best IoU of an object")}},
        "yaxis": {"rangemode": "tozero", "title": {"text": tr("objects")}},
        "shapes": [
            {
                "type": "line",
                "yref": "y domain",
                "x0": thresh,
                "x1": thresh,
                "y0": 0,
                "y1": 1,
                "line": line,
            }
        ],
        "annotations": [
            {
                "text": tr(
                    "foreground {thresh:g}",
                    thresh=thresh,
                ),
                "showarrow": False,
                "x": thresh,
                "y": 1,
                "yref": "y domain",
                "yanchor": "top",
                "xanchor": "right",
                "xshift": -4,
            }
        ],
    }
    data = [
        _steps(
            tr("shape only"), found.shape_iou, edges, {"color": "#8c96a5", "width": 1}, fill=True
        ),
        _steps(
            tr("on the grid"), found.placed_iou, edges, {"color": "#56b4e9", "width": 2}, fill=False
        ),
    ]
    return chart("best_iou", data, layout, height=420, left=60)


def _steps(
    name: str, values: NDArray[np.float32], edges: NDArray[np.float64], line: Part, *, fill: bool
) -> Part:
    counts = np.histogram(values, edges)[0]
    words = [
        tr(
            "{name}<br>{low:.2f} to {high:.2f}: {objects:,} of {all:,}",
            name=name,
            low=low,
            high=high,
            objects=count,
            all=len(values),
        )
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": edges.round(4).tolist(),
        "y": [*counts.tolist(), int(counts[-1])],
        "hovertext": [*words, words[-1]],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "line": {**line, "shape": "hv"},
        **({"fill": "tozeroy"} if fill else {}),
    }
