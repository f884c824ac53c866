"""The loss of one image taken apart: what every drawn anchor adds to it.

    L = 1/N_cls * sum_i BCE(logit_i, label_i) + lambda/N_reg * sum_{label_i = 1} smoothL1(d_i - t_i)

Letters: S anchors drawn, P of them positive.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from rpn_core.anchors.lay import Anchors
from rpn_core.geometry.box_coder import encode
from rpn_core.settings import LossSettings
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.targets.image_objects import ImageObjects
from rpn_core.targets.matching import Matches
from rpn_core.targets.minibatch import Minibatch


@dataclass(frozen=True, eq=False, slots=True)
class LossTerms:
    """Every term; the first P of the S anchors are the positives.

    Attributes:
        anchor: (S,) int64.
        label: (S,) float, 1 for positives.
        logit: (S,) float.
        entropy: (S,) float, BCE(logit, label) of each.
        object: (P,) int64, what each positive learns from.
        deltas: (P, 4) float, what the head says.
        target_deltas: (P, 4) float, what would turn the anchor into its object.
        distance: (P, 4) float, smooth L1 of their difference.
        n_cls, n_reg, reg_lambda, beta: the constants of the formula.
    """

    anchor: Tensor
    label: Tensor
    logit: Tensor
    entropy: Tensor
    object: Tensor
    deltas: Tensor
    target_deltas: Tensor
    distance: Tensor
    n_cls: int
    n_reg: int
    reg_lambda: float
    beta: float

    @property
    def residuals(self) -> Tensor:
        """(P, 4) float, d - t."""
        return self.deltas - self.target_deltas

    @property
    def cls_part(self) -> Tensor:
        """(S,) float, what each anchor adds to the loss by its score."""
        return self.entropy / max(1, self.n_cls)

    @property
    def reg_part(self) -> Tensor:
        """(S,) float, what each anchor adds by its offsets, lambda included; 0 for negatives."""
        part = torch.zeros_like(self.entropy)
        part[: len(self.object)] = self.distance.sum(1) * self.reg_lambda / max(1, self.n_reg)
        return part

    @property
    def part(self) -> Tensor:
        """(S,) float, both; sums to the loss."""
        return self.cls_part + self.reg_part


def loss_terms(
    anchors: Anchors,
    outputs: HeadOutputs,
    objects: ImageObjects,
    matches: Matches,
    minibatch: Minibatch,
    batch_size_per_image: int,
    settings: LossSettings,
) -> LossTerms:
    """Take the loss apart.

    Args:
        anchors: R anchors.
        outputs: what the head says of them.
        objects, matches, minibatch: from `match_image` and `draw_minibatch` on these anchors.
        batch_size_per_image: N_cls of the paper's form, however many were drawn.
    Source: Ren et al. 2015, eq. 1: N_cls is the mini-batch size, N_reg the number of anchor
        locations, lambda 10. torchvision's form divides both sums by the number of drawn anchors.
        The parts sum to `rpn_loss`, and to torchvision's compute_loss (tests/parity).
    """
    drawn, positives = minibatch.anchors, minibatch.positives
    label = (torch.arange(len(drawn)) < len(positives)).float()
    logit = outputs.objectness_logits[drawn]
    learns = matches.target[positives]
    deltas = outputs.deltas[positives]
    target_deltas = encode(anchors.boxes[positives], objects.boxes[learns])
    distance = F.smooth_l1_loss(deltas, target_deltas, beta=settings.beta, reduction="none")
    if settings.form == "paper":
        n_cls = batch_size_per_image
        n_reg = sum(level.grid_hw[0] * level.grid_hw[1] for level in anchors.levels if level.shapes)
    else:
        n_cls = n_reg = len(drawn)
    return LossTerms(
        drawn, label, logit,
        F.binary_cross_entropy_with_logits(logit, label, reduction="none"),
        learns, deltas, target_deltas, distance,
        n_cls, n_reg, settings.reg_lambda, settings.beta,
    )  # fmt: skip
