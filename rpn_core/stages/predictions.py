"""What a proposer says before anything is filtered: boxes, how they rank, and whence they come.

Letters: R boxes on L levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise

import torch
from torch import Tensor

from rpn_core.anchors.lay import Anchors
from rpn_core.geometry.frame import Frame


@dataclass(frozen=True, eq=False, slots=True)
class FromAnchors:
    """Each box is the anchor of the same number, moved and stretched.

    Attributes:
        anchors: R anchors.
        deltas: (R, 4) float32, (dx, dy, dw, dh).
    """

    anchors: Anchors
    deltas: Tensor


@dataclass(frozen=True, eq=False, slots=True)
class Predictions:
    """R boxes of one photo, level by level; every later stage counts in this order.

    Attributes:
        frame: what the boxes are in pixels of, and how that lies in the photo.
        boxes: (R, 4) float xyxy, pixels of the proposer's input, not clipped.
        logits: (R,) float32; the sigmoid of each is its score.
        counts: boxes of each level; they sum to R. A proposer without levels has one.
        origin: where the boxes come from; None: from no grid, each stands for itself.
    """

    frame: Frame
    boxes: Tensor
    logits: Tensor
    counts: tuple[int, ...]
    origin: FromAnchors | None = None

    def __len__(self) -> int:
        return int(self.boxes.shape[0])

    @property
    def spans(self) -> tuple[slice, ...]:
        """Where the boxes of each level are."""
        ends = accumulate(self.counts, initial=0)
        return tuple(slice(first, last) for first, last in pairwise(ends))

    @property
    def level(self) -> Tensor:
        """(R,) uint8, the level of each box."""
        if self.origin is not None:
            return self.origin.anchors.level
        levels = torch.arange(len(self.counts), dtype=torch.uint8)
        return torch.repeat_interleave(levels, torch.tensor(self.counts))

    @property
    def anchors(self) -> Anchors | None:
        """What the boxes were before they were moved; None where they come from no grid."""
        return None if self.origin is None else self.origin.anchors
