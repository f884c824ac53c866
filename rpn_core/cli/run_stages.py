"""From one photo to all stages, for commands: the page does the same step by step, cached."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rpn_core.models.after_network import after_network
from rpn_core.models.rpn import Rpn
from rpn_core.models.step_down import again_if_lost, run_with_step_down
from rpn_core.pipeline import Stages
from rpn_core.settings import Settings


def run_stages(
    rpn: Rpn,
    rgb: NDArray[np.uint8],
    settings: Settings,
    on_notice: Callable[[str], None] = lambda _: None,
) -> Stages:
    """Run every stage on one photo.

    Args:
        rpn: a loaded model.
        rgb: (H, W, 3) uint8, the original photo.
        settings: with anchors for the model's number of levels.
        on_notice: called with one sentence when memory ran out or the accelerator was lost, and
            less was done than asked for.
    Raises:
        NoHonestScores: the head is untrained, or was trained for other anchors and the settings
            say that these are for geometry only.
        UserError: this photo cannot be used.
    """

    def run() -> Stages:
        forward = run_with_step_down(rpn, rgb, settings.input)
        if forward.sentence:
            on_notice(str(forward.sentence))
        return after_network(
            forward, settings.anchors, settings.foreign_anchors, settings.selection, settings.nms
        )

    return again_if_lost(run)
