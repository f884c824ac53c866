"""Sizes and ratios of a data set's boxes, with the anchors among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from rpn_core.counts import count_objects, part_of_objects
from rpn_core.design.objects import DesignObjects
from rpn_core.design.shapes import ShapeTable
from rpn_core.figures.chart import Part, chart
from rpn_core.figures.palette import LEVEL_COLOURS
from rpn_core.messages import tr
from rpn_core.settings.spelling import spell_sides

POINTS = 1500  # up to so many objects are points; more are counted in cells
CELLS_XY = (48, 36)
_GREY = "#8c96a5"
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star", "pentagon")
_RATIOS = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16)

# Both axes are log2: the axes are linear in it, so that a brushed region is read off directly.
F = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Region:
    """A brushed part of the plane.

    Attributes:
        size: from, to; sqrt(area), pixels of the network input.
        ratio: from, to; h/w.
    """

    size: tuple[float, float]
    ratio: tuple[float, float]

    def holds(self, wh: NDArray[np.float32]) -> NDArray[np.int64]:
        """Which of (M, 2) widths and heights lie inside: their places, ascending."""
        size, ratio = size_and_ratio(wh)
        within = (size >= self.size[0]) & (size <= self.size[1])
        return np.flatnonzero(within & (ratio >= self.ratio[0]) & (ratio <= self.ratio[1]))


def region_of_box(x: tuple[float, float], y: tuple[float, float]) -> Region:
    """What a rectangle in the chart's own coordinates means.

    >>> region_of_box((6, 5), (-1, 1))
    Region(size=(32.0, 64.0), ratio=(0.5, 2.0))
    """
    low, high = sorted(x)
    flat, tall = sorted(y)
    return Region((float(2.0**low), float(2.0**high)), (float(2.0**flat), float(2.0**tall)))


def size_and_ratio(wh: NDArray[np.float32]) -> tuple[F, F]:
    """sqrt(area) and h/w of (M, 2) sides."""
    sides = wh.astype(np.float64)
    return np.sqrt(sides.prod(axis=1)), sides[:, 1] / sides[:, 0]


def anchor_plane(objects: DesignObjects, table: ShapeTable, strides: tuple[int, ...]) -> go.Figure:
    """Draw every object by its size and ratio, and every anchor shape.

    Few objects are points; many are counted in cells, so that a million cost what a thousand do.
    The chart is brushed: dragging selects a rectangle.

    Args:
        objects: sides in pixels of the network input.
        table: the shapes of all levels.
        strides: of the levels, for the legend.
    """
    size, ratio = size_and_ratio(objects.wh)
    x, y = np.log2(size), np.log2(ratio)
    shape_x = np.log2(table.size_ratio[:, 0].astype(np.float64))
    shape_y = np.log2(table.size_ratio[:, 1].astype(np.float64))
    limits_x = _limits(np.concatenate((x, shape_x)), 3, 9)
    limits_y = _limits(np.concatenate((y, shape_y)), -2, 2)
    draw = _points if len(objects) <= POINTS else _cells
    data = draw(x, y, limits_x, limits_y) if len(objects) else []
    for level, stride in enumerate(strides):
        held = np.flatnonzero(table.level == level)
        if len(held):
            data.append(_shapes(level, stride, table, held, shape_x, shape_y))
    ticks = np.arange(np.ceil(limits_x[0]), np.floor(limits_x[1]) + 1)
    shown = [r for r in _RATIOS if limits_y[0] <= np.log2(r) <= limits_y[1]]
    layout: Part = {
        "dragmode": "select",
        "selectdirection": "any",
        "xaxis": {
            "range": list(limits_x),
            "tickvals": ticks.tolist(),
            "ticktext": [f"{2**tick:g}" for tick in ticks],
            "title": {"text": tr("size, sqrt(w × h), px of the network input")},
        },
        "yaxis": {
            "range": list(limits_y),
            "tickvals": [float(np.log2(r)) for r in shown],
            "ticktext": [f"{r:g}" if r >= 1 else f"1/{1 / r:g}" for r in shown],
            "title": {"text": tr("ratio h/w")},
        },
    }
    return chart("anchor_plane", data, layout, height=420, left=60)


def _limits(values: F, low: float, high: float) -> tuple[float, float]:
    """All values with some room, and at least low..high."""
    finite = values[np.isfinite(values)]
    if len(finite):
        low, high = min(low, float(finite.min()) - 0.2), max(high, float(finite.max()) + 0.2)
    return low, high


def _points(x: F, y: F, limits_x: tuple[float, float], limits_y: tuple[float, float]) -> list[Part]:
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": str(count_objects(len(x))),
            "x": x.round(4).tolist(),
            "y": y.round(4).tolist(),
            "hovertext": [
                tr(
                    "object of {a:.0f} px, h/w {b:.2f}",
                    a=2**a,
                    b=2**b,
                )
                for a, b in zip(x, y, strict=True)
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "marker": {"color": _GREY, "size": 6, "opacity": 0.6},
        }
    ]


def _cells(x: F, y: F, limits_x: tuple[float, float], limits_y: tuple[float, float]) -> list[Part]:
    counts, edges_x, edges_y = np.histogram2d(
        x, y, bins=CELLS_XY, range=[list(limits_x), list(limits_y)]
    )
    middle_x, middle_y = (edges_x[1:] + edges_x[:-1]) / 2, (edges_y[1:] + edges_y[:-1]) / 2
    there = counts > 0
    # A logarithm, or the one crowded cell would make every other invisible.
    shade = np.where(there, np.log10(np.maximum(counts, 1)) + 0.3, np.nan)
    words = [
        [
            tr(
                "{objects}<br>about {a:.0f} px, h/w {b:.2f}",
                objects=part_of_objects(int(n), len(x)),
                a=2**a,
                b=2**b,
            )
            for a, n in zip(middle_x, row, strict=True)
        ]
        for b, row in zip(middle_y, counts.T, strict=True)
    ]
    return [
        {
            "type": "heatmap",
            "x": middle_x.round(4).tolist(),
            "y": middle_y.round(4).tolist(),
            "z": [[None if np.isnan(v) else round(float(v), 2) for v in row] for row in shade.T],
            "text": words,
            "hovertemplate": "%{text}<extra></extra>",
            "showscale": False,
            "zmin": 0,
            "colorscale": [[0, "rgba(140,150,165,0.08)"], [1, "rgba(86,110,140,0.95)"]],
            "name": str(count_objects(len(x))),
        }
    ]


def _shapes(
    level: int, stride: int, table: ShapeTable, held: NDArray[np.int64], x: F, y: F
) -> Part:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": tr(
            "anchors, stride {stride}",
            stride=stride,
        ),
        "x": x[held].round(4).tolist(),
        "y": y[held].round(4).tolist(),
        "hovertext": [
            tr(
                "anchor {sides} px, size {size:.4g} px, h/w {ratio:.3g}, stride {stride}",
                sides=spell_sides(sides),
                size=size,
                ratio=ratio,
                stride=stride,
            )
            for (size, ratio), sides in zip(
                table.size_ratio[held].tolist(), table.wh[held].tolist(), strict=True
            )
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": LEVEL_COLOURS[level % len(LEVEL_COLOURS)],
            "size": 11,
            "symbol": _SYMBOLS[level % len(_SYMBOLS)],
            "line": {"width": 1.5, "color": "#ffffff"},
        },
        # A brush must not make the anchors pale.
        "unselected": {"marker": {"opacity": 1}},
    }
