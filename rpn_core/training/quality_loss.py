"""A score that ranks: each anchor's score learns the IoU that its own box reaches.

The paper's score learns whether the *anchor* lies on an object, on 256 anchors an image. What a
proposal is worth is how well its *box*, after the offset, meets an object; and an anchor that fits
badly can still end well. Here the score's target is that IoU (0 for background), on all anchors at
once; the many easy ones count little (quality focal loss). The offset learns by the box it makes
(generalised IoU).

Source: Li et al., Generalized Focal Loss, NeurIPS 2020, eq. 4; Rezatofighi et al., Generalized
Intersection over Union, CVPR 2019.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import generalized_box_iou_loss

from rpn_core.box_coder import decode
from rpn_core.targets.loss import RpnLoss
from rpn_core.targets.matching import IGNORED, match_anchors
from rpn_core.training.dense import DenseOutputs
from rpn_core.training.recipe import Recipe

FOCUS = 2.0  # beta of the quality focal loss


def quality_loss(
    outputs: DenseOutputs,
    objects: tuple[Tensor, ...],
    recipe: Recipe,
    in_all: Callable[[int], float] = float,
) -> tuple[RpnLoss, int]:
    """Loss of a batch: both parts are divided by the number of positives in it.

    Args:
        outputs: of the network on N images.
        objects: per image (G, 4) float32 xyxy, pixels of the network input.
        recipe: anchors with IoU >= box_iou_thresh, and the best of each object, are positives;
            those with IoU < bg_iou_thresh are background; the score of the rest is left alone.
        in_all: from a number counted here to that by which the loss is divided; with several
            processes, its mean over them.
    Returns:
        the loss, and the number of positives.
    """
    scores, boxes, positives = [], [], 0
    for logits, deltas, here in zip(outputs.logits, outputs.deltas, objects, strict=True):
        target = match_anchors(
            outputs.anchors,
            here,
            fg_iou_thresh=recipe.box_iou_thresh,
            bg_iou_thresh=min(recipe.bg_iou_thresh, recipe.box_iou_thresh),
        ).target
        chosen = torch.nonzero(target >= 0).flatten()
        quality = torch.zeros_like(logits)
        if len(chosen):
            reached = decode(outputs.anchors[chosen], deltas[chosen])
            wanted = here[target[chosen]]
            quality[chosen] = _aligned_iou(reached.detach(), wanted)
            boxes.append(generalized_box_iou_loss(reached, wanted, reduction="sum"))
        counted = target != IGNORED
        scores.append(quality_focal_loss(logits[counted], quality[counted]))
        positives += len(chosen)
    count = max(1.0, in_all(positives))
    box = torch.stack(boxes).sum() if boxes else outputs.deltas.sum() * 0
    return RpnLoss(torch.stack(scores).sum() / count, box / count), positives


def quality_focal_loss(logits: Tensor, quality: Tensor) -> Tensor:
    """Sum of |quality - sigmoid(logit)|^2 * binary cross-entropy.

    Args:
        logits, quality: (S,) float; quality in [0, 1].

    >>> float(quality_focal_loss(torch.tensor([0.0]), torch.tensor([0.5])))
    0.0
    """
    error = (quality - logits.sigmoid()).abs() ** FOCUS
    entropy = F.binary_cross_entropy_with_logits(logits, quality, reduction="none")
    return (error * entropy).sum()


def _aligned_iou(one: Tensor, other: Tensor) -> Tensor:
    """IoU of each box with the one in its place: (P, 4), (P, 4) -> (P,)."""
    wh = (torch.minimum(one[:, 2:], other[:, 2:]) - torch.maximum(one[:, :2], other[:, :2])).clamp_(
        min=0
    )
    overlap = wh.prod(1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (one, other)]
    return overlap / (areas[0] + areas[1] - overlap).clamp_(min=1e-9)
