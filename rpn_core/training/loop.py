"""The training run: repeatable, resumable, on one process or several."""

from __future__ import annotations

import copy
import math
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from rpn_core.errors import UserError
from rpn_core.messages import Message, msg, series
from rpn_core.models.networks.any_anchor import AnyAnchorNetwork
from rpn_core.targets.loss import RpnLoss
from rpn_core.training.batches import StepBatch, StepBatches, step_loader
from rpn_core.training.dense import DenseHead, DenseOutputs
from rpn_core.training.depthwise import QuickDepthwise
from rpn_core.training.processes import Team
from rpn_core.training.recipe import Recipe
from rpn_core.training.step import batch_loss


@dataclass(frozen=True, slots=True)
class StepReport:
    """What a run has to tell after a step; times are this process's since it began."""

    step: int
    steps: int
    objectness: float
    box: float
    positives_per_image: float
    learning_rate: float
    images_per_second: float
    seconds_left: float


class Watcher(Protocol):
    """Who is told how a run goes; only the leading process tells."""

    def unreadable(self, image: str, why: Message) -> None:
        """Of an image that cannot be decoded, each time that a step does without it."""

    def noted(self, image: str, note: Message) -> None:
        """Of an image that was changed while it was read, each time that a step sees it."""

    def step(self, report: StepReport) -> None:
        """After every step."""

    def checkpoint(self, step: int, average: AnyAnchorNetwork) -> None:
        """After a checkpoint was written, with the averaged weights."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """How a run is carried out; none of it changes what is learnt.

    Attributes:
        checkpoint: file that is written every so many steps, atomically. When it exists, the run
            goes on from it.
        checkpoint_every: steps.
        dtype: that the backbone computes in.
        workers: processes that read images.
    """

    checkpoint: Path
    checkpoint_every: int = 250
    dtype: torch.dtype = torch.float32
    workers: int = 0


class _Run:
    """Everything that changes from step to step."""

    def __init__(self, network: AnyAnchorNetwork, recipe: Recipe, dtype: torch.dtype) -> None:
        self.network = network
        self.average = copy.deepcopy(network)
        self.optimizer = _optimizer(network, recipe)
        # float16 gradients of small losses would vanish; the other types need no scale.
        scaled = dtype == torch.float16
        self.scaler = torch.amp.GradScaler("cuda", enabled=scaled)
        self.step = 0

    def state(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.step = state["step"]


def train(
    network: AnyAnchorNetwork,
    batches: StepBatches,
    recipe: Recipe,
    offset: float,
    team: Team,
    plan: RunPlan,
    watcher: Watcher,
) -> AnyAnchorNetwork:
    """Train and return the averaged weights.

    The same recipe, images and number of processes give the same steps, whether or not the run
    was interrupted in between.

    Args:
        network: from `start_network`.
        offset: where in its cell an anchor is centred, in strides.
    Raises:
        UserError: the loss is not a number, or the checkpoint belongs to another recipe.
    """
    run = _Run(network.to(team.device), recipe, plan.dtype)
    if plan.checkpoint.exists():
        run.restore(_read(plan.checkpoint, recipe, team.device))
    dense = team.wrapped(DenseHead(network, offset))
    network.backbone.eval()  # norms that are not folded keep ImageNet's statistics
    began, first = time.monotonic(), run.step
    for batch in step_loader(batches, run.step, plan.workers):
        _set_rate(run.optimizer, run.step, recipe)
        loss, positives = _learn(run, dense, batch, recipe, team, plan.dtype)
        run.step += 1
        if not team.leads:
            continue
        for image, why in batch.unreadable:
            watcher.unreadable(image, why)
        for image, note in batch.noted:
            watcher.noted(image, note)
        pace = (run.step - first) / (time.monotonic() - began)
        watcher.step(
            StepReport(
                run.step, recipe.steps, loss.objectness.item(), loss.box.item(),
                positives / len(batch.boxes), run.optimizer.param_groups[1]["lr"],
                pace * recipe.batch_images, (recipe.steps - run.step) / pace,
            )
        )  # fmt: skip
        if run.step % plan.checkpoint_every == 0 or run.step == recipe.steps:
            _write(plan.checkpoint, run.state() | {"recipe": asdict(recipe)})
            watcher.checkpoint(run.step, run.average)
    return run.average


def _learn(
    run: _Run,
    dense: torch.nn.Module,
    batch: StepBatch,
    recipe: Recipe,
    team: Team,
    dtype: torch.dtype,
) -> tuple[RpnLoss, int]:
    device = team.device
    pixels = batch.pixels.to(device, non_blocking=True)
    with torch.autocast(device.type, dtype, enabled=dtype != torch.float32), QuickDepthwise():
        outputs = DenseOutputs(*dense(pixels, batch.shapes))
    loss, positives = batch_loss(outputs, batch, recipe, team.mean)
    total = loss.objectness + recipe.box_weight * loss.box
    if not torch.isfinite(total):
        raise _bad_batch(batch, total.item())
    run.optimizer.zero_grad()
    run.scaler.scale(total).backward()  # type: ignore[no-untyped-call]
    run.scaler.unscale_(run.optimizer)
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), recipe.max_norm)
    run.scaler.step(run.optimizer)
    run.scaler.update()
    # Early on the average follows closely, so that the random start drops out of it soon.
    decay = min(recipe.ema_decay, (batch.step + 1) / (batch.step + 10))
    with torch.no_grad():
        torch._foreach_lerp_(
            list(run.average.parameters()), list(run.network.parameters()), 1 - decay
        )
    return loss, positives


def _bad_batch(batch: StepBatch, loss: float) -> UserError:
    images = [
        msg(
            "{file} with boxes {boxes}",
            file=path,
            boxes=str([[round(side, 1) for side in box] for box in boxes.tolist()]),
        )
        for path, boxes in zip(batch.images, batch.boxes, strict=True)
    ]
    return UserError(
        "The loss is {loss} at step {step}. Look for boxes without area or outside of their image "
        "(here in pixels of the network input), or lower the learning rate; the last checkpoint is "
        "kept. The batch: {images}",
        loss=loss,
        step=batch.step,
        images=series(images),
    )


def _optimizer(network: AnyAnchorNetwork, recipe: Recipe) -> torch.optim.AdamW:
    backbone = [p for p in network.backbone.parameters() if p.requires_grad]
    inside = {id(p) for p in network.backbone.parameters()}
    rest = [p for p in network.parameters() if id(p) not in inside]
    return torch.optim.AdamW(
        [{"params": backbone, "lr": recipe.backbone_lr}, {"params": rest, "lr": recipe.lr}],
        weight_decay=recipe.weight_decay,
        fused=True,
    )


def _set_rate(optimizer: torch.optim.Optimizer, step: int, recipe: Recipe) -> None:
    for group, base in zip(optimizer.param_groups, (recipe.backbone_lr, recipe.lr), strict=True):
        group["lr"] = base * _rate(step, recipe)


def _rate(step: int, recipe: Recipe) -> float:
    """Share of the full learning rate: linear warm-up, then half a cosine to zero."""
    if step < recipe.warmup_steps:
        return (step + 1) / recipe.warmup_steps
    done = (step - recipe.warmup_steps) / max(1, recipe.steps - recipe.warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * done))


def _read(path: Path, recipe: Recipe, device: torch.device) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(path, weights_only=True, map_location=device)
    if state["recipe"] != asdict(recipe):
        raise UserError(
            "{file} belongs to another recipe: go on with that one, or start in another folder.",
            file=path,
        )
    return state


def _write(path: Path, state: dict[str, Any]) -> None:
    """A run that is killed while it writes still has the checkpoint before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)
