"""One training step: anchors, matching, sampling and loss for a batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.anchors import grid_points, shape_wh
from rpn_core.box_coder import encode
from rpn_core.models.lite0_fpn import STRIDES, Lite0Fpn
from rpn_core.training.augment import Batch
from rpn_core.training.loss import RpnLoss, joined, rpn_loss
from rpn_core.training.matching import match_anchors
from rpn_core.training.random_shapes import Shapes
from rpn_core.training.recipe import Recipe
from rpn_core.training.sampling import sample_anchors


def batch_loss(
    network: Lite0Fpn,
    batch: Batch,
    shapes: tuple[Shapes, ...],
    offset: float,
    recipe: Recipe,
    generator: torch.Generator,
) -> tuple[RpnLoss, int]:
    """Loss of one batch on one set of anchor shapes.

    Args:
        recipe: its IoU thresholds.
        shapes: (size, ratio) pairs of each level, pixels of the network input.
        offset: where in its cell an anchor is centred, in strides.
    Returns:
        the loss, and the number of positives in all images.
    """
    logits: list[Tensor] = []
    deltas: list[Tensor] = []
    anchors: list[Tensor] = []
    for hidden, stride, level in zip(network(batch.pixels), STRIDES, shapes, strict=True):
        size, ratio = torch.tensor(level).unbind(1)
        wh = shape_wh(size, ratio)
        level_logits, level_deltas = network.head.outputs(hidden, wh, stride)
        logits.append(level_logits)
        deltas.append(level_deltas)
        grid_hw = (int(hidden.shape[2]), int(hidden.shape[3]))
        points = grid_points(grid_hw, (stride, stride), offset)
        cell = torch.cat((-wh / 2, wh / 2), dim=1)
        # (H*W, 1, 4) + (1, A, 4) -> (H*W*A, 4)
        anchors.append((points.repeat(1, 2)[:, None] + cell[None]).reshape(-1, 4))
    all_logits, all_deltas = torch.cat(logits, dim=1), torch.cat(deltas, dim=1)
    all_anchors = torch.cat(anchors)

    parts: list[RpnLoss] = []
    samples = [_sample(all_anchors, boxes, recipe, generator) for boxes in batch.boxes]
    total = sum(len(s.positives) + len(s.negatives) for s in samples)
    for image_logits, image_deltas, sample in zip(all_logits, all_deltas, samples, strict=True):
        labels = torch.cat((torch.ones(len(sample.positives)), torch.zeros(len(sample.negatives))))
        parts.append(
            rpn_loss(
                image_logits[torch.cat((sample.positives, sample.negatives))],
                image_deltas[sample.boxes],
                labels,
                sample.target_deltas,
                total,
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
        looser = match_anchors(
            anchors,
            objects,
            fg_iou_thresh=recipe.box_iou_thresh,
            bg_iou_thresh=min(recipe.bg_iou_thresh, recipe.box_iou_thresh),
        )
        boxes, _ = sample_anchors(looser.target, generator=generator)
        target = looser.target
    return _Sample(positives, negatives, boxes, encode(anchors[boxes], objects[target[boxes]]))
