"""A network whose head has one output channel per trained anchor: torchvision's, and the paper's.

Letters: C channels, A trained shapes of a level, H x W cells.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class FixedRpn(nn.Module):
    """Backbone and RPN head; its tensors are named as in torchvision's detectors.

    Args:
        backbone: pixels -> one feature map, or a dict of them (a pyramid).
        head: torchvision's RPNHead: `conv`, then 1x1 `cls_logits` and `bbox_pred`.
    """

    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.rpn = nn.ModuleDict({"head": head})

    @property
    def _head(self) -> Any:
        return self.rpn["head"]

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """(1, 3, H, W) normalised pixels -> one (1, C, H/s, W/s) hidden map per stride s."""
        features = self.backbone(pixels)
        levels = [features] if isinstance(features, Tensor) else list(features.values())
        return tuple(self._head.conv(level) for level in levels)

    def outputs(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Score every cell for every trained shape.

        Args:
            hidden: (1, C, H, W), one level of `forward`.
        Returns:
            (1, H*W*A) logits and (1, H*W*A, 4) deltas, in the order of the anchors.
        Source: torchvision concat_box_prediction_layers (tests/parity).
        """
        # (1, A, H, W) -> (1, H, W, A) -> (1, H * W * A)
        logits = self._head.cls_logits(hidden).permute(0, 2, 3, 1).flatten(1)
        # (1, A * 4, H, W) -> (1, H, W, A * 4) -> (1, H * W * A, 4)
        deltas = self._head.bbox_pred(hidden).permute(0, 2, 3, 1).reshape(1, -1, 4)
        return logits, deltas
