"""The best anchor of each object, without laying all anchors.

Letters: N images, L levels, S shapes, M objects.

Why the nearest grid point is enough: anchors of one shape on one level differ only by where they
are centred, so their IoU with an object, I / (A + B - I), grows with the intersection I alone, and
I = ox * oy, where ox depends on the column and oy on the row. Each falls as the centre moves away
from the object's. So the best column and the best row can be chosen apart, and each is the one
nearest to the object's centre, or the last one before the border of the grid.

All IoU are those of `geometry.boxes.pairwise_iou` in float32, so that whether an anchor reaches a
threshold, and which anchors tie, is the same here as in `targets.matching`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.grid_anchors import (
    GridAnchors,
    anchor_at,
    grid_anchors,
    nearest,
    point,
    row_of,
)
from rpn_core.design.shapes import Grids, ShapeTable
from rpn_core.geometry.compiled import compiled
from rpn_core.geometry.scalar_iou import area_of, iou_of_areas, scalar_iou

F = NDArray[np.float32]
I = NDArray[np.int64]  # noqa: E741


@compiled(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def best_shapes(boxes: F, shapes: F, best: F, which: I) -> None:
    """Shape-only IoU: object and anchor share their centre. Fills (M,) best and which."""
    for m in range(boxes.shape[0]):
        w, h = boxes[m, 2] - boxes[m, 0], boxes[m, 3] - boxes[m, 1]
        best[m], which[m] = np.float32(0.0), -1
        for s in range(shapes.shape[0]):
            aw, ah = shapes[s, 2] - shapes[s, 0], shapes[s, 3] - shapes[s, 1]
            iou = iou_of_areas(min(w, aw) * min(h, ah), w * h, aw * ah)
            if iou > best[m]:
                best[m], which[m] = iou, s


@compiled(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def best_placed(boxes: F, image: I, anchors: GridAnchors, best: F, which: I) -> None:
    """IoU of the best anchor of every object on the grids of its image.

    Args:
        boxes: (M, 4) float32 xyxy, pixels of the network input.
        image: (M,) the image of each.
        best, which: (M,) are filled: IoU, and the shape, -1 where no anchor overlaps the object.
    """
    offset = anchors.offset
    for m in range(boxes.shape[0]):
        box = row_of(boxes, m)
        area = area_of(box)
        best[m], which[m] = np.float32(0.0), -1
        last, x, y = -1, np.float32(0.0), np.float32(0.0)
        for s in range(anchors.shapes.shape[0]):
            level = anchors.level[s]
            if level != last:
                stride_y, stride_x = anchors.strides[image[m], level]
                rows, columns = anchors.cells[image[m], level]
                x = point(
                    nearest((box[0] + box[2]) / 2, stride_x, offset, columns), stride_x, offset
                )
                y = point(nearest((box[1] + box[3]) / 2, stride_y, offset, rows), stride_y, offset)
                last = level
            anchor = anchor_at(anchors.shapes[s], x, y)
            iou = scalar_iou(box, area, anchor, area_of(anchor))
            if iou > best[m]:
                best[m], which[m] = iou, s


def placed_iou(boxes: F, image: I, grids: Grids, table: ShapeTable) -> F:
    """(M,) float32, best IoU of each object with any anchor on the grids of its image."""
    best, which = np.zeros(len(boxes), np.float32), np.full(len(boxes), -1)
    best_placed(boxes, image, grid_anchors(grids, table), best, which)
    return best
