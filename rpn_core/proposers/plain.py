"""Proposals without a page: the command line, evaluation, training's watch and tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rpn_core.anchors.lay import Anchors
from rpn_core.messages import Message
from rpn_core.models.fallback import ForwardResult, again_if_lost
from rpn_core.proposers.base import Proposer, Shows
from rpn_core.proposers.network import network, network_input, pixels
from rpn_core.proposers.rpn import anchors, outputs
from rpn_core.proposers.stages import results
from rpn_core.settings import NmsSettings, SelectionSettings, Settings
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.stages.network_input import NetworkInput
from rpn_core.stages.run import Run
from rpn_core.stages.stage_results import StageResults


def begin_run(proposer: Proposer, rgb: NDArray[np.uint8]) -> Run:
    """A run for one photo, without a store.

    Args:
        rgb: (H, W, 3) uint8, the original photo.
    Raises:
        ValueError: it is something else.
    """
    if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8 or rgb.shape[2:] != (3,):
        came = f"{getattr(rgb, 'dtype', type(rgb).__name__)} {np.shape(rgb)}"
        raise ValueError(
            f"the photo came as {came}, but must be uint8 (height, width, 3): "
            "rpn_core.read_pixels(data, name) gives it, np.asarray(image.convert('RGB')) too"
        )
    if not rgb.size:
        raise ValueError(f"the photo has no pixel: it came as {rgb.shape}")
    run = Run(proposer.settings).put(pixels, rgb)
    proposer.begin(run)
    return run


def run_stages(
    proposer: Proposer,
    rgb: NDArray[np.uint8],
    on_notice: Callable[[Message], None] = lambda _: None,
) -> StageResults:
    """Run every stage on one photo.

    Args:
        rgb: (H, W, 3) uint8, the original photo.
        on_notice: called with one sentence when memory ran out or the accelerator was lost, and
            less was done than asked for.
    Raises:
        NoScores: the head is untrained, or was trained for other anchors and the settings
            say that these are for geometry only.
        UserError: this photo cannot be used.
        ValueError: `rgb` is something else.
    """
    run = begin_run(proposer, rgb)
    if Shows.FEATURES not in proposer.shows:
        return run.get(results)

    def every_stage() -> StageResults:
        notice = run.get(network).sentence
        if notice:
            on_notice(notice)
        return run.get(results)

    return again_if_lost(every_stage, lambda: run.forget(network))


def after_network(forward: ForwardResult, settings: Settings) -> StageResults:
    """Lay anchors, score them, and run what comes after the head: the network need not run again.

    Args:
        forward: from `run_with_fallback`.
        settings: with anchors for the model's number of levels.
    Raises:
        NoScores: see `run_stages`.
        UserError: this photo cannot be used.
    """
    return Run(settings).put(network, forward).get(results)


def after_head(
    made: NetworkInput,
    laid: Anchors,
    said: HeadOutputs,
    selection: SelectionSettings,
    nms: NmsSettings,
) -> StageResults:
    """Run what comes after the head on its outputs, wherever they are from."""
    run = Run(Settings(selection=selection, nms=nms))
    run.put(network_input, made).put(anchors, laid).put(outputs, said)
    return run.get(results)
