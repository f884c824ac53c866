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
from rpn_core.geometry.compiled import compiled
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
    """

    wh: F
    away: F
    rounded: bool

    def __len__(self) -> int:
        return int(self.wh.shape[1])


def place(objects: DesignObjects, pyramid: Pyramid, anchors: AnchorSettings) -> Placement:
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
    )


@compiled(nogil=True)  # type: ignore[untyped-decorator]
def _improve(wh: F, away: F, level: I, shapes: F, out: F) -> None:
    zero, two = np.float32(0.0), np.float32(2.0)
    for s in range(shapes.shape[0]):
        aw, ah = shapes[s, 0], shapes[s, 1]
        area = aw * ah
        away_x, away_y = away[level[s], 0], away[level[s], 1]
        for m in range(wh.shape[1]):
            w, h = wh[0, m], wh[1, m]
            # Comparisons rather than min and max, which mind NaN and would not run in parallel.
            ox = (w + aw) / two - away_x[m]
            ox = ox if ox < w else w
            ox = ox if ox < aw else aw
            ox = ox if ox > zero else zero
            oy = (h + ah) / two - away_y[m]
            oy = oy if oy < h else h
            oy = oy if oy < ah else ah
            oy = oy if oy > zero else zero
            iou = iou_of_areas(ox * oy, w * h, area)
            out[m] = iou if iou > out[m] else out[m]


@compiled(nogil=True)  # type: ignore[untyped-decorator]
def _worth(best: F, steep: float, thresh: float) -> Any:
    total = 0.0
    for m in range(best.shape[0]):
        total += best[m] + (steep if best[m] >= thresh else 0.0)
    return total / max(best.shape[0], 1)


@compiled(nogil=True)  # type: ignore[untyped-decorator]
def best_but(iou: F, without: I, out: F) -> None:
    """Of (S, M) IoU fill (M,) with the best of each object, leaving out some shapes."""
    out[:] = np.float32(0.0)
    for s in range(iou.shape[0]):
        kept = True
        for gone in without:
            kept = kept and gone != s
        if kept:
            for m in range(iou.shape[1]):
                out[m] = iou[s, m] if iou[s, m] > out[m] else out[m]


def improve(placement: Placement, level: I, shapes: NDArray[np.float64], out: F) -> None:
    """Raise the best placed IoU of each object to that with some more shapes.

    Args:
        level, shapes: (S,) and (S, 2) width and height of the shapes, pixels of the network input.
        out: (M,) what each object has; is changed.
    """
    wh = 2 * np.rint(shapes / 2) if placement.rounded else shapes
    _improve(placement.wh, placement.away, level, wh.astype(np.float32), out)


def worth(best: F, thresh: float | None, steep: float) -> float:
    """Mean of the objects' best IoU, plus `steep` for each that reaches `thresh`."""
    return float(_worth(best, steep, 2.0 if thresh is None else thresh))
