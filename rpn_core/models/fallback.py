"""A forward pass that, when memory runs out or the GPU is lost, does with less and says so."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.messages import Message, msg
from rpn_core.models.on_cpu import on_cpu
from rpn_core.models.rpn import Rpn
from rpn_core.models.runtime.device_lost import (
    DeviceLost,
    FeaturesLost,
    ScoresOutOfMemory,
    is_lost,
    is_out_of_memory,
    lost_device_is_told,
    mark_lost,
)
from rpn_core.models.runtime.forward_queue import ForwardQueue, forward_queue
from rpn_core.models.runtime.threads import network_threads
from rpn_core.settings import InputSettings, number_of
from rpn_core.stages.head_outputs import FeatureMaps
from rpn_core.stages.network_input import NetworkInput, prepare_input

Result = TypeVar("Result")
# Whether the accelerator turned out to be full after the network, so that the CPU runs it again.
_full: ContextVar[bool] = ContextVar("accelerator_full", default=False)


@dataclass(frozen=True, eq=False, slots=True)
class ForwardResult:
    """What one forward pass gave, and with what it was made.

    Attributes:
        rpn: the model that ran; on the CPU if the accelerator's memory did not suffice, or if the
            accelerator was lost.
        network_input: what it read; smaller than asked for if memory did not suffice.
        features: its feature maps.
        sentence: what memory did not suffice for, or that the accelerator was lost, and what was
            done instead; None when all went as asked.
        seconds: from the beginning of its turn, so without the wait in line.
    """

    rpn: Rpn
    network_input: NetworkInput
    features: FeatureMaps
    sentence: Message | None
    seconds: float = 0.0

    @property
    def made_with(self) -> tuple[str, tuple[int, int]]:
        """Device and (height, width) of the photo in the input: for keys of what comes after."""
        return self.rpn.device.type, self.network_input.image_hw


@dataclass(frozen=True, eq=False, slots=True)
class _Attempt:
    rpn: Rpn
    settings: InputSettings
    sentence: Message | None


def run_with_fallback(
    rpn: Rpn,
    rgb: NDArray[np.uint8] | Callable[[], NDArray[np.uint8]],
    settings: InputSettings,
    *,
    on_position: Callable[[int], None] | None = None,
    session: Hashable | None = None,
    queue: ForwardQueue = forward_queue,
) -> ForwardResult:
    """Run the network on one photo, in turn with everybody else.

    When memory runs out: half the size, then a quarter, then the CPU at the size that was asked
    for, then half and a quarter of that. (CUDA runs in half precision from the start.) When the
    accelerator fails (a driver that was reset, a card that overheated), the CPU takes over, at once
    for every pass that follows: a process never gets a lost CUDA device back.

    Args:
        rpn: the model.
        rgb: (H, W, 3) uint8, the original photo; or what gives it, called when the turn has come,
            so that those who wait hold no pixels.
        settings: the size that was asked for.
        on_position: see `ForwardQueue.turn`.
        session: see `ForwardQueue.turn`.
    Raises:
        UserError: not even the last step fits, or the model cannot follow to the CPU.
    """
    with queue.turn(on_position, session=session), network_threads():
        began = time.perf_counter()
        result = _run(rpn, rgb() if callable(rgb) else rgb, settings)
        return replace(result, seconds=time.perf_counter() - began)


def _run(rpn: Rpn, rgb: NDArray[np.uint8], settings: InputSettings) -> ForwardResult:
    try:
        if _full.get() and rpn.device.type != "cpu":
            return _first_that_fits(rgb, _attempts_of_cpu(rpn, settings), rpn)
        if not is_lost(rpn.device):
            return _first_that_fits(rgb, _attempts(rpn, settings), rpn)
    except DeviceLost:
        mark_lost(rpn.device)
    # Outside the except clause: its traceback holds the failed pass's tensors.
    lost = msg("{device} stopped working, so the CPU was used.", device=_name(rpn))
    return _first_that_fits(rgb, _attempts(on_cpu(rpn), settings, lost), rpn)


def again_if_lost(run: Callable[[], Result], forget: Callable[[], None] = lambda: None) -> Result:
    """Do once more what begins with `run_with_fallback`, if the features were lost after it.

    So it is, too, if the accelerator's memory sufficed for the network only.

    Args:
        run: from the network to the head, or further; the second time the CPU takes over.
        forget: called in between, to drop features that were kept.
    """
    try:
        return run()
    except FeaturesLost as lost:
        full = isinstance(lost, ScoresOutOfMemory)
    forget()
    before = _full.set(full)
    try:
        return run()
    finally:
        _full.reset(before)


def _first_that_fits(
    rgb: NDArray[np.uint8], attempts: Iterator[_Attempt], rpn: Rpn
) -> ForwardResult:
    for attempt in attempts:
        features = None
        try:
            network_input = prepare_input(rgb, attempt.settings, attempt.rpn.card.preprocess)
            features = _try_forward(attempt.rpn, network_input)
        except MemoryError:
            gc.collect()
        if features is not None:
            return ForwardResult(attempt.rpn, network_input, features, attempt.sentence)
    raise UserError(
        "The memory of this machine does not suffice for {model}, not even at a quarter of the "
        "size: choose a smaller model, or close other programs.",
        model=rpn.card.name,
    )


def _attempts(rpn: Rpn, settings: InputSettings, said: Message | None = None) -> Iterator[_Attempt]:
    """`said` is what is known already, before the first of them."""
    where = _name(rpn)
    yield _Attempt(rpn, settings, said)
    for less in _smaller(settings):
        why = msg(
            "{device} ran out of memory, so the network saw the photo smaller, at {size} px (at "
            "most {most} px).",
            device=where, size=less.min_side, most=less.max_side,
        )  # fmt: skip
        yield _Attempt(rpn, less, msg("{before} {now}", before=said, now=why) if said else why)
    if rpn.device.type != "cpu":
        yield from _attempts_of_cpu(rpn, settings)


def _attempts_of_cpu(rpn: Rpn, settings: InputSettings) -> Iterator[_Attempt]:
    where, rpn = _name(rpn), on_cpu(rpn)
    yield _Attempt(
        rpn, settings, msg("{device} ran out of memory, so the CPU was used.", device=where)
    )
    for less in _smaller(settings):
        why = msg(
            "{device} and the CPU ran out of memory, so the network saw the photo smaller, at "
            "{size} px (at most {most} px).",
            device=where, size=less.min_side, most=less.max_side,
        )  # fmt: skip
        yield _Attempt(rpn, less, why)


def _smaller(settings: InputSettings) -> Iterator[InputSettings]:
    lowest = int(number_of("input.min_side").low)
    for share in (2, 4):
        yield InputSettings(
            max(settings.min_side // share, lowest), max(settings.max_side // share, lowest)
        )


def _name(rpn: Rpn) -> str:
    return rpn.device.type.upper()


def _try_forward(rpn: Rpn, network_input: NetworkInput) -> FeatureMaps | None:
    try:
        with lost_device_is_told(rpn.device):
            features = rpn.feature_maps(network_input)
            if rpn.device.type == "cuda":  # else its errors come up at some later line
                torch.cuda.synchronize(rpn.device)
            return features
    except RuntimeError as error:
        if isinstance(error, DeviceLost) or not is_out_of_memory(error):
            raise
    # Outside the except clause: its traceback holds the failed pass's tensors.
    gc.collect()
    if rpn.device.type == "cuda":
        torch.cuda.empty_cache()
    return None
