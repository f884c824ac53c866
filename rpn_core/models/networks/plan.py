"""What one of the project's own networks is made of; cheap to import."""

from __future__ import annotations

from dataclasses import dataclass

CHANNELS = 96
LITE0 = "tf_efficientnet_lite0"


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """What is built.

    Attributes:
        backbone: a timm name.
        strides: nominal pixels of the input per cell, one per level, finest first, each twice the
            one before; the last may be twice the backbone's coarsest.
        channels: of the pyramid and the head.
        fixed_shapes: anchors a cell of an ordinary head; 0 for the anchor-conditioned one.
    """

    backbone: str = LITE0
    strides: tuple[int, ...] = (8, 16, 32, 64)
    channels: int = CHANNELS
    fixed_shapes: int = 0


DEFAULT_PLAN = NetworkPlan()
