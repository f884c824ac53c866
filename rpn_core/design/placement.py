"""Where the grids put anchors relative to each object, once for all shapes.

Letters: L levels, M objects.

Which grid point is best for an object does not depend on the anchor's shape (see `placed_iou`).
So the search for shapes needs of the grids only how far the nearest point of each level lies
from the object's centre, and one trial shape costs a few operations an object.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.objects import DesignObjects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.shapes import lay_grids
from rpn_core.geometry.compiled import compiled, inlined
from rpn_core.geometry.scalar_iou import iou_of_areas
from rpn_core.settings import AnchorSettings

F = NDArray[np.float32]
I = NDArray[np.int64]  # noqa: E741


@dataclass(frozen=True, eq=False, slots=True)
class Placement:
    """The objects as the search sees them, in float32: coordinate by coordinate, so that one
    instruction of the processor serves many objects.

    Attributes:
        wh: (2, M), width and height, pixels of the network input.
        away: (L, 2, M), distance in x and y from the object's centre to the nearest grid point of
            each level.
        rounded: whether anchors have whole corners, as torchvision's.
        by_sides: how well a shape meets an object: by the worse ratio of their sides, wherever it
            lies, as YOLOv5 does; else by the IoU of the anchor that lies best.
    """

    wh: F
    away: F
    rounded: bool
    by_sides: bool = False

    def __len__(self) -> int:
        return int(self.wh.shape[1])


def place(
    objects: DesignObjects, pyramid: Pyramid, anchors: AnchorSettings, *, by_sides: bool = False
) -> Placement:
    """Find the nearest grid points of every level; of the settings only convention and offset
    matter."""
    grids = lay_grids(objects.geometry.padded_hw, pyramid, anchors)
    boxes = objects.boxes.astype(np.float64)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    stride = grids.stride_hw[objects.image, :, ::-1].astype(np.float64)  # (M, L, 2), x first
    cells = grids.cells_hw[objects.image, :, ::-1]
    nearest = np.rint(centre[:, None] / stride - grids.offset).clip(0, cells - 1)
    away = np.abs((nearest + grids.offset) * stride - centre[:, None])
    return Placement(
        np.ascontiguousarray((boxes[:, 2:] - boxes[:, :2]).T, np.float32),
        np.ascontiguousarray(away.transpose(1, 2, 0), np.float32),
        anchors.convention == "torchvision",
        by_sides,
    )


@inlined
def met(w: Any, h: Any, away_x: Any, away_y: Any, aw: Any, ah: Any, by_sides: Any) -> Any:
    """How well an anchor meets an object, 0 to 1: see `Placement.by_sides`."""
    zero, two = np.float32(0.0), np.float32(2.0)
    # Comparisons rather than min and max, which mind NaN and would not run in parallel.
    if by_sides:
        low_x, high_x = (w, aw) if w < aw else (aw, w)
        low_y, high_y = (h, ah) if h < ah else (ah, h)
        by_x = low_x * high_y < low_y * high_x
        return (low_x if by_x else low_y) / (high_x if by_x else high_y)
    ox = (w + aw) / two - away_x
    ox = ox if ox < w else w
    ox = ox if ox < aw else aw
    ox = ox if ox > zero else zero
    oy = (h + ah) / two - away_y
    oy = oy if oy < h else h
    oy = oy if oy < ah else ah
    oy = oy if oy > zero else zero
    return iou_of_areas(ox * oy, w * h, aw * ah)


@compiled(nogil=True)  # type: ignore[untyped-decorator]
def _improve(wh: F, away: F, level: I, shapes: F, by_sides: bool, out: F) -> None:
    for s in range(shapes.shape[0]):
        aw, ah = shapes[s, 0], shapes[s, 1]
        away_x, away_y = away[level[s], 0], away[level[s], 1]
        for m in range(wh.shape[1]):
            found = met(wh[0, m], wh[1, m], away_x[m], away_y[m], aw, ah, by_sides)
            out[m] = found if found > out[m] else out[m]


@compiled(nogil=True)  # type: ignore[untyped-decorator]
def best_but(found: F, without: I, out: F) -> None:
    """Of (S, M) IoU fill (M,) with the best of each object, leaving out some shapes."""
    out[:] = np.float32(0.0)
    for s in range(found.shape[0]):
        kept = True
        for gone in without:
            kept = kept and gone != s
        if kept:
            for m in range(found.shape[1]):
                out[m] = found[s, m] if found[s, m] > out[m] else out[m]


def laid(placement: Placement, shapes: NDArray[np.float64]) -> F:
    """Width and height of shapes as the settings' convention rounds them, float32."""
    return (2 * np.rint(shapes / 2) if placement.rounded else shapes).astype(np.float32)


def improve(placement: Placement, level: I, shapes: NDArray[np.float64], out: F) -> None:
    """Raise what each object has at best to what it has with some more shapes.

    Args:
        level, shapes: (S,) and (S, 2) width and height of the shapes, pixels of the network input.
        out: (M,) what each object has; is changed.
    """
    _improve(placement.wh, placement.away, level, laid(placement, shapes), placement.by_sides, out)
