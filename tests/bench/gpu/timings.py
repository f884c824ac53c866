"""What things take on a device: each measured to the end of its work there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torchvision.ops import batched_nms

from rpn_core.models.fallback import ForwardResult
from rpn_core.models.load import load_model
from rpn_core.models.rpn import Rpn
from rpn_core.nms.devices import device_nms
from rpn_core.proposers import network as network_stages
from rpn_core.proposers import stages as proposing
from rpn_core.settings import InputSettings
from rpn_core.stages.network_input import prepare_input
from rpn_core.stages.run import Run
from rpn_core.training.batches import Part, StepBatch
from rpn_core.training.dense import DenseHead
from rpn_core.training.loop import _learn, _Run
from rpn_core.training.processes import Team
from rpn_core.training.random_shapes import canonical_shapes
from rpn_core.training.recipe import Recipe
from tests.bench.gpu.nms import IOU
from tests.bench.nms_times import clustered_boxes

MODEL = "lite0-fpn"
# The photo's size and the network's input: the model's own, and a common one.
SIZES = {"448": ((448, 448), InputSettings(448, 448)), "800 x 600": ((600, 800), None)}
GOAL_MS = 10.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Median and 95th percentile in milliseconds, and what it is made of.

    Attributes:
        parts: stage -> median milliseconds.
    """

    name: str
    p50: float
    p95: float
    parts: dict[str, float]


def finished(device: torch.device) -> None:
    """Wait for a device: a kernel's launch is not its work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def measured(name: str, work: Callable[[], dict[str, float]], repeats: int) -> Timing:
    """Run `work` so often, after three runs that are not counted; it gives its parts in seconds."""
    times, parts = [], list[dict[str, float]]()
    for turn in range(3 + repeats):
        started = time.perf_counter()
        made = work()
        if turn >= 3:
            times.append((time.perf_counter() - started) * 1000)
            parts.append(made)
    p50, p95 = np.percentile(times, (50, 95)).tolist()
    medians = {part: float(np.median([1000 * one[part] for one in parts])) for part in parts[0]}
    return Timing(name, p50, p95, medians)


def photo_to_proposals(rpn: Rpn, hw: tuple[int, int], size: InputSettings) -> dict[str, float]:
    """One photo through every stage; seconds of each."""
    rgb = np.random.default_rng(0).integers(0, 256, (*hw, 3), dtype=np.uint8)
    settings = replace(rpn.card.own_settings, input=size)
    started = time.perf_counter()
    made = prepare_input(rgb, size, rpn.card.preprocess)
    prepared = time.perf_counter()
    features = rpn.feature_maps(made)
    finished(rpn.device)
    forward = ForwardResult(rpn, made, features, None)
    parts = {"input": prepared - started, "network": time.perf_counter() - prepared}
    run = Run(settings).put(network_stages.network, forward)
    run.get(proposing.proposals)
    return parts | {one.stage.name: one.seconds for one in run.log if one.stage.label is not None}


def photo_timings(device: str, repeats: int) -> list[Timing]:
    rpn = load_model(MODEL, device)
    found = []
    for name, (hw, size) in SIZES.items():
        size = size or InputSettings(min(hw), max(hw))
        found.append(
            measured(
                f"photo to proposals, {name}",
                lambda hw=hw, size=size: photo_to_proposals(rpn, hw, size),  # type: ignore[misc]
                repeats,
            )
        )
    return found


def head_share(timing: Timing) -> float:
    """Of the time of a photo, the share that the head's 1x1 outputs take."""
    return timing.parts["head"] / timing.p50


def nms_timings(device: str, repeats: int, count: int = 12_000, keep: int = 2_000) -> list[Timing]:
    """Ours and torchvision's, from boxes on the device to the kept ones there."""
    where = torch.device(device)
    boxes, scores = (tensor.to(where) for tensor in clustered_boxes(count))
    one = torch.zeros(count, dtype=torch.int64, device=where)

    def ours() -> dict[str, float]:
        device_nms(boxes, scores, IOU, keep)
        finished(where)
        return {}

    def theirs() -> dict[str, float]:
        batched_nms(boxes, scores, one, IOU)[:keep]
        finished(where)
        return {}

    name = f"NMS {count:,} -> {keep:,}"
    return [
        measured(f"{name}, ours", ours, repeats),
        measured(f"{name}, torchvision", theirs, repeats),
    ]


def batch_timing(device: str, repeats: int, images: int = 16, side: int = 448) -> Timing:
    """Network and head on a batch, as training runs them."""
    rpn = load_model(MODEL, device)
    pixels = torch.rand(images, 3, side, side, device=rpn.device)
    own = rpn.card.own_settings.anchors
    dense = DenseHead(rpn.network, own.offset).eval()  # type: ignore[arg-type]
    shapes = canonical_shapes(own)

    def work() -> dict[str, float]:
        half = rpn.dtype != torch.float32
        with torch.inference_mode(), torch.autocast(rpn.device.type, rpn.dtype, enabled=half):
            dense(pixels, shapes)
        finished(rpn.device)
        return {}

    return measured(f"a batch of {images} at {side}, network and head", work, repeats)


def training_timing(
    device: str, repeats: int, dtype: torch.dtype = torch.float32, images: int = 8, side: int = 320
) -> Timing:
    """One step of training, by the loop's own function."""
    rpn = load_model(MODEL, device)
    network = rpn.network.float().train().requires_grad_(True)
    recipe, own = Recipe(batch_images=images), rpn.card.own_settings.anchors
    run = _Run(network, recipe, dtype)  # type: ignore[arg-type]
    network.backbone.eval()  # type: ignore[union-attr]
    dense, team = DenseHead(network, own.offset), Team(Part(), rpn.device)  # type: ignore[arg-type]
    boxes = torch.tensor([[20.0, 30.0, 120.0, 200.0], [150.0, 100.0, 180.0, 140.0]])
    batch = StepBatch(
        0, ("",) * images, torch.rand(images, 3, side, side), (boxes,) * images,
        canonical_shapes(own), tuple(range(images)),
    )  # fmt: skip

    def work() -> dict[str, float]:
        _learn(run, dense, batch, recipe, team, dtype)
        finished(rpn.device)
        return {}

    kind = str(dtype).removeprefix("torch.")
    return measured(f"a training step, {images} images of {side} px, {kind}", work, repeats)
