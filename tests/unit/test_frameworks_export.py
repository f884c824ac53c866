"""What is written for each framework: by hand, and as that framework would lay it."""

from __future__ import annotations

import pytest
import torch
import yaml

from rpn_core.anchors.lay import lay_anchors
from rpn_core.errors import UserError
from rpn_core.frameworks.table import FRAMEWORKS, export_anchors
from rpn_core.messages import language
from rpn_core.settings import AnchorSettings
from tests.marked_language import MARKED, outside_marks
from tests.unit import frameworks_reference as reference

RATIOS = (0.5, 1, 2)
STRIDES = (8, 16, 32, 64)
GRIDS = ((9, 14), (5, 7), (3, 4), (2, 2))
# sizes 4 and 8 times the stride
EVEN = AnchorSettings(((32, 64), (64, 128), (128, 256), (256, 512)), (RATIOS,) * 4)
# base sizes that are no multiple of the stride, and scales 1 and 1.5 of them
BASED = AnchorSettings(((20, 30), (50, 75), (100, 150), (300, 450)), (RATIOS,) * 4)
# 51 / 32 is not 203 / 128
UNEVEN = AnchorSettings(((32, 51), (64, 102), (128, 203), (256, 406)))
OWN_RATIOS = AnchorSettings(((32,), (64,), (128,), (256,)), ((0.5,), (1,), (2,), (3,)))


def ours(settings: AnchorSettings) -> torch.Tensor:
    return lay_anchors(GRIDS, (72, 112), STRIDES, settings).boxes


def assert_same(boxes: list[reference.Box], settings: AnchorSettings) -> None:
    torch.testing.assert_close(torch.tensor(boxes), ours(settings), rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("settings", [EVEN, BASED, UNEVEN, OWN_RATIOS], ids=str)
def test_detectron2_lays_the_same_anchors_in_the_same_order(settings):
    made = export_anchors("detectron2 yaml", settings, STRIDES)
    assert made.warnings == ()
    assert_same(
        reference.detectron2(GRIDS, strides=STRIDES, **reference.yaml_arguments(made.text)),
        settings,
    )
    lazy = export_anchors("detectron2 LazyConfig", settings, STRIDES)
    assert lazy.warnings == ()
    assert_same(reference.detectron2(GRIDS, **reference.lazy_arguments(lazy.text)), settings)


@pytest.mark.parametrize("offset", [0, 0.25, 0.5])
@pytest.mark.parametrize("settings", [EVEN, BASED], ids=["stride", "base size"])
def test_mmdetection_lays_the_same_anchors_in_the_same_order(settings, offset):
    settings = AnchorSettings(settings.sizes, settings.aspect_ratios, offset=offset)
    made = export_anchors("mmdetection", settings, STRIDES)
    assert made.warnings == ()
    assert_same(reference.mmdetection(GRIDS, **reference.dict_arguments(made.text)), settings)


def test_the_size_factor_goes_into_the_sizes():
    settings = AnchorSettings(((32,), (64,)), ((1,),) * 2, size_factor=1.5, offset=0)
    for framework in FRAMEWORKS[:4]:
        made = export_anchors(framework, settings, (8, 16))
        assert "times 1.5, is in these sizes" in " ".join(map(str, made.warnings))
    assert "sizes=((48.0,)" not in made.text
    # 32 * 1.5 = 48 and 64 * 1.5 = 96: 6 strides of 8 and 16
    assert "scales=[6]" in made.text
    assert "SIZES: [[48], [96]]" in export_anchors("detectron2 yaml", settings, (8, 16)).text


def test_golden_torchvision():
    settings = AnchorSettings(((32, 51), (64,)), (RATIOS, (1,)), offset=0, convention="torchvision")
    made = export_anchors("torchvision", settings, (8, 16))
    assert made.text == (
        "# Sizes: sqrt(area) in pixels of the network input; ratios: h/w; strides 8, 16.\n"
        "# Note: The levels have 6, 1 anchors a cell, but torchvision's RPNHead needs the same "
        "number on every level.\n"
        "from torchvision.models.detection.anchor_utils import AnchorGenerator\n"
        "\n"
        "anchor_generator = AnchorGenerator(\n"
        "    sizes=((32, 51), (64,)),\n"
        "    aspect_ratios=((0.5, 1, 2), (1,)),\n"
        ")\n"
    )


def test_what_torchvision_cannot_do_is_a_warning_and_a_comment():
    made = export_anchors("torchvision", AnchorSettings(((32,),), ((1,),), 2.0), (16,))
    about_offset, about_convention, about_factor = map(str, made.warnings)
    assert about_offset.startswith("The app lays these anchors with grid offset 0.5;")
    assert "rounds corners to whole pixels" in about_convention
    assert about_factor == "The size of all anchors, times 2, is in these sizes."
    assert all(f"# Note: {warning}\n" in made.text for warning in made.warnings)
    assert "sizes=((64,),)" in made.text


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_code_is_in_english_and_its_warnings_in_the_language_of_the_reader(framework):
    uneven = AnchorSettings(((32, 40), (64,)), ((1,),) * 2, size_factor=2.0, offset=0.3)
    english = export_anchors(framework, uneven, (8, 16))
    with language(MARKED):
        made = export_anchors(framework, uneven, (8, 16))
        assert made.text == english.text
        assert [outside_marks(str(warning)) for warning in made.warnings] == [""] * len(
            english.warnings
        )


def test_golden_detectron2():
    made = export_anchors("detectron2 yaml", EVEN, STRIDES)
    assert made.text.splitlines()[1:] == [
        "MODEL:",
        "  ANCHOR_GENERATOR:",
        "    NAME: DefaultAnchorGenerator",
        "    SIZES: [[32, 64], [64, 128], [128, 256], [256, 512]]",
        "    ASPECT_RATIOS: [[0.5, 1, 2]]",  # one list: for all levels
        "    OFFSET: 0.5",
    ]
    lazy = export_anchors("detectron2 LazyConfig", OWN_RATIOS, STRIDES)
    assert lazy.text.splitlines()[-6:] == [
        "anchor_generator = L(DefaultAnchorGenerator)(",
        "    sizes=[[32], [64], [128], [256]],",
        "    aspect_ratios=[[0.5], [1], [2], [3]],",
        "    strides=[8, 16, 32, 64],",
        "    offset=0.5,",
        ")",
    ]


def test_golden_mmdetection_in_strides():
    made = export_anchors("mmdetection", EVEN, STRIDES)
    assert made.text.splitlines()[1:] == [
        "anchor_generator=dict(",
        "    type='AnchorGenerator',",
        "    scales=[4, 8],",  # 32/8 = 64/16 = 128/32 = 256/64 = 4; 64/8 = ... = 8
        "    ratios=[0.5, 1, 2],",
        "    strides=[8, 16, 32, 64],",
        "    center_offset=0.5,",
        "    scale_major=False,",
        ")",
    ]


def test_golden_mmdetection_in_base_sizes():
    made = export_anchors("mmdetection", BASED, STRIDES)
    assert made.text.splitlines()[3:] == [
        "    scales=[1, 1.5],",  # 30/20 = 75/50 = 150/100 = 450/300 = 1.5
        "    ratios=[0.5, 1, 2],",
        "    strides=[8, 16, 32, 64],",
        "    base_sizes=[20, 50, 100, 300],",
        # half a stride; center_offset=0.5 would be half a base size: 10 px, 25 px ...
        "    centers=[(4, 4), (8, 8), (16, 16), (32, 32)],",
        "    scale_major=False,",
        ")",
    ]


def test_mmdetection_tells_how_far_its_one_list_of_scales_is_off():
    made = export_anchors("mmdetection", UNEVEN, STRIDES)
    # 51/32 = 102/64 = 1.59375, 203/128 = 406/256 = 1.5859; geometric mean 1.5898, times 4
    assert "scales=[4, 6.36]" in made.text
    # 6.36 * 64 = 407.04 for 406, 1.04 / 406 = 0.256%; 6.36 * 8 = 50.88 for 51 is nearer
    (warning,) = made.warnings
    assert str(warning).endswith("by up to 0.26%: 406 px becomes 407 px.")
    assert f"# Note: {warning}\n" in made.text


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (AnchorSettings(((32,), ()), ((1,),) * 2), "a level has none"),
        (AnchorSettings(((32,), (64,)), ((1,), (2,))), "ratios of their own"),
        (AnchorSettings(((32,), (64, 96)), ((1,),) * 2), "the levels have 1, 2 sizes"),
    ],
)
def test_what_mmdetection_cannot_express_is_said_instead(settings, why):
    made = export_anchors("mmdetection", settings, (8, 16))
    assert why in made.text
    assert made.text.startswith("# ")
    assert made.text.count("\n") == 1
    assert made.text == f"# {made.warnings[0]}\n"


def test_golden_yolo():
    settings = AnchorSettings(((20,), (50,), (100,)), ((0.25, 1, 4),) * 3)
    made = export_anchors("YOLO yaml", settings, (8, 16, 32), side=640, image_size=640)
    assert made.warnings == ()
    # ratio 0.25: w = 20 / 0.5 = 40, h = 20 * 0.5 = 10; ratio 4: w = 20 / 2 = 10, h = 20 * 2 = 40
    assert made.text.splitlines()[-4:] == [
        "anchors:",
        "  - [40,10, 20,20, 10,40]  # P3/8",
        "  - [100,25, 50,50, 25,100]  # P4/16",
        "  - [200,50, 100,100, 50,200]  # P5/32",
    ]
    assert yaml.safe_load(made.text)["anchors"][0] == [40, 10, 20, 20, 10, 40]


def test_yolo_in_pixels_of_its_own_training_size():
    settings = AnchorSettings(((20,), (50,)), ((1,),) * 2)
    # 640 / 448 = 1.428571: 20 -> 28.57, 50 -> 71.43
    made = export_anchors("YOLO w,h list", settings, (8, 16), side=448, image_size=640)
    assert made.text.splitlines()[-2:] == ["P3/8: 28.57,28.57", "P4/16: 71.43,71.43"]
    assert "# For --img 640: times 1.429" in made.text


def test_yolo_warns_of_another_grid_and_of_levels_that_differ():
    made = export_anchors(
        "YOLO yaml", AnchorSettings(((20, 30), (50,)), ((1,),) * 2, offset=0), (8, 16)
    )
    assert [str(warning)[:27] for warning in made.warnings] == [
        "The app's grid offset is 0;",
        "The levels have 2, 1 anchor",
    ]


def test_unknown_framework():
    with pytest.raises(UserError, match="'caffe' is no framework known here: choose one of torch"):
        export_anchors("caffe", EVEN, STRIDES)
    with pytest.raises(UserError, match="must be at least 1 px"):
        export_anchors("YOLO yaml", EVEN, STRIDES, image_size=-1)
    with pytest.raises(ValueError, match="4 levels of sizes, 1 strides"):
        export_anchors("torchvision", EVEN, (8,))
