"""A head that is right for any anchor: its 1x1 weights are generated from the anchor's shape.

A common RPN head has one output channel per trained anchor. This one asks a small network for the
weights of those channels, given the anchor's width and height, so that every scale and ratio gets
a score and an offset of its own (MetaAnchor, Yang et al., NeurIPS 2018).

Letters: C channels, A shapes of a level, H x W cells.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

OUTPUTS = 5  # objectness, dx, dy, dw, dh


def shape_code(wh: Tensor, stride: int) -> Tensor:
    """Describe an anchor's shape relative to its level.

        u = log2(w / 4s), v = log2(h / 4s);   code = (u, v, u^2, v^2, u*v, u - v)

    Args:
        wh: (A, 2) float, width and height in pixels of the network input.
        stride: s, the level's nominal stride in the same pixels.
    Returns:
        (A, 6) float; a side below one pixel (rounded away, perhaps) counts as one.
    """
    u, v = torch.log2(wh.clamp(min=1) / (4 * stride)).unbind(-1)
    return torch.stack((u, v, u * u, v * v, u * v, u - v), dim=-1)


class ConditionedHead(nn.Module):
    """One 3x3 convolution, and 1x1 outputs whose weights depend on the anchor's shape.

    The weights are a learned base plus what the small network adds for the shape. All levels
    share everything; a level enters only through its stride.
    """

    def __init__(self, channels: int, hidden: int = 64) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.activation = nn.SiLU()
        self.generator = nn.Sequential(
            nn.Linear(6, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(),
            nn.Linear(hidden, OUTPUTS * (channels + 1)),
        )  # fmt: skip
        self.base = nn.Parameter(torch.zeros(OUTPUTS, channels + 1))
        nn.init.normal_(self.conv.weight, std=0.01)
        nn.init.zeros_(self.conv.bias)  # type: ignore[arg-type]
        nn.init.normal_(self.base[:, :channels], std=0.01)
        last = self.generator[-1]
        assert isinstance(last, nn.Linear)
        nn.init.normal_(last.weight, std=0.001)
        nn.init.zeros_(last.bias)

    def hidden(self, feature_map: Tensor) -> Tensor:
        """What the 1x1 outputs read: (N, C, H, W) -> (N, C, H, W)."""
        out: Tensor = self.activation(self.conv(feature_map))
        return out

    def outputs(self, hidden: Tensor, wh: Tensor, stride: int) -> tuple[Tensor, Tensor]:
        """Score every cell for every shape.

        Args:
            hidden: (N, C, H, W) from `hidden`.
            wh: (A, 2) float, width and height of the shapes, pixels of the network input.
            stride: the level's nominal stride.
        Returns:
            (N, H*W*A) logits and (N, H*W*A, 4) deltas, in the order of the anchors.
        """
        batch, channels = hidden.shape[:2]
        # (A, 6) -> (A, 5 * (C + 1)) -> (A, 5, C + 1)
        generated = self.generator(shape_code(wh, stride)).view(-1, OUTPUTS, channels + 1)
        weights = generated + self.base
        # (A, 5, C) -> (A * 5, C, 1, 1): an ordinary 1x1 convolution from here on
        kernel = weights[..., :channels].reshape(-1, channels, 1, 1)
        out = nn.functional.conv2d(hidden, kernel, weights[..., channels].reshape(-1))
        # (N, A * 5, H, W) -> (N, H, W, A * 5) -> (N, H * W * A, 5)
        out = out.permute(0, 2, 3, 1).reshape(batch, -1, OUTPUTS)
        return out[..., 0], out[..., 1:]
