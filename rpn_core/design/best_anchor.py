"""Where the best anchor of an object lies, for pictures of what it misses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.coverage import Coverage
from rpn_core.design.objects import DesignObjects
from rpn_core.design.shapes import lay_grids


def best_anchor_boxes(
    objects: DesignObjects, found: Coverage, places: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The anchor that reaches `placed_iou`, for some objects.

    Args:
        objects: all that were measured.
        found: of the same objects.
        places: (K,) of those to look at.
    Returns:
        (K, 4) xyxy, pixels of the original image; NaN for objects that no anchor overlaps.
        Anchors may leave the image.
    """
    places = np.asarray(places, np.int64)
    boxes = np.full((len(places), 4), np.nan)
    row = found.placed[places] if len(places) else np.zeros(0, np.int64)
    there = np.flatnonzero(row >= 0)
    if not len(there):
        return boxes
    chosen, shape = places[there], row[there]
    image, level = objects.image[chosen], found.table.level[shape]
    # Only the images that are asked for: a data set may have a hundred thousand.
    grids = lay_grids(objects.geometry.padded_hw[image], found.pyramid, found.anchors)
    number = np.arange(len(chosen))
    stride = grids.stride_hw[number, level, ::-1].astype(np.float64)
    cells = grids.cells_hw[number, level, ::-1]
    corners = objects.boxes[chosen].astype(np.float64)
    centre = (corners[:, :2] + corners[:, 2:]) / 2
    # The point nearest to the object's centre is the best for every shape (see placed_iou).
    nearest = np.rint(centre / stride - grids.offset).clip(0, cells - 1)
    anchor = np.tile((nearest + grids.offset) * stride, 2) + found.table.boxes[shape]
    shift = np.tile(objects.geometry.offset_xy[image], 2)
    scale = np.tile(objects.geometry.scale_xy[image], 2)
    boxes[there] = (anchor - shift) / scale
    return boxes
