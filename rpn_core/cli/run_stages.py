"""From one photo to all stages, for commands: the page does the same step by step, cached."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.models.rpn import Rpn
from rpn_core.models.scoring import score_anchors
from rpn_core.models.step_down import run_with_step_down
from rpn_core.pipeline import Stages, after_head
from rpn_core.settings import Settings


class NoHonestScores(UserError):
    """The scores would mean nothing, on this photo and on every other."""


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
        on_notice: called with one sentence when memory ran out and less was done than asked for.
    Raises:
        NoHonestScores: the head is untrained, or was trained for other anchors and the settings
            say that these are for geometry only.
        UserError: this photo cannot be used.
    """
    forward = run_with_step_down(rpn, rgb, settings.input)
    if forward.sentence:
        on_notice(forward.sentence)
    anchors = forward.rpn.lay_anchors(forward.features, settings.anchors)
    scored = score_anchors(forward.rpn, forward.features, anchors, settings.foreign_anchors)
    if scored.outputs is None:
        raise NoHonestScores(scored.meaning.sentence)
    return after_head(
        forward.network_input, anchors, scored.outputs, settings.selection, settings.nms
    )
