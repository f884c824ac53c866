"""What the network says: feature maps once an image, head outputs once a set of anchors."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False, slots=True)
class FeatureMaps:
    """What one pass over a photo gave; every head reads of it, whatever the anchors.

    Attributes:
        pyramid: the shared features, one (1, C, H, W) tensor per level on the model's device, in
            the precision of the pass.
        rpn: what the RPN's 1x1 outputs read, after their 3x3 convolution; of the same sizes,
            float32.
        padded_hw: size of the network input with padding, pixels.
    """

    pyramid: tuple[Tensor, ...]
    rpn: tuple[Tensor, ...]
    padded_hw: tuple[int, int]

    @property
    def grids_hw(self) -> tuple[tuple[int, int], ...]:
        return tuple((int(m.shape[-2]), int(m.shape[-1])) for m in self.rpn)


@dataclass(frozen=True, eq=False, slots=True)
class HeadOutputs:
    """Objectness and offsets of R anchors, in the order of the anchors (level, y, x, shape).

    Attributes:
        objectness_logits: (R,) float32 on the CPU.
        deltas: (R, 4) float32 on the CPU, (dx, dy, dw, dh).
    """

    objectness_logits: Tensor
    deltas: Tensor
