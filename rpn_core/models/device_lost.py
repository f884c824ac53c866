"""An accelerator that stops working while the process runs: how it is known, and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from rpn_core.errors import UserError

# Out of memory is none of these: torch has a class of its own for that.
_WORDS = (
    "CUDA error",
    "cuDNN error",
    "CUDNN_STATUS",
    "CUBLAS_STATUS",
    "CUDA driver error",
    "CUDA initialization",
    "No CUDA GPUs are available",
    "device-side assert",
    "HIP error",
    "MPS backend error",
    "Found no NVIDIA driver",
)
_lost: set[str] = set()


class DeviceLost(RuntimeError):
    """The accelerator no longer answers; nothing that lies on it can be had back."""


class FeaturesLost(UserError):
    """The accelerator is gone, and with it what the network made of the photo.

    The device is marked as lost: the network that is run anew runs on the CPU.
    """


def is_lost(device: torch.device) -> bool:
    """Whether the device has failed in this process."""
    return device.type in _lost


def mark_lost(device: torch.device) -> None:
    """Remember that the device has failed. A CUDA context never recovers from an error."""
    if device.type != "cpu":
        _lost.add(device.type)


@contextmanager
def lost_device_is_told(device: torch.device) -> Iterator[None]:
    """Turn the many errors of an accelerator that is gone into one.

    Raises:
        DeviceLost: the body failed as it does on an accelerator that is gone.
    """
    try:
        yield
    except RuntimeError as error:
        words = str(error)
        out_of_memory = isinstance(error, torch.OutOfMemoryError) or "out of memory" in words
        if device.type != "cpu" and not out_of_memory and any(part in words for part in _WORDS):
            raise DeviceLost(words) from error
        raise
