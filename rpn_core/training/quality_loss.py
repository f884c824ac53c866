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

from rpn_core.geometry.box_coder import decode
from rpn_core.geometry.boxes import box_iou
from rpn_core.targets.loss import RpnLoss
from rpn_core.targets.matching import IGNORED, Matches, match_anchors
from rpn_core.training.dense import DenseOutputs
from rpn_core.training.recipe import Recipe

LEAST_IOU = 0.2
FOCUS = 2.0  # beta of the quality focal loss


def quality_loss(
    outputs: DenseOutputs,
    objects: tuple[Tensor, ...],
    recipe: Recipe,
    in_all: Callable[[int], float] = float,
) -> tuple[RpnLoss, int]:
    """Loss of a batch: scores divided by the number of positives, boxes by that of objects.

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
    scores, boxes, positives, learnt = [], [], 0, 0
    for logits, deltas, here in zip(outputs.logits, outputs.deltas, objects, strict=True):
        matches = match_anchors(
            outputs.anchors,
            here,
            fg_iou_thresh=recipe.box_iou_thresh,
            bg_iou_thresh=min(recipe.bg_iou_thresh, recipe.box_iou_thresh),
        )
        target = with_best_anchors(matches, len(here), recipe.best_anchors)
        chosen = torch.nonzero(target >= 0).flatten()
        quality = torch.zeros_like(logits)
        if len(chosen):
            reached = decode(outputs.anchors[chosen], deltas[chosen])
            wanted = here[target[chosen]]
            quality[chosen] = rank_quality(
                box_iou(reached.detach(), wanted),
                target[chosen],
                len(here),
                recipe.duplicate_power,
            )
            lost = generalized_box_iou_loss(reached, wanted, reduction="none")
            # Every object counts the same; else large ones, with many anchors, would dominate.
            learning = torch.bincount(target[chosen], minlength=len(here))
            boxes.append((lost / learning[target[chosen]]).sum())
            learnt += int((learning > 0).sum())
        counted = target != IGNORED
        scores.append(quality_focal_loss(logits[counted], quality[counted]))
        positives += len(chosen)
    count = max(1.0, in_all(positives))
    box = torch.stack(boxes).sum() if boxes else outputs.deltas.sum() * 0
    return RpnLoss(torch.stack(scores).sum() / count, box / max(1.0, in_all(learnt))), positives


def with_best_anchors(matches: Matches, objects: int, most: int) -> Tensor:
    """Let the best anchors of every object learn from it, also where none fits it well.

    Without this an object between two sizes has a single positive, and one that an anchor fits has
    thirty.

    Args:
        matches: of R anchors.
        objects: their number, G.
        most: anchors an object; among those whose best object it is, with IoU >= 0.2.
    Returns:
        (R,) targets as in `Matches`.
    """
    target = matches.target.clone()
    if objects == 0:
        return target
    candidates = torch.nonzero(matches.best_iou >= LEAST_IOU).flatten()
    order = candidates[torch.argsort(matches.best_iou[candidates], descending=True, stable=True)]
    order = order[torch.argsort(matches.best_object[order], stable=True)]
    of = matches.best_object[order]
    first = torch.searchsorted(of, torch.arange(objects, device=of.device))
    rank = torch.arange(len(order), device=of.device) - first[of]
    best = order[rank < most]
    target[best] = matches.best_object[best]
    return target


def rank_quality(iou: Tensor, of: Tensor, objects: int, duplicate_power: float) -> Tensor:
    """What a score should be: the IoU for an object's best box, less for its duplicates.

        best of its object * (IoU / best of its object) ^ duplicate_power

    A second box on the same object finds nothing new; with the plain IoU as target, the duplicates
    of large objects outrank the best box of a small one.

    Args:
        iou: (P,) float, of each positive's box with its object.
        of: (P,) int64, the object of each, below `objects`.
        duplicate_power: 1 leaves the IoU as it is.

    >>> iou, of = torch.tensor([0.8, 0.4, 0.5]), torch.tensor([0, 0, 1])
    >>> [round(q, 2) for q in rank_quality(iou, of, 2, 4.0).tolist()]
    [0.8, 0.05, 0.5]
    """
    best = iou.new_zeros(objects).scatter_reduce_(0, of, iou, "amax")[of]
    return best * (iou / best.clamp(min=1e-6)) ** duplicate_power


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
