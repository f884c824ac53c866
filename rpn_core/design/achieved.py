"""What anchors reach of an objective, measured on all objects of a data set.

Letters: M objects.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.budget import Budget
from rpn_core.design.objective import FITNESS_FLOOR
from rpn_core.design.objects import DesignObjects
from rpn_core.design.placed_iou import placed_iou
from rpn_core.design.placement import improve, place
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.shapes import lay_grids, shape_table
from rpn_core.settings import AnchorSettings


def achieved(
    objects: DesignObjects, pyramid: Pyramid, anchors: AnchorSettings, budget: Budget
) -> NDArray[np.float64]:
    """(M,) what each object counts under the budget's aim; their mean is what the aim reaches."""
    table = shape_table(anchors)
    if budget.aim == "fitness":
        best = np.zeros(len(objects), np.float32)
        improve(
            place(objects, pyramid, anchors, by_sides=True), table.level,
            table.wh.astype(np.float64), best,
        )  # fmt: skip
        return np.where(best > FITNESS_FLOOR, best, 0).astype(np.float64)
    grids = lay_grids(objects.geometry.padded_hw, pyramid, anchors)
    iou = placed_iou(objects.boxes, objects.image, grids, table)
    if budget.aim == "recall":
        return (iou >= np.float32(budget.recall_iou)).astype(np.float64)
    return iou.astype(np.float64)
