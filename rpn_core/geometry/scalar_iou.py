"""IoU of one box with another in compiled loops: what `boxes.box_iou` does, to the last bit.

Every loop that holds boxes against each other has it from here, so that which anchor reaches a
threshold, which anchors tie and which box suppresses another is the same everywhere. Numbers are
as precise as those that come in: float32 stays float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rpn_core.geometry.compiled import inlined


@inlined
def iou_of_areas(shared: Any, area: Any, other_area: Any) -> Any:
    """I / (A + B - I) from the area that two boxes share and their own; 0 without any area.

    >>> iou_of_areas(2.0, 4.0, 4.0)
    0.3333333333333333
    """
    union = area + other_area - shared
    return shared / union if union > 0 else np.float32(0.0)


@inlined
def scalar_iou(box: Any, area: Any, other: Any, other_area: Any) -> Any:
    """IoU of two boxes (x1, y1, x2, y2) whose areas are known.

    >>> scalar_iou((0.0, 0.0, 2.0, 2.0), 4.0, (1.0, 0.0, 3.0, 2.0), 4.0)
    0.3333333333333333
    """
    zero = np.float32(0.0)
    width = max(min(box[2], other[2]) - max(box[0], other[0]), zero)
    height = max(min(box[3], other[3]) - max(box[1], other[1]), zero)
    return iou_of_areas(width * height, area, other_area)


@inlined
def area_of(box: Any) -> Any:
    """Area of a box (x1, y1, x2, y2)."""
    return (box[2] - box[0]) * (box[3] - box[1])
