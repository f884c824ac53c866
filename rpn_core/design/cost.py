"""What anchors cost: how many there are, what the head puts out for them, and its memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rpn_core.anchors.shapes import shape_counts
from rpn_core.design.coverage import check_levels
from rpn_core.design.pyramid import Pyramid
from rpn_core.settings import AnchorSettings

OUTPUTS_PER_ANCHOR = 5  # one logit and four deltas, Ren et al. 2015, sec. 3.1
FLOAT_BYTES = 4
# The anchor's box, its logit and its deltas, and the box that they decode to.
FLOATS_PER_ANCHOR = 4 + OUTPUTS_PER_ANCHOR + 4


@dataclass(frozen=True, slots=True)
class AnchorCost:
    """For one network input.

    Attributes:
        padded_hw: its size, pixels of the network input.
        shapes: anchors a cell of each level.
        anchors: of each level.
    """

    padded_hw: tuple[int, int]
    shapes: tuple[int, ...]
    anchors: tuple[int, ...]

    @property
    def anchors_in_all(self) -> int:
        return sum(self.anchors)

    @property
    def head_outputs(self) -> int:
        """Numbers that the head computes: one logit and four deltas an anchor."""
        return OUTPUTS_PER_ANCHOR * self.anchors_in_all

    @property
    def memory_bytes(self) -> int:
        """Anchors, head outputs and decoded boxes in float32; computed, not measured."""
        return FLOAT_BYTES * FLOATS_PER_ANCHOR * self.anchors_in_all


def anchor_cost(
    padded_hw: tuple[int, int], pyramid: Pyramid, anchors: AnchorSettings
) -> AnchorCost:
    """Count what an input of this size costs.

    Raises:
        UserError: settings and pyramid differ in the number of levels.

    >>> paper = AnchorSettings(((128, 256, 512),), ((0.5, 1, 2),))
    >>> anchor_cost((600, 800), Pyramid((16,), "down"), paper).anchors_in_all
    16650
    """
    check_levels(pyramid, anchors)
    cells = pyramid.grids_hw(np.asarray([padded_hw])).prod(axis=2)[0]
    shapes = shape_counts(anchors)
    return AnchorCost(
        padded_hw, shapes, tuple(int(c) * s for c, s in zip(cells, shapes, strict=True))
    )
