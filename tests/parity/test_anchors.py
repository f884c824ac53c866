"""Anchors against torchvision's AnchorGenerator, bit for bit."""

from __future__ import annotations

import pytest
import torch
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList

from rpn_core.anchors.lay import Anchors, cell_anchors, lay_anchors
from rpn_core.anchors.shapes import product_shapes
from rpn_core.settings import AnchorSettings

Numbers = tuple[float, ...]
Grids = tuple[tuple[int, int], ...]

SHAPES = [
    pytest.param((32,), (0.5, 1.0, 2.0), id="FPN level"),
    pytest.param((128, 256, 512), (0.5, 1.0, 2.0), id="paper"),
    pytest.param((45,), (1.0,), id="-22.5 rounds to even"),
    pytest.param((47, 49, 51), (1.0,), id="-23.5, -24.5, -25.5 round to even"),
    pytest.param((7.3, 33.3), (0.33, 0.8, 1.3, 3.0), id="fractions"),
    pytest.param((2,), (0.05, 20.0), id="slivers, rounded to nothing"),
    pytest.param((2048,), (0.05, 20.0), id="largest"),
    pytest.param((), (0.5, 1.0), id="no size"),
    pytest.param((32,), (), id="no ratio"),
]


@pytest.mark.parametrize(("sizes", "ratios"), SHAPES)
def test_cell_anchors_agree(sizes: Numbers, ratios: Numbers) -> None:
    shapes = product_shapes(sizes, ratios, ratio_major=True)
    ours, size_ratio = cell_anchors(shapes, rounded=True)
    theirs = AnchorGenerator().generate_anchors(list(sizes), list(ratios))
    assert torch.equal(ours, theirs)
    assert len(size_ratio) == len(ours) == len(sizes) * len(ratios)


def _theirs(grids: Grids, padded_hw: tuple[int, int], settings: AnchorSettings) -> torch.Tensor:
    generator = AnchorGenerator(settings.sizes, settings.aspect_ratios)
    images = ImageList(torch.empty(1, 3, *padded_hw), [padded_hw])
    return generator(images, [torch.empty(1, 8, *grid) for grid in grids])[0]


def _ours(
    grids: Grids,
    padded_hw: tuple[int, int],
    settings: AnchorSettings,
    strides: tuple[int, ...] | None = None,
) -> Anchors:
    # The torchvision convention must not read the nominal strides: give wrong ones.
    return lay_anchors(grids, padded_hw, strides or (7,) * len(grids), settings)


FPN = ((32.0,), (64.0,), (128.0,), (256.0,), (512.0,))
MIXED_RATIOS = ((0.5, 1.0), (1.0,), (0.33, 1.0, 3.0), (2.0,), (0.5, 2.0))

GRIDS = [
    pytest.param((800, 1088), ((200, 272), (100, 136), (50, 68), (25, 34), (13, 17)), id="FPN"),
    pytest.param((1344, 64), ((336, 16), (168, 8), (84, 4), (42, 2), (21, 1)), id="tall"),
    pytest.param((64, 1344), ((16, 336), (8, 168), (4, 84), (2, 42), (1, 21)), id="wide"),
    pytest.param((32, 32), ((8, 8), (4, 4), (2, 2), (1, 1), (1, 1)), id="tiny"),
    pytest.param((333, 501), ((83, 125), (42, 63), (21, 32), (11, 16), (6, 8)), id="odd"),
]


@pytest.mark.parametrize(("padded_hw", "grids"), GRIDS)
@pytest.mark.parametrize("ratios", [((0.5, 1.0, 2.0),) * 5, MIXED_RATIOS], ids=["same", "mixed"])
def test_all_anchors_agree(
    padded_hw: tuple[int, int], grids: Grids, ratios: tuple[Numbers, ...]
) -> None:
    settings = AnchorSettings(FPN, ratios, offset=0, convention="torchvision")
    ours = _ours(grids, padded_hw, settings)
    assert torch.equal(ours.boxes, _theirs(grids, padded_hw, settings))


def test_several_sizes_a_level_agree() -> None:
    settings = AnchorSettings(
        ((32, 45, 51), (64, 102)), ((0.5, 1, 2), (0.8, 1.3)), offset=0, convention="torchvision"
    )
    grids = ((12, 20), (6, 10))
    assert torch.equal(
        _ours(grids, (192, 320), settings).boxes, _theirs(grids, (192, 320), settings)
    )


def test_size_factor_is_torchvision_with_larger_sizes() -> None:
    small = AnchorSettings(((32,),), ((0.5, 2),), 1.5, offset=0, convention="torchvision")
    large = AnchorSettings(((48,),), ((0.5, 2),), offset=0, convention="torchvision")
    assert torch.equal(_ours(((3, 5),), (48, 80), small).boxes, _theirs(((3, 5),), (48, 80), large))


def test_stride_of_p6_is_not_always_64() -> None:
    # 800 // 13 = 61 and 1088 // 17 = 64
    settings = AnchorSettings(((512,),), ((1,),), offset=0, convention="torchvision")
    anchors = _ours(((13, 17),), (800, 1088), settings, strides=(64,))
    assert anchors.levels[0].stride_hw == (61, 64)
    # the last cell: x = 16 * 64 = 1024, y = 12 * 61 = 732; half of 512 to each side
    assert anchors.boxes[-1].tolist() == [768, 476, 1280, 988]


def test_a_level_without_sizes_adds_nothing_between_its_neighbours() -> None:
    grids = ((4, 6), (2, 3), (1, 2))
    settings = AnchorSettings(
        ((16,), (), (64,)), ((1, 2), (1,), (0.5,)), offset=0, convention="torchvision"
    )
    ours = _ours(grids, (32, 48), settings)
    assert torch.equal(ours.boxes, _theirs(grids, (32, 48), settings))
    assert ours.level.tolist() == [0] * 48 + [2] * 2
