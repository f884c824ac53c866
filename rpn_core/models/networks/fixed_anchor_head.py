"""A common RPN head on the project's own networks: one output channel per trained anchor.

It is what the conditioned head is measured against; nothing is shipped with it.
"""

from __future__ import annotations

from torch import Tensor, nn

from rpn_core.models.networks.conditioned_head import OUTPUTS


def require_shapes(trained: int, wh: Tensor) -> None:
    """Raise ValueError where a head is asked for another number of shapes than it has."""
    if len(wh) != trained:
        raise ValueError(f"the head has {trained} shapes a cell, but {len(wh)} were asked for")


class FixedAnchorHead(nn.Module):
    """One 3x3 convolution and one 1x1 convolution, shared by all levels (Ren et al. 2015)."""

    def __init__(self, channels: int, shapes: int) -> None:
        super().__init__()
        self.shapes = shapes
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.activation = nn.SiLU()
        self.predict = nn.Conv2d(channels, shapes * OUTPUTS, 1)
        for layer in (self.conv, self.predict):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def hidden(self, feature_map: Tensor) -> Tensor:
        """What the 1x1 outputs read: (N, C, H, W) -> (N, C, H, W)."""
        out: Tensor = self.activation(self.conv(feature_map))
        return out

    def outputs(self, hidden: Tensor, wh: Tensor, stride: int) -> tuple[Tensor, Tensor]:
        """Score every cell for the trained shapes, which `wh` must be, in their order.

        Returns:
            (N, H*W*A) logits and (N, H*W*A, 4) deltas, as `ConditionedHead.outputs`.
        Raises:
            ValueError: another number of shapes is asked for.
        """
        require_shapes(self.shapes, wh)
        out = self.predict(hidden)
        # (N, A * 5, H, W) -> (N, H, W, A * 5) -> (N, H * W * A, 5)
        out = out.permute(0, 2, 3, 1).reshape(len(hidden), -1, OUTPUTS)
        return out[..., 0], out[..., 1:]
