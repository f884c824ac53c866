"""Fold frozen batch norms into the convolutions before them."""

from __future__ import annotations

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

# timm's names, in every EfficientNet block: a convolution and the norm (with activation) after it.
_PAIRS = (
    ("conv_stem", "bn1"),
    ("conv_dw", "bn1"), ("conv_pw", "bn2"),  # depthwise-separable block
    ("conv_pw", "bn1"), ("conv_dw", "bn2"), ("conv_pwl", "bn3"),  # inverted residual block
)  # fmt: skip


def fuse_batch_norms(backbone: nn.Module) -> None:
    """Replace every convolution + batch norm of a timm EfficientNet by one convolution, in place.

    A batch norm in eval mode is a fixed scale and shift; folded into the weights it costs nothing,
    and training goes on from the same function. What remains of the norm is its activation.
    """
    backbone.eval()
    for block in list(backbone.modules()):
        inverted = hasattr(block, "conv_pwl")
        for conv_name, bn_name in _PAIRS:
            is_inverted_pair = (conv_name, bn_name) in _PAIRS[3:]
            if conv_name != "conv_stem" and inverted != is_inverted_pair:
                continue
            conv, norm = getattr(block, conv_name, None), getattr(block, bn_name, None)
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(block, conv_name, fuse_conv_bn_eval(conv, norm))
                setattr(block, bn_name, getattr(norm, "act", nn.Identity()))
