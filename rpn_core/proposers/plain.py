"""Proposals without a page: the command line, evaluation, training's watch and tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rpn_core.anchors.lay import Anchors
from rpn_core.messages import Message
from rpn_core.models.fallback import ForwardResult, again_if_lost
from rpn_core.models.rpn import Rpn
from rpn_core.proposers import stages as proposing
from rpn_core.settings import NmsSettings, SelectionSettings, Settings
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.stages.network_input import NetworkInput
from rpn_core.stages.rpn_results import Stages
from rpn_core.stages.run import Run


def run_stages(
    rpn: Rpn,
    rgb: NDArray[np.uint8],
    settings: Settings,
    on_notice: Callable[[Message], None] = lambda _: None,
) -> Stages:
    """Run every stage on one photo.

    Args:
        rpn: a loaded model.
        rgb: (H, W, 3) uint8, the original photo.
        settings: with anchors for the model's number of levels.
        on_notice: called with one sentence when memory ran out or the accelerator was lost, and
            less was done than asked for.
    Raises:
        NoScores: the head is untrained, or was trained for other anchors and the settings
            say that these are for geometry only.
        UserError: this photo cannot be used.
    """
    run = Run(settings).give(proposing.model, rpn).put(proposing.pixels, rgb)

    def every() -> Stages:
        notice = run.get(proposing.network).sentence
        if notice:
            on_notice(notice)
        return run.get(proposing.results)

    return again_if_lost(every, lambda: run.forget(proposing.network))


def after_network(forward: ForwardResult, settings: Settings) -> Stages:
    """Lay anchors, score them, and run what comes after the head: the network need not run again.

    Args:
        forward: from `run_with_fallback`.
        settings: with anchors for the model's number of levels.
    Raises:
        NoScores: see `run_stages`.
        UserError: this photo cannot be used.
    """
    return Run(settings).put(proposing.network, forward).get(proposing.results)


def after_head(
    network_input: NetworkInput,
    anchors: Anchors,
    outputs: HeadOutputs,
    selection: SelectionSettings,
    nms: NmsSettings,
) -> Stages:
    """Run what comes after the head on its outputs, wherever they are from."""
    run = Run(Settings(selection=selection, nms=nms))
    run.put(proposing.network_input, network_input)
    run.put(proposing.anchors, anchors).put(proposing.outputs, outputs)
    return run.get(proposing.results)
