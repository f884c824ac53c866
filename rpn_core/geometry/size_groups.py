"""Groups of objects that recall is told apart by: size and aspect ratio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.messages import Message, msg


@dataclass(frozen=True, slots=True)
class ObjectGroup:
    """Objects of one kind.

    Attributes:
        name: for people; its template is what files call the group, which are in no language.
        area: from, to (exclusive): width x height of the box, pixels of the original image.
        ratio: from, to (exclusive): h / w.
    """

    name: Message
    area: tuple[float, float] = (0.0, float("inf"))
    ratio: tuple[float, float] = (0.0, float("inf"))

    def holds(self, objects: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of (G, 4) xyxy boxes, pixels of the original image, belong to it: (G,)."""
        sides = objects[:, 2:] - objects[:, :2]
        area, ratio = sides.prod(axis=1), sides[:, 1] / sides[:, 0]
        within = (area >= self.area[0]) & (area < self.area[1])
        held: NDArray[np.bool_] = within & (ratio >= self.ratio[0]) & (ratio < self.ratio[1])
        return held


ALL = ObjectGroup(msg("all"))
GROUPS = (
    ALL,
    # COCO's limits, of the box and not of the outline.
    ObjectGroup(msg("small, under 32² px"), area=(0.0, 32.0**2)),
    ObjectGroup(msg("medium, 32² to 96² px"), area=(32.0**2, 96.0**2)),
    ObjectGroup(msg("large, from 96² px"), area=(96.0**2, float("inf"))),
    ObjectGroup(msg("wide, h/w under 1/2"), ratio=(0.0, 0.5)),
    ObjectGroup(msg("h/w 1/2 to 2"), ratio=(0.5, 2.0)),
    ObjectGroup(msg("tall, h/w from 2"), ratio=(2.0, float("inf"))),
)
