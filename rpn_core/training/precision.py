"""Mixed precision: what the backbone computes in, and how its gradients are kept from vanishing."""

from __future__ import annotations

import torch

from rpn_core.errors import UserError
from rpn_core.models.runtime.device import choose_dtype


def training_dtype(choice: str, device: torch.device) -> torch.dtype:
    """The precision asked for; with "auto" the fastest that is safe on the device.

    CUDA: bfloat16 where the card computes in it, else float16. CPU: bfloat16 where a measurement
    says that it gains, else float32.

    Raises:
        UserError: float16 was asked for elsewhere than on CUDA, where gradients need scaling.
    """
    if choice == "float16" and device.type != "cuda":
        raise UserError(
            "float16 training is for CUDA, but the device is {device}: choose bfloat16, float32 "
            "or auto.",
            device=device.type,
        )
    if choice != "auto":
        named: torch.dtype = getattr(torch, choice)
        return named
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return choose_dtype(device)
