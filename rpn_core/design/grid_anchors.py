"""The anchors on the grids of all images, for compiled loops: laid one at a time, when needed.

Letters: N images, L levels, S shapes of all levels together.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.shapes import Grids, ShapeTable
from rpn_core.geometry.compiled import inlined

F = NDArray[np.float32]
I = NDArray[np.int64]  # noqa: E741


class GridAnchors(NamedTuple):
    """What a compiled loop has to know of them.

    Attributes:
        cells, strides: (N, L, 2) of `Grids`, rows first.
        offset: of a cell's point from its corner, in strides.
        shapes, level: (S, 4) and (S,) of `ShapeTable`.
    """

    cells: I
    strides: F
    offset: np.float32
    shapes: F
    level: I


class Window(NamedTuple):
    """Rows and columns of a grid, first and last of each; empty where the last is the lower."""

    top: int
    bottom: int
    left: int
    right: int


def grid_anchors(grids: Grids, table: ShapeTable) -> GridAnchors:
    """The shapes of a table on every cell of the grids of their level."""
    return GridAnchors(
        grids.cells_hw, grids.stride_hw, np.float32(grids.offset), table.boxes, table.level
    )


@inlined
def row_of(boxes: Any, m: Any) -> Any:
    """A box of many as (x1, y1, x2, y2)."""
    return boxes[m, 0], boxes[m, 1], boxes[m, 2], boxes[m, 3]


@inlined
def point(place: Any, stride: Any, offset: Any) -> Any:
    """Where the cells of a row or column have their point, as `lay_anchors` rounds it."""
    return (np.float32(place) + offset) * stride


@inlined
def anchor_at(shape: Any, x: Any, y: Any) -> Any:
    """A shape around a point: (x1, y1, x2, y2)."""
    return x + shape[0], y + shape[1], x + shape[2], y + shape[3]


@inlined
def nearest(centre: Any, stride: Any, offset: Any, cells: Any) -> Any:
    """The row or column whose point lies nearest to a centre."""
    place = int(np.rint(np.float64(centre) / np.float64(stride) - np.float64(offset)))
    return min(max(place, 0), cells - 1)


@inlined
def window(box: Any, shape: Any, cells: Any, strides: Any, offset: Any, floor: Any) -> Any:
    """The cells of a level outside of which no anchor of a shape has IoU >= floor with a box.

    Args:
        cells, strides: (2,), of this level.
    """
    x1, y1, x2, y2 = np.float64(box[0]), np.float64(box[1]), np.float64(box[2]), np.float64(box[3])
    aw, ah = np.float64(shape[2] - shape[0]), np.float64(shape[3] - shape[1])
    reach_x, reach_y = _reaches(x2 - x1, y2 - y1, aw, ah, floor)
    if reach_x < 0:
        return Window(0, -1, 0, -1)
    top, bottom = _span((y1 + y2) / 2, reach_y, np.float64(strides[0]), offset, cells[0])
    left, right = _span((x1 + x2) / 2, reach_x, np.float64(strides[1]), offset, cells[1])
    return Window(top, bottom, left, right)


@inlined
def cells_in(window: Any) -> Any:
    """How many cells a window has."""
    return max(window.bottom - window.top + 1, 0) * max(window.right - window.left + 1, 0)


@inlined
def _reaches(w: Any, h: Any, aw: Any, ah: Any, floor: Any) -> Any:
    """How far in x and in y the anchor's centre may lie from the object's for IoU >= floor;
    negative when no place would do."""
    need = floor / (1.0 + floor) * (w * h + aw * ah)
    ox, oy = min(w, aw), min(h, ah)
    if need > ox * oy:
        return -1.0, -1.0
    return (w + aw) / 2 - need / oy, (h + ah) / 2 - need / ox


@inlined
def _span(centre: Any, reach: Any, stride: Any, offset: Any, cells: Any) -> Any:
    """First and last cell whose point lies within `reach` of the centre."""
    # A hair wider, for the rounding of float32: every anchor in it is judged by its own IoU.
    hair = 1e-3 + 1e-6 * abs(centre)
    low = int(np.ceil((centre - reach - hair) / stride - offset))
    high = int(np.floor((centre + reach + hair) / stride - offset))
    return max(low, 0), min(high, cells - 1)
