"""A forward pass that, when memory runs out, does with less and says so."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.head_outputs import FeatureMaps
from rpn_core.models.forward_queue import ForwardQueue, forward_queue
from rpn_core.models.rpn import Rpn
from rpn_core.models.threads import network_threads
from rpn_core.network_input import NetworkInput, prepare_input
from rpn_core.settings import CONTROLS, InputSettings


@dataclass(frozen=True, eq=False, slots=True)
class ForwardResult:
    """What one forward pass gave, and with what it was made.

    Attributes:
        rpn: the model that ran; on the CPU if the accelerator's memory did not suffice.
        network_input: what it read; smaller than asked for if memory did not suffice.
        features: its feature maps.
        sentence: what memory did not suffice for and what was done instead; empty when all went
            as asked.
    """

    rpn: Rpn
    network_input: NetworkInput
    features: FeatureMaps
    sentence: str


@dataclass(frozen=True, eq=False, slots=True)
class _Attempt:
    rpn: Rpn
    settings: InputSettings
    sentence: str


def run_with_step_down(
    rpn: Rpn,
    rgb: NDArray[np.uint8],
    settings: InputSettings,
    *,
    on_position: Callable[[int], None] | None = None,
    queue: ForwardQueue = forward_queue,
) -> ForwardResult:
    """Run the network on one photo, in turn with everybody else.

    When memory runs out: half the size, then a quarter, then the CPU at the size that was asked
    for, then half and a quarter of that. (CUDA runs in half precision from the start.)

    Args:
        rpn: the model.
        rgb: (H, W, 3) uint8, the original photo.
        settings: the size that was asked for.
        on_position: see `ForwardQueue.turn`.
    Raises:
        UserError: not even the last step fits.
    """
    with queue.turn(on_position), network_threads():
        for attempt in _attempts(rpn, settings):
            network_input = prepare_input(rgb, attempt.settings, attempt.rpn.card.preprocess)
            features = _try_forward(attempt.rpn, network_input)
            if features is not None:
                return ForwardResult(attempt.rpn, network_input, features, attempt.sentence)
    raise UserError(
        f"The memory of this machine does not suffice for {rpn.card.name}, not even at a quarter "
        "of the size: choose a smaller model, or close other programs."
    )


def _attempts(rpn: Rpn, settings: InputSettings) -> Iterator[_Attempt]:
    where = rpn.device.type.upper()
    yield _Attempt(rpn, settings, "")
    yield from _smaller(rpn, settings, f"{where} ran out of memory")
    if rpn.device.type != "cpu":
        rpn = rpn.moved(torch.device("cpu"), torch.float32)
        yield _Attempt(rpn, settings, f"{where} ran out of memory, so the CPU was used.")
        yield from _smaller(rpn, settings, f"{where} and the CPU ran out of memory")


def _smaller(rpn: Rpn, settings: InputSettings, why: str) -> Iterator[_Attempt]:
    lowest = int(CONTROLS["min_side"].low)
    for share in (2, 4):
        smaller = InputSettings(
            max(settings.min_side // share, lowest), max(settings.max_side // share, lowest)
        )
        size = f"{smaller.min_side} px (at most {smaller.max_side} px)"
        yield _Attempt(rpn, smaller, f"{why}, so the network saw the photo smaller, at {size}.")


def _try_forward(rpn: Rpn, network_input: NetworkInput) -> FeatureMaps | None:
    try:
        return rpn.feature_maps(network_input)
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
    # Outside the except clause: its traceback holds the failed pass's tensors.
    gc.collect()
    if rpn.device.type == "cuda":
        torch.cuda.empty_cache()
    return None


def _is_out_of_memory(error: RuntimeError) -> bool:
    # CUDA has a class of its own; the CPU's allocator and MPS only have these words.
    words = str(error)
    return (
        isinstance(error, torch.OutOfMemoryError)
        or "DefaultCPUAllocator" in words
        or "MPS backend out of memory" in words
    )
