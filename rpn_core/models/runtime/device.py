"""Where a model runs, and in which precision."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Literal, get_args

import torch

from rpn_core.errors import UserError
from rpn_core.messages import msg
from rpn_core.models.runtime.threads import one_thread

DeviceChoice = Literal["auto", "cuda", "mps", "cpu"]

CPU_PRECISION = "RPN_CPU_PRECISION"
_CPU_PRECISIONS = {"auto": None, "float32": torch.float32, "bfloat16": torch.bfloat16}

# bf16 has to win clearly: it costs precision, and a probe of a few milliseconds is noisy.
BF16_MUST_TAKE_AT_MOST = 0.75


def available_devices() -> tuple[str, ...]:
    """What this machine offers, best first; always ends with "cpu"."""
    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def choose_device(choice: str = "auto") -> torch.device:
    """CUDA, else MPS, else CPU; or the one asked for.

    Raises:
        UserError: the one asked for is unknown or not there.
    """
    if choice not in get_args(DeviceChoice):
        raise UserError(
            "There is no device {device!r}: choose one of {devices}.",
            device=choice,
            devices=get_args(DeviceChoice),
        )
    available = available_devices()
    if choice == "auto":
        return torch.device(available[0])
    if choice not in available:
        best, *others = available
        raise UserError(
            "This machine has no {device} device that torch {version} can use: choose {devices}, "
            "or auto.",
            device=choice,
            version=torch.__version__,
            devices=msg("{one} or {other}", one=best, other=others[0]) if others else best,
        )
    return torch.device(choice)


def choose_dtype(device: torch.device, environment: Mapping[str, str] = os.environ) -> torch.dtype:
    """Precision of the forward pass on `device`.

    float16 on CUDA. On a CPU what RPN_CPU_PRECISION says (float32 or bfloat16); without it, or with
    "auto", bfloat16 if a short measurement, once a process, says that it is clearly faster. It is
    meant for CPUs that multiply bf16 in hardware; those that do not emulate it (on an AVX2 machine
    the convolution took 2.5 to 3.4 times as long as in float32). float32 elsewhere.
    """
    if device.type == "cuda":
        return torch.float16
    if device.type == "cpu":
        named = _named_cpu_precision(environment)
        if named is not None:
            return named
        if _bf16_share_of_fp32_time() <= BF16_MUST_TAKE_AT_MOST:
            return torch.bfloat16
    return torch.float32


def _named_cpu_precision(environment: Mapping[str, str]) -> torch.dtype | None:
    """What RPN_CPU_PRECISION names; None for "auto".

    Another value is reported in the log, and "auto" is used: a server should start.
    """
    text = environment.get(CPU_PRECISION, "").strip() or "auto"
    if text not in _CPU_PRECISIONS:
        logging.getLogger(__name__).warning(
            "%s is %r, but one of %s is expected: auto is used.",
            CPU_PRECISION, text, ", ".join(_CPU_PRECISIONS),
        )  # fmt: skip
        return None
    return _CPU_PRECISIONS[text]


@cache
def _bf16_share_of_fp32_time() -> float:
    """Time of a 3x3 convolution in bf16, as a share of its time in float32; once a process.

    By turns, by the processor's clock and on one thread: measured by the clock on the wall, a busy
    machine took the slower of the two in one start of three.
    """
    operands = {
        dtype: (torch.ones(1, 64, 40, 40, dtype=dtype), torch.ones(64, 64, 3, 3, dtype=dtype))
        for dtype in (torch.float32, torch.bfloat16)
    }
    best = dict.fromkeys(operands, float("inf"))
    with one_thread(), torch.inference_mode():
        for _ in range(15):  # the first one also chooses the kernel
            for dtype, (x, weight) in operands.items():
                start = time.thread_time()
                torch.nn.functional.conv2d(x, weight, padding=1)
                best[dtype] = min(best[dtype], time.thread_time() - start)
    return best[torch.bfloat16] / best[torch.float32]
