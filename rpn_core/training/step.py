"""The loss of one training step: matching, sampling and the two parts of the paper's loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.geometry.box_coder import encode
from rpn_core.targets.loss import RpnLoss, joined, rpn_loss
from rpn_core.targets.matching import IGNORED, match_anchors
from rpn_core.targets.sampling import sample_anchors
from rpn_core.training.batches import StepBatch
from rpn_core.training.dense import DenseOutputs
from rpn_core.training.quality_loss import quality_loss
from rpn_core.training.recipe import Recipe


def batch_loss(
    outputs: DenseOutputs,
    batch: StepBatch,
    recipe: Recipe,
    in_all: Callable[[int], float] = float,
) -> tuple[RpnLoss, int]:
    """Loss of one batch.

    Args:
        outputs: of the network on `batch`.
        recipe: which loss, and its IoU thresholds.
        in_all: from a number counted here to that by which the loss is divided; with several
            processes, its mean over them.
    Returns:
        the loss, and the number of positives in all images.
    """
    device = outputs.logits.device
    if recipe.loss == "quality":
        objects = tuple(boxes.to(device) for boxes in batch.boxes)
        return quality_loss(outputs, objects, recipe, in_all)
    samples = [
        _sample(outputs.anchors, boxes.to(device), recipe, torch.Generator().manual_seed(seed))
        for boxes, seed in zip(batch.boxes, batch.seeds, strict=True)
    ]
    n_cls = in_all(sum(len(s.positives) + len(s.negatives) for s in samples))
    n_reg = None if recipe.n_reg == "sampled" else in_all(len(samples) * outputs.locations)
    parts: list[RpnLoss] = []
    for logits, deltas, sample in zip(outputs.logits, outputs.deltas, samples, strict=True):
        chosen = torch.cat((sample.positives, sample.negatives))
        labels = torch.zeros(len(chosen), device=device)
        labels[: len(sample.positives)] = 1
        parts.append(
            rpn_loss(
                logits[chosen], deltas[sample.boxes], labels, sample.target_deltas, n_cls, n_reg
            )
        )
    return joined(parts), sum(len(s.positives) for s in samples)


@dataclass(frozen=True, eq=False, slots=True)
class _Sample:
    """What one image's anchors learn from: indices, and the offsets that `boxes` should have."""

    positives: Tensor
    negatives: Tensor
    boxes: Tensor
    target_deltas: Tensor


def _sample(
    anchors: Tensor, objects: Tensor, recipe: Recipe, generator: torch.Generator
) -> _Sample:
    matches = match_anchors(
        anchors,
        objects,
        fg_iou_thresh=recipe.fg_iou_thresh,
        bg_iou_thresh=recipe.bg_iou_thresh,
    )
    positives, negatives = sample_anchors(matches.target, generator=generator)
    boxes, target = positives, matches.target
    if recipe.box_iou_thresh < recipe.fg_iou_thresh:
        loose = (matches.target >= 0) | (matches.best_iou >= recipe.box_iou_thresh)
        target = torch.where(loose, matches.best_object, IGNORED)
        boxes, _ = sample_anchors(target, generator=generator)
    return _Sample(positives, negatives, boxes, encode(anchors[boxes], objects[target[boxes]]))
