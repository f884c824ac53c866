"""The loop of `overlaps` on the CPU: only pairs that touch cost more than a comparison.

Letters: R anchors, G objects.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpn_core.geometry.compiled import compiled
from rpn_core.geometry.scalar_iou import iou_of_areas
from rpn_core.targets.match_rule import outranks

F = NDArray[np.float32]
I = NDArray[np.int64]  # noqa: E741


@compiled(nogil=True)  # type: ignore[untyped-decorator]
def fill_overlaps(
    objects: F, anchors: F, best_iou: F, best_object: I, object_iou: F, best_for: I
) -> None:
    """Hold every object against every anchor, one pair at a time.

    Args:
        objects: (G, 4) float32 xyxy.
        anchors: (4, R) float32, their x1, y1, x2 and y2, same frame.
        best_iou, best_object, object_iou, best_for: of `Overlaps` as for objects that touch no
            anchor, with G in `best_for` where there is none; they are filled.
    """
    x1, y1, x2, y2 = anchors[0], anchors[1], anchors[2], anchors[3]
    count = anchors.shape[1]
    area = np.empty(count, np.float32)
    for r in range(count):
        area[r] = (x2[r] - x1[r]) * (y2[r] - y1[r])
    ties = np.empty(count, np.int64)  # anchors that no other has overlapped an object more than
    zero = np.float32(0)
    for g in range(objects.shape[0]):
        left, top, right, bottom = objects[g, 0], objects[g, 1], objects[g, 2], objects[g, 3]
        own_area: Any = (right - left) * (bottom - top)
        highest, tied = zero, 0
        for r in range(count):
            width = min(right, x2[r]) - max(left, x1[r])
            height = min(bottom, y2[r]) - max(top, y1[r])
            if width <= zero or height <= zero:
                continue
            iou = iou_of_areas(width * height, own_area, area[r])
            if outranks(iou, g, best_iou[r], best_object[r]):
                best_iou[r], best_object[r] = iou, g
            if iou > highest:
                highest, tied = iou, 0
            if iou == highest and iou > zero:
                ties[tied] = r
                tied += 1
        object_iou[g] = highest
        for place in range(tied):
            best_for[ties[place]] = min(best_for[ties[place]], g)
