"""The RPN loss: is it an object, and how far is the anchor from it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

SMOOTH_L1_BETA = 1 / 9


@dataclass(frozen=True, eq=False, slots=True)
class RpnLoss:
    """Both parts, already divided by their N; box is yet to be weighted by lambda."""

    objectness: Tensor
    box: Tensor


def rpn_loss(
    logits: Tensor,
    deltas: Tensor,
    labels: Tensor,
    target_deltas: Tensor,
    n_cls: float,
    n_reg: float | None = None,
    beta: float = SMOOTH_L1_BETA,
) -> RpnLoss:
    """Binary cross-entropy of the sample plus smooth L1 of its positives.

        L = 1/N_cls * sum_i BCE(logit_i, label_i)
            + 1/N_reg * sum_{label_i = 1} smoothL1(d_i - t_i)

    Args:
        logits: (S,) float of the sampled anchors.
        deltas: (P, 4) float of the sampled positives.
        labels: (S,) float, 1 for positives.
        target_deltas: (P, 4) float, `encode(anchors, objects)` of the positives.
        n_cls: in torchvision and here the anchors sampled in the whole batch.
        n_reg: in the paper the number of anchor locations; n_cls when None, as in torchvision.
        beta: where smooth L1 turns from a parabola to a straight line; 0 is plain L1.
    Source: Ren et al. 2015, eq. 1, without its lambda; beta 1/9 as in its code. With n_reg None it
        agrees with torchvision's compute_loss (tests/parity).
    """
    objectness = F.binary_cross_entropy_with_logits(logits, labels, reduction="sum") / n_cls
    box = F.smooth_l1_loss(deltas, target_deltas, beta=beta, reduction="sum")
    return RpnLoss(objectness, box / (n_cls if n_reg is None else n_reg))


def joined(parts: list[RpnLoss]) -> RpnLoss:
    """Sum of the losses of several levels or images."""
    return RpnLoss(
        torch.stack([part.objectness for part in parts]).sum(),
        torch.stack([part.box for part in parts]).sum(),
    )
