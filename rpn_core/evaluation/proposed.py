"""What a proposer gives for one image, with the time that each stage took."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.messages import in_english
from rpn_core.proposers.base import Proposer, Shows
from rpn_core.proposers.network import network
from rpn_core.proposers.plain import begin_run
from rpn_core.proposers.stages import proposals


@dataclass(frozen=True, eq=False, slots=True)
class Proposed:
    """Boxes for one image.

    Attributes:
        boxes: (N, 4) float64 xyxy, best first, pixels of the original image.
        seconds: time of each stage, in their order, by its English name.
    """

    boxes: NDArray[np.float64]
    seconds: dict[str, float]


def propose(proposer: Proposer, rgb: NDArray[np.uint8]) -> Proposed:
    """Propose boxes for (H, W, 3) uint8 pixels.

    Raises:
        UserError: this photo cannot be used, or memory sufficed only for less than was asked for:
            a figure must not be of less than it says.
    """
    run = begin_run(proposer, rgb)
    boxes = run.get(proposals).boxes
    if Shows.FEATURES in proposer.shows and (less := run.get(network).sentence):
        raise UserError(
            "{what} A figure of that would say too much: ask for a smaller input, or "
            "another device.",
            what=less,
        )
    with in_english():  # keys of the report
        seconds = {
            str(one.stage.label): one.seconds for one in run.log if one.stage.label is not None
        }
    return Proposed(boxes.double().numpy(), seconds)
