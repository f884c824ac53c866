"""A network whose head has one output channel per trained anchor: torchvision's, and the paper's.

Letters: C channels, A trained shapes of a level, H x W cells.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from rpn_core.models.networks.base import Maps, RpnNetwork
from rpn_core.models.networks.fixed_anchor_head import require_shapes


class FixedRpn(RpnNetwork):
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

    def trunk(self, pixels: Tensor) -> Maps:
        """See `RpnNetwork`."""
        features = self.backbone(pixels)
        return (features,) if isinstance(features, Tensor) else tuple(features.values())

    def rpn_maps(self, pyramid: Maps) -> Maps:
        """See `RpnNetwork`."""
        return tuple(self._head.conv(level) for level in pyramid)

    def outputs(self, rpn_map: Tensor, wh: Tensor, stride: int) -> tuple[Tensor, Tensor]:
        """Score every cell for the trained shapes, which `wh` must be, in their order.

        Source: torchvision concat_box_prediction_layers (tests/parity).
        """
        require_shapes(self._head.cls_logits.out_channels, wh)
        # (N, A, H, W) -> (N, H, W, A) -> (N, H * W * A)
        logits = self._head.cls_logits(rpn_map).permute(0, 2, 3, 1).flatten(1)
        # (N, A * 4, H, W) -> (N, H, W, A * 4) -> (N, H * W * A, 4)
        deltas = self._head.bbox_pred(rpn_map).permute(0, 2, 3, 1).reshape(len(rpn_map), -1, 4)
        return logits, deltas
