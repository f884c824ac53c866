"""From a data set's images to network inputs, grids and objects."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rpn_core.design.cost import anchor_cost
from rpn_core.design.objects import design_objects, sample_objects
from rpn_core.design.pyramid import Pyramid, pyramid_of
from rpn_core.design.resize_rule import (
    RESIZE_KINDS,
    RESIZE_LABELS,
    ResizeRule,
    resize_images,
    rule_of_settings,
)
from rpn_core.design.shapes import lay_grids, shape_table
from rpn_core.errors import UserError
from rpn_core.geometry.frame import Frame
from rpn_core.labels.label_set import label_set
from rpn_core.models.catalogue.table import CARDS
from rpn_core.models.networks.build import build_network
from rpn_core.settings import AnchorSettings, InputSettings
from rpn_core.stages.network_input import NetworkInput, resized_hw


@pytest.mark.parametrize("settings", [InputSettings(800, 1333), InputSettings(448, 448)])
def test_the_apps_own_rule_gives_the_apps_own_sizes(settings):
    sizes = np.random.default_rng(0).integers(1, 4000, (3000, 2))
    found = resize_images(sizes, rule_of_settings(settings, 32))
    expected = [resized_hw((int(h), int(w)), settings) for h, w in sizes]
    assert found.image_hw.tolist() == [list(hw) for hw in expected]
    assert (found.padded_hw % 32 == 0).all()
    assert ((found.padded_hw - found.image_hw >= 0) & (found.padded_hw - found.image_hw < 32)).all()


@pytest.mark.parametrize(
    ("rule", "image_hw", "padded_hw", "offset_xy"),
    [
        (ResizeRule("long_side", 448), [336, 448], [352, 448], [0, 0]),
        (ResizeRule("min_max", 600, 700), [525, 700], [544, 704], [0, 0]),
        (ResizeRule("min_max", 600, 1000, 1), [600, 800], [600, 800], [0, 0]),
        (ResizeRule("letterbox", 640), [480, 640], [640, 640], [0, 80]),
        (ResizeRule("letterbox", 100, None, 64), [75, 100], [128, 128], [0, 12]),
        (ResizeRule("stretch", 300), [300, 300], [320, 320], [0, 0]),
    ],
    ids=lambda value: value.sentence() if isinstance(value, ResizeRule) else "",
)
def test_each_rule_on_a_photo_of_480_by_640(rule, image_hw, padded_hw, offset_xy):
    found = resize_images(np.array([[480, 640]]), rule)
    assert [found.image_hw[0].tolist(), found.padded_hw[0].tolist()] == [image_hw, padded_hw]
    assert found.offset_xy[0].tolist() == offset_xy


def test_a_letterbox_splits_an_uneven_bar_as_yolov5_does():
    # 101 high in 200: bars of 49.5, of which YOLOv5 makes round(49.4) above and round(49.6) below.
    found = resize_images(np.array([[101, 200]]), ResizeRule("letterbox", 200))
    assert found.offset_xy.tolist() == [[0, 49]]


def test_an_unknown_size_stays_unknown():
    found = resize_images(np.array([[0, 640], [480, 640]]), ResizeRule())
    assert found.known.tolist() == [False, True]
    assert not found.image_hw[0].any()
    assert not found.padded_hw[0].any()
    assert np.isnan(found.scale_xy[0]).all()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "crop"}, "one of long_side, min_max, letterbox, stretch"),
        ({"side": 10}, "from 32 to 4096"),
        ({"side": 448.5}, "must be a whole number"),
        ({"side": True}, "must be a whole number"),
        ({"kind": "min_max"}, 'needs "Long side at most"'),
        ({"max_side": 500}, 'only the rule "short side'),
        ({"kind": "min_max", "side": 800, "max_side": 700}, "must not be less than the short side"),
        ({"size_divisor": 0}, "size divisor is 0"),
    ],
)
def test_rules_that_make_no_sense(fields, words):
    with pytest.raises(UserError, match=words):
        ResizeRule(**fields)


def test_every_rule_has_a_label():
    assert set(RESIZE_LABELS) == set(RESIZE_KINDS)


@pytest.mark.parametrize("name", CARDS)
def test_grids_are_those_of_the_networks(name):
    """The sizes of the maps, from the networks themselves, for inputs padded as each wants it."""
    card = CARDS[name]
    pyramid = pyramid_of(card.strides, card.preprocess.size_divisor)
    sizes = [(96, 160), (480, 608)] if card.preprocess.size_divisor == 32 else [(100, 77), (64, 48)]
    network = build_network(name).eval()
    for height, width in sizes:
        with torch.inference_mode():
            maps, _ = network(torch.zeros(1, 3, height, width))
        found = pyramid.grids_hw(np.array([[height, width]]))[0].tolist()
        assert found == [list(level.shape[-2:]) for level in maps]


@pytest.mark.parametrize("strides", [(), (8,) * 7, (0,), (8, 1000), (8.5,)])
def test_strides_that_make_no_sense(strides):
    with pytest.raises(UserError, match="stride"):
        Pyramid(strides)


def some_labels():
    boxes = np.array([
        [10.0, 10, 50, 90],
        [5, 5, 5, 90],       # no width
        [0, 0, 100, 100],    # a crowd
        [1, 1, 9, 9],        # in the image of unknown size
        [np.nan, 0, 9, 9],
        [20, 20, 1e300, 40],  # more than float32 holds
        [20, 20, 40, 40],
    ])  # fmt: skip
    return label_set(
        ("a", "b", "c"),
        boxes,
        np.array([0, 0, 0, 1, 0, 0, 2]),
        sizes_hw=np.array([[100, 200], [0, 0], [50, 50]]),
        categories=("cat",),
        category=np.array([0, 0, 0, 0, 0, 0, -1]),
        crowd=np.arange(7) == 2,
    )


def test_what_is_no_object_is_counted_and_left_out():
    with np.errstate(over="ignore"):
        objects = design_objects(some_labels(), ResizeRule("long_side", 400))
    assert objects.original.tolist() == [[10, 10, 50, 90], [20, 20, 40, 40]]
    assert objects.boxes.tolist() == [[20, 20, 100, 180], [160, 160, 320, 320]]
    assert (objects.crowd, objects.broken, objects.unknown_size) == (1, 3, 1)
    assert objects.left_out + len(objects) == 7
    assert objects.image.tolist() == [0, 2]
    assert objects.category.tolist() == [0, -1]


def test_boxes_move_by_the_same_bits_as_those_of_one_photo():
    random = np.random.default_rng(1)
    sizes = random.integers(50, 3000, (40, 2))
    boxes = random.uniform(0, 3000, (40, 4))
    found = resize_images(sizes, ResizeRule("min_max", 800, 1333))
    moved = found.to_network(boxes, np.arange(40))
    for n in range(40):
        h, w = (int(side) for side in found.image_hw[n])
        original = (int(sizes[n][0]), int(sizes[n][1]))
        made = NetworkInput(torch.empty(0), Frame(original, (h, w)), (h, w))
        assert torch.equal(
            made.frame.from_original(torch.from_numpy(boxes[n]).float()), torch.from_numpy(moved[n])
        )


def test_a_sample_repeats_and_keeps_the_order():
    boxes = np.tile([[0.0, 0, 9, 9]], (100, 1))
    labels = label_set(("a",), boxes, np.zeros(100, int), sizes_hw=np.array([[50, 50]]))
    objects = design_objects(labels, ResizeRule())
    drawn = sample_objects(objects, 30, seed=3)
    assert len(set(drawn.index.tolist())) == 30
    assert (np.diff(drawn.index) > 0).all()
    assert np.array_equal(drawn.index, sample_objects(objects, 30, seed=3).index)
    assert not np.array_equal(drawn.index, sample_objects(objects, 30, seed=4).index)
    assert sample_objects(objects, 100, seed=3) is objects


def test_the_table_lists_shapes_in_the_order_of_the_anchors():
    settings = AnchorSettings(((10, 20), (), (40,)), ((1, 2), (1,), ()))
    table = shape_table(settings)
    assert table.level.tolist() == [0, 0, 0, 0]
    assert table.within.tolist() == [0, 1, 2, 3]
    assert table.size_ratio.tolist() == [[10, 1], [10, 2], [20, 1], [20, 2]]
    assert len(shape_table(AnchorSettings(((),), ((),)))) == 0


def test_strides_follow_the_convention():
    padded = np.array([[800, 1088]])
    like_detectron2 = lay_grids(
        padded, Pyramid((32, 64)), AnchorSettings(((1e2,),) * 2, ((1,),) * 2)
    )
    assert like_detectron2.stride_hw.tolist() == [[[32, 32], [64, 64]]]


def test_cost_of_the_papers_example():
    paper = AnchorSettings(((128, 256, 512),), ((0.5, 1, 2),), convention="torchvision")
    cost = anchor_cost((600, 800), Pyramid((16,), "down"), paper)
    assert cost.anchors == (37 * 50 * 9,)
    assert cost.head_outputs == 16_650 * 5
    assert cost.memory_bytes == 16_650 * 13 * 4
    with pytest.raises(UserError, match="for 1 level, but there are strides for 2"):
        anchor_cost((600, 800), Pyramid((16, 32)), paper)
