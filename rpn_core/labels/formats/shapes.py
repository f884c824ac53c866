"""Upright boxes around what tools draw besides boxes, in pixels of the image.

A box here is (x1, y1, x2, y2). What is no finite number makes a box of NaN, for the linter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rpn_core.counts import part_of_boxes
from rpn_core.labels.finding import Findings, Rule, Severity, of_data_set
from rpn_core.messages import Message, msg, nmsg

Box = tuple[float, float, float, float]
NO_BOX: Box = (math.nan,) * 4
UPRIGHT = Rule(
    "upright-bounds",
    Severity.NOTE,
    msg("Outline, circle or turned box"),
    msg("Its upright bounds are the box: of a long thing that lies askew they are much larger."),
    msg("Nothing, if upright boxes are what is to be found."),
)
NO_EXTENT = Rule(
    "no-extent",
    Severity.WARNING,
    msg("Point, line or skeleton"),
    msg("It is left out: it bounds no object, so training never sees it."),
    msg("Draw a box around the object, or take the mark out."),
)


@dataclass(slots=True)
class Drawn:
    """How many of what was drawn became the bounds of something else, and how many nothing."""

    upright: int = 0
    left_out: int = 0

    def remarks(self, boxes: int) -> tuple[Findings, ...]:
        """What to say of them; `boxes` is how many there are in all."""
        found = [
            of_data_set(UPRIGHT, _of_boxes, self.upright, boxes, count=min(self.upright, 1)),
            of_data_set(NO_EXTENT, _marks, self.left_out, count=min(self.left_out, 1)),
        ]
        return tuple(one for one in found if len(one))


def around(xs: Sequence[float], ys: Sequence[float]) -> Box:
    """Around points.

    >>> around([3, 1, 2], [5, 9, 7])
    (1, 5, 3, 9)
    """
    if not xs or len(xs) != len(ys) or not all(map(math.isfinite, (*xs, *ys))):
        return NO_BOX
    return min(xs), min(ys), max(xs), max(ys)


def around_ellipse(cx: float, cy: float, rx: float, ry: float, radians: float = 0.0) -> Box:
    """Around an ellipse, or with rx = ry a circle, that is turned about its centre.

    >>> around_ellipse(10, 20, 3, 4)
    (7.0, 16.0, 13.0, 24.0)
    """
    if not math.isfinite(radians):
        return NO_BOX
    cos, sin = math.cos(radians), math.sin(radians)
    half_w, half_h = math.hypot(rx * cos, ry * sin), math.hypot(rx * sin, ry * cos)
    return cx - half_w, cy - half_h, cx + half_w, cy + half_h


def around_turned(cx: float, cy: float, width: float, height: float, radians: float) -> Box:
    """Around a box that is turned about its centre; either sense of turning has the same bounds.

    >>> [round(v, 6) for v in around_turned(50, 50, 80, 20, math.pi / 2)]
    [40.0, 10.0, 60.0, 90.0]
    """
    if not math.isfinite(radians):
        return NO_BOX
    cos, sin = abs(math.cos(radians)), abs(math.sin(radians))
    half_w, half_h = (width * cos + height * sin) / 2, (width * sin + height * cos) / 2
    return cx - half_w, cy - half_h, cx + half_w, cy + half_h


def _of_boxes(upright: float, boxes: float) -> Message:
    return msg("{boxes}", boxes=part_of_boxes(int(upright), int(boxes)))


def _marks(count: float) -> Message:
    return nmsg("{count} mark", "{count:,} marks", count=int(count))
