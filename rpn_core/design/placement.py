"""Where the grids put anchors relative to each object, once for all shapes.

Letters: L levels, M objects.

Which grid point is best for an object does not depend on the anchor's shape (see `placed_iou`).
So the search for shapes needs of the grids only how far the nearest point of each level lies
from the object's centre, and one trial shape costs a few operations an object.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from rpn_core.design.objects import DesignObjects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.shapes import lay_grids
from rpn_core.settings import AnchorSettings

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741


@dataclass(frozen=True, eq=False, slots=True)
class Placement:
    """The objects as the search sees them.

    Attributes:
        wh: (M, 2) float64, width and height, pixels of the network input.
        away: (L, M, 2) float64, distance in x and y from the object's centre to the nearest grid
            point of each level.
        rounded: whether anchors have whole corners, as torchvision's.
    """

    wh: F
    away: F
    rounded: bool

    def __len__(self) -> int:
        return len(self.wh)


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
        boxes[:, 2:] - boxes[:, :2],
        np.ascontiguousarray(away.transpose(1, 0, 2)),
        anchors.convention == "torchvision",
    )


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def improve(
    wh: F, away: F, level: I, shapes: F, rounded: bool, rest: F, steep: float, thresh: float,
    out: F,
) -> Any:  # fmt: skip
    """Best placed IoU of each object with some shapes, given what it has without them.

    Args:
        wh, away: of `Placement`.
        level, shapes: (S,) and (S, 2) width and height of the shapes.
        rest: (M,) best IoU without them.
        steep: how much an object that reaches `thresh` counts beside its IoU.
        out: (M,) is filled with the larger of both.
    Returns:
        the mean over objects of `out`, plus `steep` where it reaches the threshold.
    """
    total = 0.0
    count = shapes.shape[0]
    aw, ah = np.empty(count), np.empty(count)
    for s in range(count):
        aw[s], ah[s] = shapes[s, 0], shapes[s, 1]
        if rounded:
            aw[s], ah[s] = 2 * np.rint(aw[s] / 2), 2 * np.rint(ah[s] / 2)
    for m in range(wh.shape[0]):
        w, h = wh[m, 0], wh[m, 1]
        best = rest[m]
        for s in range(count):
            ox = min(min(w, aw[s]), (w + aw[s]) / 2 - away[level[s], m, 0])
            oy = min(min(h, ah[s]), (h + ah[s]) / 2 - away[level[s], m, 1])
            if ox > 0 and oy > 0:
                inter = ox * oy
                iou = inter / (w * h + aw[s] * ah[s] - inter)
                best = max(best, iou)
        out[m] = best
        total += best
        if best >= thresh:
            total += steep
    return total / max(wh.shape[0], 1)
