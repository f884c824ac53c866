"""The bundled network: EfficientNet-Lite0, a light feature pyramid, the anchor-conditioned head."""

from __future__ import annotations

import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpn_core.models.conditioned_head import ConditionedHead
from rpn_core.models.fuse import fuse_batch_norms

STRIDES = (8, 16, 32, 64)
CHANNELS = 96


def _separable(channels: int, stride: int = 1) -> nn.Sequential:
    """A depthwise 3x3 convolution and a pointwise one: 1/8 of the cost of a full 3x3."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, stride, padding=1, groups=channels),
        nn.Conv2d(channels, channels, 1),
    )


class Lite0Fpn(nn.Module):
    """Backbone strides 8, 16, 32, a pyramid over them, one more level at stride 64, the head.

    `fused` folds the backbone's batch norms into its convolutions, as in the shipped weights.

    Source: Lin et al., Feature Pyramid Networks, 2017, with separable 3x3 convolutions.
    """

    # Depthwise convolutions on a CPU are 2 to 3 times as fast when channels lie side by side.
    MEMORY_FORMAT = torch.channels_last

    def __init__(self, channels: int = CHANNELS, *, fused: bool = True) -> None:
        super().__init__()
        self.backbone = timm.create_model(
            "tf_efficientnet_lite0", features_only=True, pretrained=False, out_indices=(2, 3, 4)
        )
        if fused:
            fuse_batch_norms(self.backbone)
        widths = self.backbone.feature_info.channels()
        self.lateral = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in widths)
        self.smooth = nn.ModuleList(_separable(channels) for _ in widths)
        self.coarsest = nn.Sequential(nn.ReLU(), _separable(channels, stride=2))
        self.head = ConditionedHead(channels)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """(N, 3, H, W) normalised pixels -> one (N, C, H/s, W/s) hidden map per stride s.

        H and W must be multiples of 32.
        """
        pixels = pixels.contiguous(memory_format=self.MEMORY_FORMAT)
        laterals = [conv(c) for conv, c in zip(self.lateral, self.backbone(pixels), strict=True)]
        merged = [laterals[-1]]
        for lateral in reversed(laterals[:-1]):
            merged.insert(0, lateral + F.interpolate(merged[0], size=lateral.shape[-2:]))
        pyramid = [conv(m) for conv, m in zip(self.smooth, merged, strict=True)]
        pyramid.append(self.coarsest(pyramid[-1]))
        return tuple(self.head.hidden(level) for level in pyramid)
