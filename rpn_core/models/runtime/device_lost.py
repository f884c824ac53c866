"""An accelerator that stops working, or is full: how it is known, and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from rpn_core.errors import UserError

# Out of memory is none of these, also where it is told in such words.
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
# torch has a class of its own for its CUDA allocator only. The CPU's allocator and MPS have these
# words; so has the driver, which allocates for itself (a kernel that is loaded, a new context); and
# cuDNN, whose every algorithm was tried and found no room to work in.
_MEMORY_WORDS = (
    "out of memory",
    "DefaultCPUAllocator",
    "unable to find an engine to execute",
    "Unable to find a valid cuDNN algorithm",
)
_lost: set[str] = set()


class DeviceLost(RuntimeError):
    """The accelerator no longer answers; nothing that lies on it can be had back."""


class FeaturesLost(UserError):
    """The accelerator is gone, and with it what the network made of the photo.

    The device is marked as lost: the network that is run again runs on the CPU.
    """


class ScoresOutOfMemory(FeaturesLost):
    """The accelerator had memory for the network, but not for the scores that come after it.

    It works on; it is for this photo that the network is run again on the CPU.
    """


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether memory did not suffice, on any device."""
    words = str(error)
    return isinstance(error, torch.OutOfMemoryError) or any(part in words for part in _MEMORY_WORDS)


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
        told = any(part in words for part in _WORDS)
        if device.type != "cpu" and told and not is_out_of_memory(error):
            raise DeviceLost(words) from error
        raise
