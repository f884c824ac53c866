"""The presets against numbers from the paper and from torchvision itself."""

import pytest
from torchvision.models import detection

from rpn_core.anchors.lay import lay_anchors
from rpn_core.errors import UserError
from rpn_core.settings import HeadSettings, NmsSettings, Settings
from rpn_core.settings.presets import PRESETS, preset

OWN = Settings(nms=NmsSettings(nms_thresh=0.55), head=HeadSettings("geometry"))


def test_the_papers_example_has_16650_anchors():
    settings = preset("paper 2015", (16,), OWN)
    anchors = lay_anchors(((37, 50),), (600, 800), (16,), settings.anchors)
    assert len(anchors) == 37 * 50 * 9 == 16_650
    # 128 px at 1:2 is 181 x 91 (w x h), rounded; centred on the first cell's corner.
    assert anchors.boxes[0].tolist() == [-91, -45, 91, 45]


STRIDES = [
    ((16,), 0),
    ((4, 8, 16, 32, 64), 2),
    ((8, 16, 32, 64), 1),
    ((8, 32, 64), 0),  # both 8 and 32 are one octave off: the first is taken
    ((32,), 0),
    ((4, 12), 1),
]


@pytest.mark.parametrize(("strides", "level"), STRIDES)
def test_the_papers_anchors_lie_on_the_level_nearest_stride_16_only(strides, level):
    sizes = preset("paper 2015", strides, OWN).anchors.sizes
    assert sizes[level] == (128, 256, 512)
    assert all(values == () for i, values in enumerate(sizes) if i != level)


def test_the_papers_numbers():
    settings = preset("paper 2015", (16,), OWN)
    assert (settings.input.min_side, settings.input.max_side) == (600, 1000)
    assert (settings.selection.pre_nms_top_n, settings.nms.post_nms_top_n) == (6000, 300)
    assert settings.nms.nms_thresh == 0.7


def test_torchvision_fpn_is_what_torchvision_builds():
    model = detection.fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None).eval()
    settings = preset("torchvision FPN", (4, 8, 16, 32, 64), OWN)
    generator, rpn = model.rpn.anchor_generator, model.rpn
    assert settings.anchors.sizes == tuple(generator.sizes)
    assert settings.anchors.aspect_ratios == tuple(generator.aspect_ratios)
    assert settings.anchors.convention == "torchvision"
    assert (settings.anchors.offset, settings.anchors.size_factor) == (0, 1)
    assert (settings.input.min_side,) == tuple(model.transform.min_size)
    assert settings.input.max_side == model.transform.max_size
    assert settings.selection.pre_nms_top_n == rpn.pre_nms_top_n()
    assert settings.selection.score_thresh == rpn.score_thresh
    assert settings.selection.min_size == rpn.min_size
    assert not settings.selection.drop_cross_border
    assert settings.nms.nms_thresh == rpn.nms_thresh
    assert settings.nms.post_nms_top_n == rpn.post_nms_top_n()


def test_the_models_own_is_untouched():
    assert preset("model's own", (8, 16, 32, 64), OWN) == OWN


@pytest.mark.parametrize("known", PRESETS, ids=lambda known: known.name)
def test_every_preset_exists_and_describes_itself(known):
    settings = preset(known.name, (8, 16, 32, 64), OWN)
    assert len(settings.anchors.sizes) == 4
    assert settings.head.foreign_anchors == "geometry"
    assert str(known.description).endswith(".")


def test_an_unknown_preset_is_named():
    with pytest.raises(UserError, match="'paper 2099' is not a preset: choose one of model's own"):
        preset("paper 2099", (16,), OWN)


def test_the_paper_lays_its_anchors_once_where_two_levels_share_a_stride():
    settings = preset("paper 2015", (32, 32, 64), Settings())
    assert settings.anchors.sizes == ((128, 256, 512), (), ())
