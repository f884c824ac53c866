"""A model that lies on an accelerator, on the CPU."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import torch

from rpn_core.errors import UserError
from rpn_core.models.load import load_model
from rpn_core.models.rpn import Rpn, WeightsState


def on_cpu(rpn: Rpn) -> Rpn:
    """The same model on the CPU, in float32, even if nothing can be read from its accelerator.

    Raises:
        UserError: its weights came from a file that is not here, or were random.
    """
    try:
        return rpn.moved(torch.device("cpu"), torch.float32)
    except RuntimeError as error:
        if rpn.state not in (WeightsState.BUNDLED, WeightsState.DOWNLOADED):
            raise UserError(
                "{device} stopped working, and the weights of {model} were on it: choose the CPU "
                "as the device, which loads them again.",
                device=rpn.device.type.upper(),
                model=rpn.card.name,
            ) from error
    return _from_its_file(rpn.card.name)


@lru_cache(maxsize=2)
def _from_its_file(name: str) -> Rpn:
    # Also where the processor is fast in bfloat16: the accelerator ran in a higher precision.
    return replace(load_model(name, "cpu"), dtype=torch.float32)
