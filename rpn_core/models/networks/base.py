"""What every network is to the rest: a trunk that runs once, and an RPN's head that reads it.

Letters: N images, C channels of a level, H x W cells, A shapes of a level, s its stride.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

Maps = tuple[Tensor, ...]  # one a level, finest first


class RpnNetwork(nn.Module):
    """Pixels -> pyramid -> what the RPN's 1x1 outputs read -> logits and offsets.

    Other heads (points, guided anchors, a detector's second stage) read the same pyramid.

    Attributes:
        MEMORY_FORMAT: the layout in which it is quickest; torch.preserve_format: its own.
    """

    MEMORY_FORMAT = torch.preserve_format

    def trunk(self, pixels: Tensor) -> Maps:
        """(N, 3, H, W) normalised pixels -> one (N, C, H/s, W/s) map a level: the pyramid."""
        raise NotImplementedError

    def rpn_maps(self, pyramid: Maps) -> Maps:
        """The RPN's 3x3 convolution over each level of the pyramid, of the same sizes."""
        raise NotImplementedError

    def outputs(self, rpn_map: Tensor, wh: Tensor, stride: int) -> tuple[Tensor, Tensor]:
        """Score every cell of one level for every shape.

        Args:
            rpn_map: (N, C, H, W), one level of `rpn_maps`.
            wh: (A, 2) float, width and height of the shapes, pixels of the network input.
            stride: the level's nominal stride.
        Returns:
            (N, H*W*A) logits and (N, H*W*A, 4) deltas, in the order of the anchors.
        Raises:
            ValueError: a head with fixed anchors is asked for another number of them.
        """
        raise NotImplementedError

    def forward(self, pixels: Tensor) -> tuple[Maps, Maps]:
        """The pyramid, and what the RPN's outputs read of it."""
        pyramid = self.trunk(pixels)
        return pyramid, self.rpn_maps(pyramid)
