"""One training step: anchors, matching, sampling and loss for a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rpn_core.anchors import grid_points, shape_wh
from rpn_core.box_coder import encode
from rpn_core.models.any_anchor_network import AnyAnchorNetwork
from rpn_core.training.batches import StepBatch
from rpn_core.training.loss import RpnLoss, joined, rpn_loss
from rpn_core.training.matching import IGNORED, match_anchors
from rpn_core.training.random_shapes import Shapes
from rpn_core.training.recipe import Recipe
from rpn_core.training.sampling import sample_anchors


@dataclass(frozen=True, eq=False, slots=True)
class DenseOutputs:
    """What the network says of every anchor of a batch.

    Attributes:
        anchors: (R, 4) float32 xyxy, pixels of the network input; the same for each image.
        logits: (N, R) float32.
        deltas: (N, R, 4) float32.
        locations: cells of all levels, each of which carries several anchors.
    """

    anchors: Tensor
    logits: Tensor
    deltas: Tensor
    locations: int


class DenseHead(nn.Module):
    """Pixels and anchor shapes in, scores and offsets of all anchors out: one call a step.

    One module, so that PyTorch's engine for several processes sees every parameter used inside.
    """

    def __init__(self, network: AnyAnchorNetwork, offset: float) -> None:
        super().__init__()
        self.network = network
        self.offset = offset

    def forward(
        self, pixels: Tensor, shapes: tuple[Shapes, ...]
    ) -> tuple[Tensor, Tensor, Tensor, int]:
        """The fields of `DenseOutputs`."""
        logits: list[Tensor] = []
        deltas: list[Tensor] = []
        anchors: list[Tensor] = []
        maps = self.network(pixels)
        # Outside the reach of half precision, as when the model is used: scores rank boxes.
        with torch.autocast(pixels.device.type, enabled=False):
            for hidden, stride, level in zip(maps, self.network.plan.strides, shapes, strict=True):
                size, ratio = torch.tensor(level).unbind(1)
                wh = shape_wh(size, ratio)
                level_logits, level_deltas = self.network.head.outputs(
                    hidden.float(), wh.to(pixels.device), stride
                )
                logits.append(level_logits)
                deltas.append(level_deltas)
                grid_hw = (int(hidden.shape[2]), int(hidden.shape[3]))
                points = grid_points(grid_hw, (stride, stride), self.offset)
                cell = torch.cat((-wh / 2, wh / 2), dim=1)
                # (H*W, 1, 4) + (1, A, 4) -> (H*W*A, 4)
                anchors.append((points.repeat(1, 2)[:, None] + cell[None]).reshape(-1, 4))
        locations = sum(hidden.shape[2] * hidden.shape[3] for hidden in maps)
        return (
            torch.cat(anchors).to(pixels.device),
            torch.cat(logits, dim=1),
            torch.cat(deltas, dim=1),
            locations,
        )


def batch_loss(
    outputs: DenseOutputs,
    batch: StepBatch,
    recipe: Recipe,
    in_all: Callable[[int], float] = float,
) -> tuple[RpnLoss, int]:
    """Loss of one batch.

    Args:
        outputs: of the network on `batch`.
        recipe: its IoU thresholds.
        in_all: from a number counted here to that by which the loss is divided; with several
            processes, its mean over them.
    Returns:
        the loss, and the number of positives in all images.
    """
    device = outputs.logits.device
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
