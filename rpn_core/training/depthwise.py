"""Gradients of depthwise convolutions in bfloat16 on a CPU, by the fast kernels that it has.

There torch takes the weight gradient of a 5x5 depthwise convolution, and the input gradient of a
strided one, by reference loops: on a processor with AMX these were three quarters of a training
step. The 3x3 weight gradient, the forward convolution and float32's strided gradient are fast, and
all that is needed can be written with them (tests/parity).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

_backward = torch.ops.aten.convolution_backward


class QuickDepthwise(TorchFunctionMode):
    """While it is entered, `conv2d` of depthwise weights in CPU bfloat16 has quick gradients."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Take the convolutions that it can do better; pass on everything else."""
        if func is torch.conv2d and not kwargs and len(args) == 7 and _suits(*args):
            x, weight, bias, stride, padding, _, _ = args
            low = torch.get_autocast_dtype("cpu")
            return _DepthwiseConv.apply(
                x.to(low), weight.to(low), None if bias is None else bias.to(low),
                int(stride[0]), int(padding[0]),
            )  # fmt: skip
        return func(*args, **(kwargs or {}))


def _suits(
    x: Tensor, weight: Tensor, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> bool:
    return (
        torch.is_autocast_enabled("cpu")
        and torch.get_autocast_dtype("cpu") == torch.bfloat16
        and x.device.type == "cpu"
        and groups == len(weight) == x.shape[1] > 1
        and tuple(weight.shape[2:]) in ((3, 3), (5, 5))
        and tuple(dilation) == (1, 1)
        and not isinstance(padding, str)
        and stride[0] == stride[1]
        and padding[0] == padding[1]
        and (weight.requires_grad or x.requires_grad)
    )


class _DepthwiseConv(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int
    ) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return torch.conv2d(x, weight, bias, stride, padding, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        grad = grads[0].contiguous(memory_format=torch.channels_last)
        x, weight = ctx.saved_tensors
        stride, padding = ctx.stride, ctx.padding
        for_x, for_weight, for_bias = ctx.needs_input_grad[:3]
        return (
            _input_gradient(grad, x, weight, stride, padding) if for_x else None,
            _weight_gradient(grad, x, weight, stride, padding) if for_weight else None,
            grad.sum((0, 2, 3)) if for_bias else None,
            None,
            None,
        )


def _input_gradient(grad: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    if stride == 1:  # a convolution with the kernel turned around
        return torch.conv2d(
            grad, weight.flip(2, 3), None, 1, weight.shape[-1] - 1 - padding, groups=len(weight)
        )
    unread = torch.empty_like(x, dtype=torch.float32)  # only its shape matters
    found: Tensor = _backward(
        grad.float(), unread, weight.float(), None, [stride] * 2, [padding] * 2, [1, 1], False,
        [0, 0], len(weight), [True, False, False],
    )[0]  # fmt: skip
    return found.to(grad.dtype)


def _weight_gradient(grad: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """A 5x5 kernel as four overlapping 3x3 ones, each on the part of the input that it reads."""

    def small(part: Tensor, kernel: Tensor, around: int) -> Tensor:
        found: Tensor = _backward(
            grad, part, kernel, None, [stride] * 2, [around] * 2, [1, 1], False, [0, 0],
            len(weight), [False, True, False],
        )[1]  # fmt: skip
        return found

    if weight.shape[-1] == 3:
        return small(x, weight, padding)
    padded = F.pad(x, [padding] * 4)
    high, wide = ((cells - 1) * stride + 3 for cells in grad.shape[2:])
    gradient = torch.empty_like(weight)
    for top in (0, 2):
        for left in (0, 2):
            part = padded[:, :, top : top + high, left : left + wide].contiguous(
                memory_format=torch.channels_last
            )
            window = (slice(None), slice(None), slice(top, top + 3), slice(left, left + 3))
            gradient[window] = small(part, weight[window].contiguous(), 0)
    return gradient
