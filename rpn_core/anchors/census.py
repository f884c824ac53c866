"""How many anchors a design lays, level by level."""

from __future__ import annotations

from dataclasses import dataclass

from rpn_core.anchors.lay import Anchors
from rpn_core.geometry.boxes import crosses_border


@dataclass(frozen=True, slots=True)
class LevelCensus:
    """One level: cells x shapes = anchors; `crossing` of them leave the image."""

    grid_hw: tuple[int, int]
    shapes: int
    anchors: int
    crossing: int


def anchor_census(anchors: Anchors, image_hw: tuple[int, int]) -> tuple[LevelCensus, ...]:
    """Count the anchors of each level.

    Args:
        image_hw: the resized photo without padding, pixels of the network input; an anchor
            crosses the border when it leaves this.
    """
    crossing = crosses_border(anchors.boxes, image_hw)
    return tuple(
        LevelCensus(
            level.grid_hw,
            level.shapes,
            level.count,
            int(crossing[level.start : level.start + level.count].sum()),
        )
        for level in anchors.levels
    )
