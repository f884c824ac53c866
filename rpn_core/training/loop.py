"""The training run: plain, repeatable, resumable."""

from __future__ import annotations

import copy
import math
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from rpn_core.models.checkpoint import fit_state, read_checkpoint
from rpn_core.models.fuse import fuse_batch_norms
from rpn_core.models.lite0_fpn import STRIDES, Lite0Fpn
from rpn_core.network_input import Preprocess
from rpn_core.settings import AnchorSettings
from rpn_core.training.augment import load_batch
from rpn_core.training.coco_boxes import LabelledImage
from rpn_core.training.imagenet import load_imagenet
from rpn_core.training.random_shapes import canonical_shapes, random_shapes
from rpn_core.training.recipe import Recipe
from rpn_core.training.step import batch_loss


def build_network(recipe: Recipe, start: Path | None = None) -> Lite0Fpn:
    """The network at its start: from ImageNet, or from weights that this trained earlier.

    The shifts of the folded norms (the backbone's biases) stay frozen everywhere: a batch of 8 is
    small, and detectors usually keep their norms as ImageNet left them.
    """
    torch.manual_seed(recipe.seed)
    if start is None:
        network = Lite0Fpn(fused=False)
        load_imagenet(network.backbone)
        fuse_batch_norms(network.backbone)
    else:
        network = Lite0Fpn()
        expected = {name: tuple(t.shape) for name, t in network.state_dict().items()}
        fitted = fit_state(read_checkpoint(start.read_bytes()), expected, "lite0-fpn")
        network.load_state_dict(fitted.tensors)
    for name, parameter in network.backbone.named_parameters():
        if (
            name.endswith(".bias")
            or name.startswith("conv_stem")
            or any(name.startswith(f"blocks.{block}.") for block in range(recipe.frozen_blocks))
        ):
            parameter.requires_grad_(False)
    return network.to(memory_format=Lite0Fpn.MEMORY_FORMAT)


def _epochs(images: list[LabelledImage], batch: int, draw: random.Random) -> Iterator[Any]:
    while True:
        order = draw.sample(images, len(images))
        for start in range(0, len(order) - batch + 1, batch):
            yield order[start : start + batch]


def _optimizer(network: Lite0Fpn, recipe: Recipe) -> torch.optim.AdamW:
    backbone = [p for p in network.backbone.parameters() if p.requires_grad]
    inside = {id(p) for p in network.backbone.parameters()}
    rest = [p for p in network.parameters() if id(p) not in inside]
    return torch.optim.AdamW(
        [{"params": backbone, "lr": recipe.backbone_lr}, {"params": rest, "lr": recipe.lr}],
        weight_decay=recipe.weight_decay,
        fused=True,
    )


def _rate(step: int, recipe: Recipe) -> float:
    """Share of the full learning rate: linear warm-up, then half a cosine to zero."""
    if step < recipe.warmup_steps:
        return (step + 1) / recipe.warmup_steps
    done = (step - recipe.warmup_steps) / max(1, recipe.steps - recipe.warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * done))


def train(
    images: list[LabelledImage],
    recipe: Recipe,
    preprocess: Preprocess,
    anchors: AnchorSettings,
    checkpoint: Path,
    log: Callable[[str], None],
    start: Path | None = None,
    checkpoint_every: int = 250,
) -> Lite0Fpn:
    """Train on images with boxes; returns the averaged weights.

    Args:
        images: those without a box are kept: they teach the background.
        anchors: the canonical anchors.
        checkpoint: written every so many steps, atomically; when it exists, the run goes on from
            it and sees the same images and shapes as an uninterrupted one.
        log: called with one line every 20 steps.
        start: weights to go on from, as this trained them; ImageNet's backbone when None.
    """
    network = build_network(recipe, start)
    average = copy.deepcopy(network)
    optimizer = _optimizer(network, recipe)
    first = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]
        log(f"resumed at step {first}")
    order = _epochs(images, recipe.batch_images, random.Random(recipe.seed))
    canonical = canonical_shapes(anchors)
    started = time.monotonic()
    for step in range(recipe.steps):
        chosen = next(order)
        if step < first:
            continue
        # A generator of its own for each step: a resumed run draws what the first would have.
        draw = random.Random(recipe.seed * 1_000_003 + step)
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
        batch = load_batch(chosen, recipe, preprocess, draw)
        is_canonical = draw.random() < recipe.canonical_share
        shapes = canonical if is_canonical else random_shapes(STRIDES, recipe, draw)
        for group, base in zip(
            optimizer.param_groups, (recipe.backbone_lr, recipe.lr), strict=True
        ):
            group["lr"] = base * _rate(step, recipe)
        loss, positives = batch_loss(network, batch, shapes, anchors.offset, recipe, generator)
        total = loss.objectness + recipe.box_weight * loss.box
        if not torch.isfinite(total):
            raise FloatingPointError(
                f"loss is {float(total)} at step {step} on {[str(i.path) for i in chosen]}"
            )
        optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), recipe.max_norm)
        optimizer.step()
        # Early on the average follows closely, or it would remember the random start for long.
        decay = min(recipe.ema_decay, (step + 1) / (step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - decay)
        if step % 20 == 19:
            pace = (step + 1 - first) / (time.monotonic() - started)
            log(
                f"step {step + 1}/{recipe.steps}"
                f"  objectness {float(loss.objectness.detach()):.4f}"
                f"  box {float(loss.box.detach()):.4f}"
                f"  positives/image {positives / recipe.batch_images:.1f}"
                f"  {pace * recipe.batch_images:.1f} images/s"
                f"  {(recipe.steps - step - 1) / pace / 60:.0f} min left"
            )
        if (step + 1) % checkpoint_every == 0 or step + 1 == recipe.steps:
            _save(checkpoint, step + 1, network, average, optimizer, recipe)
    return average


def _save(
    path: Path, step: int, network: Lite0Fpn, average: Lite0Fpn,
    optimizer: torch.optim.AdamW, recipe: Recipe,
) -> None:  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save(
        {"step": step, "network": network.state_dict(), "average": average.state_dict(),
         "optimizer": optimizer.state_dict(), "recipe": asdict(recipe)},
        partial,
    )  # fmt: skip
    os.replace(partial, path)
