"""At which rank is each object found: from this, recall at every number of proposals at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rpn_core.geometry.compiled import compiled
from rpn_core.geometry.scalar_iou import area_of, scalar_iou

IOU_THRESHS = tuple(round(0.5 + 0.05 * i, 2) for i in range(10))  # COCO's 0.50:0.05:0.95
NEVER = np.iinfo(np.int64).max

Boxes = NDArray[np.float64]
Ranks = NDArray[np.int64]


def found_ranks(
    boxes: Boxes, objects: Boxes, iou_threshs: tuple[float, ...] = IOU_THRESHS
) -> Ranks:
    """Match proposals to objects one to one, best proposal first.

    Each proposal takes, of the objects that no better one took, that of highest IoU, if this
    reaches the threshold. The first N proposals find an object when its rank is below N,
    whatever comes after them.

    Args:
        boxes: (N, 4) xyxy, best first, same pixels as the objects.
        objects: (G, 4) xyxy.
    Returns:
        (T, G) rank, from 0, of the proposal that found the object, or NEVER.
    Source: the matching of COCO's evaluation without categories and ignored regions; equal to
        pycocotools (tests/parity).
    """
    ranks = np.full((len(iou_threshs), len(objects)), NEVER)
    if len(boxes) and len(objects):
        _match(
            np.ascontiguousarray(boxes, dtype=np.float64),
            np.ascontiguousarray(objects, dtype=np.float64),
            np.asarray(iou_threshs, dtype=np.float64),
            ranks,
        )
    return ranks


@compiled()  # type: ignore[untyped-decorator]
def _match(boxes: Boxes, objects: Boxes, threshs: Boxes, ranks: Ranks) -> None:
    count = len(objects)
    iou = np.empty(count)
    for rank in range(len(boxes)):
        box = boxes[rank]
        area = area_of(box)
        highest = 0.0
        for g in range(count):
            iou[g] = scalar_iou(box, area, objects[g], area_of(objects[g]))
            highest = max(highest, iou[g])
        for t in range(len(threshs)):
            if highest < threshs[t]:
                continue
            best, taken = threshs[t], -1
            for g in range(count):
                if ranks[t, g] == NEVER and iou[g] >= best:
                    best, taken = iou[g], g
            if taken >= 0:
                ranks[t, taken] = rank
