"""Make a head's scores calibrated ones, by its weights: nothing is added to the network."""

from __future__ import annotations

import torch
from torch import nn

from rpn_core.evaluation.calibration import Calibration
from rpn_core.models.networks.conditioned_head import OUTPUTS, ConditionedHead
from rpn_core.models.networks.fixed_anchor_head import FixedAnchorHead


def fold_calibration(head: ConditionedHead | FixedAnchorHead, calibration: Calibration) -> None:
    """Stretch and shift the objectness logits of every anchor, in place; offsets stay.

    Both heads end in a linear map, so that a * logit + b is another choice of its weights.
    """
    with torch.no_grad():
        if isinstance(head, FixedAnchorHead):
            _fold(head.predict.weight[::OUTPUTS], head.predict.bias[::OUTPUTS], calibration)  # type: ignore[index]
            return
        # Weights of an anchor's objectness: C of the map and one constant, from base and generator.
        last = head.generator[-1]
        assert isinstance(last, nn.Linear)
        row = slice(0, head.base.shape[1])
        for part in (last.weight[row], last.bias[row], head.base[0]):
            part *= calibration.scale
        head.base[0, -1] += calibration.shift


def _fold(weight: torch.Tensor, bias: torch.Tensor, calibration: Calibration) -> None:
    weight *= calibration.scale
    bias *= calibration.scale
    bias += calibration.shift
