"""One training step: anchors, matching, sampling and loss for a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_core.anchors import grid_points, shape_wh
from rpn_core.box_coder import encode
from rpn_core.models.lite0_fpn import STRIDES, Lite0Fpn
from rpn_core.training.augment import Batch
from rpn_core.training.loss import RpnLoss, joined, rpn_loss
from rpn_core.training.matching import match_anchors
from rpn_core.training.random_shapes import Shapes
from rpn_core.training.sampling import sample_anchors


def batch_loss(
    network: Lite0Fpn,
    batch: Batch,
    shapes: tuple[Shapes, ...],
    offset: float,
    generator: torch.Generator,
) -> tuple[RpnLoss, int]:
    """Loss of one batch on one set of anchor shapes.

    Args:
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

    sampled = []
    for boxes in batch.boxes:
        matches = match_anchors(all_anchors, boxes)
        positives, negatives = sample_anchors(matches.target, generator=generator)
        targets = encode(all_anchors[positives], boxes[matches.target[positives]])
        sampled.append((positives, negatives, targets))
    total = sum(len(p) + len(n) for p, n, _ in sampled)
    parts = [
        rpn_loss(
            image_logits[torch.cat((positives, negatives))],
            image_deltas[positives],
            torch.cat((torch.ones(len(positives)), torch.zeros(len(negatives)))),
            targets,
            total,
        )
        for image_logits, image_deltas, (positives, negatives, targets) in zip(
            all_logits, all_deltas, sampled, strict=True
        )
    ]
    return joined(parts), sum(len(p) for p, _, _ in sampled)
