"""The quick gradients of depthwise convolutions against torch's own."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from rpn_core.training.depthwise import QuickDepthwise

# (channels, height, width, kernel, stride, padding): what EfficientNets and the pyramid have.
CASES = [
    (16, 20, 24, 5, 1, 2),
    (16, 20, 24, 5, 2, 2),
    (16, 23, 27, 5, 2, 0),
    (8, 7, 9, 3, 1, 1),
    (8, 21, 25, 3, 2, 0),
    (24, 5, 5, 5, 1, 2),
]


def gradients(conv: nn.Conv2d, x: torch.Tensor, *, quick: bool) -> list[torch.Tensor]:
    x = x.clone().requires_grad_()
    conv = copy.deepcopy(conv)
    with torch.autocast("cpu", torch.bfloat16):
        if quick:
            with QuickDepthwise():
                out = conv(x)
        else:
            out = conv(x)
    assert quick == ("DepthwiseConv" in type(out.grad_fn).__name__)
    weights = torch.linspace(-1, 1, out.numel()).reshape(out.shape)
    (out.float() * weights).sum().backward()
    return [out.float(), x.grad, conv.weight.grad, conv.bias.grad]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_gradients_are_torch_s_own(case: tuple[int, ...]) -> None:
    channels, height, width, kernel, stride, padding = case
    torch.manual_seed(0)
    conv = nn.Conv2d(channels, channels, kernel, stride, padding, groups=channels)
    x = torch.randn(2, channels, height, width).contiguous(memory_format=torch.channels_last)
    slow, quick = (gradients(conv, x, quick=quick) for quick in (False, True))
    for theirs, ours in zip(slow, quick, strict=True):
        scale = float(theirs.abs().max())
        # bfloat16 has 8 bits: sums in another order differ by one of the last.
        torch.testing.assert_close(ours.float(), theirs.float(), rtol=0.02, atol=0.01 * scale)


@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(8, 8, 3, padding=1),
        nn.Conv2d(8, 8, 7, padding=3, groups=8),
        nn.Conv2d(8, 8, 3, padding="same", groups=8),
        nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=8),
        nn.Conv2d(8, 8, 3, (1, 2), padding=1, groups=8),
    ],
    ids=["dense", "7x7", "same", "dilated", "two strides"],
)
def test_others_are_left_to_torch(conv: nn.Conv2d) -> None:
    with torch.autocast("cpu", torch.bfloat16), QuickDepthwise():
        out = conv(torch.randn(1, 8, 12, 12, requires_grad=True))
    assert "DepthwiseConv" not in type(out.grad_fn).__name__


def test_in_full_precision_nothing_changes() -> None:
    conv = nn.Conv2d(8, 8, 5, padding=2, groups=8)
    with QuickDepthwise():
        out = conv(torch.randn(1, 8, 12, 12))
    assert "DepthwiseConv" not in type(out.grad_fn).__name__
