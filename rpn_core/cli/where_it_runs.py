"""What the last digits of a command's numbers depend on."""

from __future__ import annotations

from rpn_core.messages import Message, msg
from rpn_core.models.rpn import Rpn


def where_it_runs(rpn: Rpn) -> Message:
    """Device and precision of a model, which the page says in its header."""
    return msg(
        "{model} runs on {device} in {precision}.",
        model=rpn.card.name,
        device=rpn.device.type.upper(),
        precision=str(rpn.dtype).removeprefix("torch."),
    )
