"""What is told of a model before its numbers."""

from __future__ import annotations

import sys

from rpn_core.messages import tr
from rpn_core.models.rpn import Rpn


def tell_model(rpn: Rpn) -> None:
    """On stderr: device and precision, on which the last digits depend, and what was left out of
    a checkpoint; the page says both."""
    for note in rpn.notes:
        print(note, file=sys.stderr)
    told = tr(
        "{model} runs on {device} in {precision}.",
        model=rpn.card.name,
        device=rpn.device.type.upper(),
        precision=str(rpn.dtype).removeprefix("torch."),
    )
    print(told, file=sys.stderr)
