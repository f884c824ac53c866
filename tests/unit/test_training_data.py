"""What a training step sees: annotations, augmentation, random shapes, the order of images."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rpn_core.errors import UserError
from rpn_core.settings import AnchorSettings
from rpn_core.training.augment import augment
from rpn_core.training.batches import Part, StepBatches, step_loader
from rpn_core.training.epochs import epoch_order
from rpn_core.training.mosaic import mosaic
from rpn_core.training.random_shapes import canonical_shapes, random_shapes
from rpn_core.training.recipe import Recipe, read_recipe
from tests.unit.training_data import PREPROCESS, TINY, images_of, write_photos

RED = (220, 30, 30)


@pytest.fixture
def images(tmp_path):
    return images_of(write_photos(tmp_path), tmp_path)


def test_crowds_and_boxes_without_area_are_left_out(images):
    with_square, without = images
    assert with_square.boxes.tolist() == [[10, 8, 42, 40]]
    assert without.boxes.shape == (0, 4)


@pytest.mark.parametrize("flip", [0.0, 1.0])
def test_boxes_follow_scale_and_flip(flip):
    rgb = np.full((48, 80, 3), 90, np.uint8)
    rgb[8:40, 10:42] = RED
    boxes = np.array([[10, 8, 42, 40]], np.float32)
    recipe = replace(TINY, flip=flip)
    pixels, scaled = augment(rgb, boxes, 160, recipe, PREPROCESS, random.Random(0))
    assert pixels.shape == (3, 96, 160)
    # 80 x 48 doubled; flipped, 20..84 of 160 becomes 76..140
    assert scaled.tolist() == ([[76, 16, 140, 80]] if flip else [[20, 16, 84, 80]])
    x1, y1, x2, y2 = (int(side) for side in scaled[0])
    red, green = pixels[:2, y1 + 2 : y2 - 2, x1 + 2 : x2 - 2].mean((1, 2))
    assert red > 0.5 > 0 > green, "the box lies on the red square"


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9), objects=st.integers(0, 6))
def test_crops_keep_boxes_valid_and_on_their_object(seed, objects):
    draw = np.random.default_rng(seed)
    corners = draw.uniform(0, 150, (objects, 2))
    boxes = np.concatenate((corners, corners + draw.uniform(2, 49, (objects, 2))), axis=1)
    rgb = np.full((200, 200, 3), 90, np.uint8)
    for x1, y1, x2, y2 in boxes.round().astype(int):
        rgb[y1:y2, x1:x2] = RED
    recipe = replace(TINY, crop=1.0, crop_area=(0.1, 0.6))
    pixels, scaled = augment(
        rgb, boxes.astype(np.float32), 128, recipe, PREPROCESS, random.Random(seed)
    )
    assert len(scaled) <= objects
    assert (scaled[:, 2:] > scaled[:, :2]).all()
    assert (scaled >= 0).all()
    assert (scaled <= 128).all()
    for x1, y1, x2, y2 in scaled.tolist():
        middle = pixels[0, int((y1 + y2) / 2), int((x1 + x2) / 2)]
        assert middle > 0.3, "red, and not the grey ground or the padding"


def test_colour_changes_pixels_and_not_boxes():
    rgb = np.random.default_rng(0).integers(0, 255, (48, 80, 3)).astype(np.uint8)
    boxes = np.array([[10, 8, 42, 40]], np.float32)
    recipe = replace(TINY, flip=0.0)
    plain, before = augment(rgb, boxes, 80, recipe, PREPROCESS, random.Random(1))
    recipe = replace(recipe, colour=0.4)
    changed, after = augment(rgb, boxes, 80, recipe, PREPROCESS, random.Random(1))
    assert (plain - changed).abs().mean() > 0.01
    assert torch.equal(before, after)


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


ALONE = Part()


def batches(images, recipe, part=ALONE):
    canonical = canonical_shapes(AnchorSettings())
    return StepBatches(images, recipe, PREPROCESS, (8, 16, 32, 64), canonical, part)


def same(one, other):
    return (
        one.step == other.step
        and one.images == other.images
        and torch.equal(one.pixels, other.pixels)
        and one.shapes == other.shapes
        and one.seeds == other.seeds
        and all(torch.equal(a, b) for a, b in zip(one.boxes, other.boxes, strict=True))
    )


def test_a_step_sees_the_same_whoever_asks_and_when(images):
    recipe = replace(TINY, steps=6, crop=0.5, colour=0.2)
    in_order = list(step_loader(batches(images, recipe), 0, workers=0))
    assert len({step.seeds for step in in_order}) == 6
    for place, late in enumerate(step_loader(batches(images, recipe), 3, workers=2), start=3):
        assert same(late, in_order[place])


def test_several_processes_share_each_batch(images):
    recipe = replace(TINY, batch_images=4)
    whole = batches(images, recipe)[2]
    halves = [batches(images, recipe, Part(rank, 2))[2] for rank in (0, 1)]
    assert halves[0].shapes == halves[1].shapes == whole.shapes
    assert [*zip(*(half.seeds for half in halves), strict=True)] == [
        whole.seeds[:2], whole.seeds[2:]
    ]  # fmt: skip
    assert halves[0].images + halves[1].images == whole.images[::2] + whole.images[1::2]


def test_every_image_is_seen_once_an_epoch(images):
    recipe = replace(TINY, steps=8, batch_images=1)
    seen = [batch.images[0] for batch in step_loader(batches([*images] * 2, recipe), 0, workers=0)]
    assert sorted(seen[:4]) == sorted(seen[4:]) == sorted(i.name for i in [*images] * 2)


def test_a_recipe_is_read_from_a_small_file(tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text('{"steps": 7, "long_side": [100, 200], "n_reg": "locations"}')
    assert read_recipe(path) == Recipe(steps=7, long_side=(100, 200), n_reg="locations")


@pytest.mark.parametrize("text", ['{"stepps": 7}', "[1]", "no json", '{"n_reg": "all"}'])
def test_a_bad_recipe_is_named(tmp_path, text):
    path = tmp_path / "recipe.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"recipe\.json is not a recipe"):
        read_recipe(path)


def test_a_mosaic_keeps_boxes_on_their_objects():
    photos = []
    for place in range(4):
        rgb = np.full((60 + 20 * place, 120, 3), 90, np.uint8)
        rgb[10:40, 20:60] = RED
        photos.append((rgb, np.array([[20, 10, 60, 40]], np.float32)))
    kept = 0
    for seed in range(30):
        rgb, boxes = mosaic((90, 160), photos, random.Random(seed))
        assert rgb.shape == (90, 160, 3)
        assert (boxes[:, :2] >= 0).all()
        assert (boxes[:, 2:] <= [160, 90]).all()
        kept += len(boxes)
        red = rgb[..., 0].astype(int) - rgb[..., 1] > 90
        for x1, y1, x2, y2 in boxes.round().astype(int):
            assert red[y1:y2, x1:x2].mean() > 0.9, "the box is full of its object"
    assert kept > 90, "most of 120 objects are still there"


def test_a_step_may_see_mosaics(images):
    recipe = replace(TINY, mosaic=1.0, batch_images=2)
    plain, changed = (batches(images, replace(recipe, mosaic=m))[0] for m in (0.0, 1.0))
    assert plain.images == changed.images
    assert not torch.equal(plain.pixels, changed.pixels)
    assert same(changed, batches(images, recipe)[0])


@settings(max_examples=80, deadline=None)
@given(tall=st.lists(st.booleans(), min_size=1, max_size=60), batch=st.integers(1, 9))
def test_an_epoch_shows_everything_and_seldom_mixes(tall, batch):
    order = epoch_order(tall, batch, random.Random(0))
    assert len(order) == -(-len(tall) // batch) * batch
    assert set(order) == set(range(len(tall)))
    mixed = [
        len({tall[image] for image in order[i : i + batch]}) > 1
        for i in range(0, len(order), batch)
    ]
    assert sum(mixed) <= 2
    assert order != epoch_order(tall, batch, random.Random(1)) or len(set(order)) < 6
