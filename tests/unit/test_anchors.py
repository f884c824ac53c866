"""Anchors against goldens that a human can check, and their addresses."""

from __future__ import annotations

import pytest
import torch

from rpn_core.anchors.lay import Address, Anchors, cell_anchors, grid_points, lay_anchors
from rpn_core.anchors.shapes import product_shapes, shape_wh
from rpn_core.settings import AnchorSettings


def test_ratio_is_height_over_width_and_the_area_stays() -> None:
    # sqrt(4) = 2: h = 16 * 2, w = 16 / 2
    assert shape_wh(torch.tensor(16.0), torch.tensor(4.0)).tolist() == [8, 32]
    assert shape_wh(torch.tensor(16.0), torch.tensor(0.25)).tolist() == [32, 8]


def test_order_within_a_cell() -> None:
    # sizes 4 and 8, ratios 1 and 4; half-sides: 4:1 -> (2, 2), 4:4 -> (1, 4),
    #                                            8:1 -> (4, 4), 8:4 -> (2, 8)
    by_size, asked = cell_anchors(product_shapes((4, 8), (1, 4), ratio_major=False), rounded=False)
    assert by_size.tolist() == [[-2, -2, 2, 2], [-1, -4, 1, 4], [-4, -4, 4, 4], [-2, -8, 2, 8]]
    assert asked.tolist() == [[4, 1], [4, 4], [8, 1], [8, 4]]

    by_ratio, asked = cell_anchors(product_shapes((4, 8), (1, 4), ratio_major=True), rounded=False)
    assert by_ratio.tolist() == [[-2, -2, 2, 2], [-4, -4, 4, 4], [-1, -4, 1, 4], [-2, -8, 2, 8]]
    assert asked.tolist() == [[4, 1], [8, 1], [4, 4], [8, 4]]


@pytest.mark.parametrize(
    ("size", "corner"),
    [
        pytest.param(45, 22, id="22.5 down to even"),
        pytest.param(47, 24, id="23.5 up to even"),
        pytest.param(46, 23, id="23 stays"),
    ],
)
def test_rounding_is_half_to_even(size: float, corner: float) -> None:
    shapes = product_shapes((size,), (1,), ratio_major=True)
    boxes, asked = cell_anchors(shapes, rounded=True)
    assert boxes.tolist() == [[-corner, -corner, corner, corner]]
    assert asked.tolist() == [[size, 1]]  # what was asked for, not what rounding left
    plain, _ = cell_anchors(shapes, rounded=False)
    assert plain.tolist() == [[-size / 2, -size / 2, size / 2, size / 2]]


def test_grid_points_go_row_by_row() -> None:
    # (column * 10, row * 4), and half of each stride
    assert grid_points((2, 3), (4, 10), 0).tolist() == [
        [0, 0], [10, 0], [20, 0], [0, 4], [10, 4], [20, 4],
    ]  # fmt: skip
    assert grid_points((1, 2), (4, 10), 0.5).tolist() == [[5, 2], [15, 2]]


def test_detectron2_convention_by_hand() -> None:
    settings = AnchorSettings(((32, 65),), ((0.25, 4),), offset=0.5, convention="detectron2")
    # padded 90x60 over 1x2 cells would give torchvision's stride (90, 30): not used here
    anchors = lay_anchors(((1, 2),), (90, 60), (16,), settings)
    assert anchors.levels[0].stride_hw == (16, 16)
    expected = [
        # first cell: x = (0 + 0.5) * 16 = 8, y = 8
        [8 - 32, 8 - 8, 8 + 32, 8 + 8],  # size 32, ratio 1/4: w = 32 / 0.5 = 64, h = 16
        [8 - 8, 8 - 32, 8 + 8, 8 + 32],  # size 32, ratio 4:   w = 32 / 2 = 16,   h = 64
        [8 - 65, 8 - 16.25, 8 + 65, 8 + 16.25],  # size 65, ratio 1/4: 130 x 32.5, unrounded
        [8 - 16.25, 8 - 65, 8 + 16.25, 8 + 65],  # size 65, ratio 4: 32.5 x 130
        # second cell: x = (1 + 0.5) * 16 = 24, y = 8
        [24 - 32, 8 - 8, 24 + 32, 8 + 8],
        [24 - 8, 8 - 32, 24 + 8, 8 + 32],
        [24 - 65, 8 - 16.25, 24 + 65, 8 + 16.25],
        [24 - 16.25, 8 - 65, 24 + 16.25, 8 + 65],
    ]
    assert anchors.boxes.tolist() == expected


@pytest.mark.parametrize("convention", ["torchvision", "detectron2"])
def test_the_papers_example(convention) -> None:  # type: ignore[no-untyped-def]
    # 600 / 16 = 37.5 -> 37 rows, 800 / 16 = 50 columns; 37 * 50 * 9 = 16,650
    settings = AnchorSettings(((128, 256, 512),), ((0.5, 1, 2),), offset=0, convention=convention)
    anchors = lay_anchors(((600 // 16, 800 // 16),), (600, 800), (16,), settings)
    (level,) = anchors.levels
    assert (level.grid_hw, level.stride_hw, level.shapes) == ((37, 50), (16, 16), 9)
    assert len(anchors) == level.count == anchors.boxes.shape[0] == 16_650


def _three_levels() -> Anchors:
    # 2x3 cells of 2 shapes = 12 anchors, none, then 1x2 cells of 1 shape = 2 anchors
    settings = AnchorSettings(((16, 32), (), (64,)), ((1,), (1,), (1,)))
    return lay_anchors(((2, 3), (1, 1), (1, 2)), (32, 48), (16, 32, 64), settings)


@pytest.mark.parametrize(
    ("index", "address"),
    [
        pytest.param(0, Address(0, 0, 0, 0), id="first"),
        pytest.param(1, Address(0, 0, 0, 1), id="then the next shape"),
        pytest.param(2, Address(0, 0, 1, 0), id="then the next column"),
        pytest.param(6, Address(0, 1, 0, 0), id="then the next row"),
        pytest.param(11, Address(0, 1, 2, 1), id="last of its level"),
        pytest.param(12, Address(2, 0, 0, 0), id="the empty level is skipped"),
        pytest.param(13, Address(2, 0, 1, 0), id="last"),
    ],
)
def test_address_and_back(index: int, address: Address) -> None:
    anchors = _three_levels()
    assert anchors.address(index) == address
    assert anchors.index(address) == index
    assert anchors.levels[1].count == 0


@pytest.mark.parametrize("index", [-1, 14])
def test_no_address_outside(index: int) -> None:
    with pytest.raises(IndexError, match="there are 14"):
        _three_levels().address(index)


@pytest.mark.parametrize(
    "address",
    [
        Address(-1, 0, 0, 0), Address(3, 0, 0, 0), Address(0, -1, 0, 0), Address(0, 2, 0, 0),
        Address(0, 0, -1, 0), Address(0, 0, 3, 0), Address(0, 0, 0, -1), Address(0, 0, 0, 2),
        Address(1, 0, 0, 0),
    ],
)  # fmt: skip
def test_no_index_for_a_place_that_does_not_exist(address: Address) -> None:
    with pytest.raises(IndexError, match="does not exist"):
        _three_levels().index(address)


def test_no_anchor_at_all_is_an_empty_result() -> None:
    anchors = lay_anchors(((2, 3),), (32, 48), (16,), AnchorSettings(((),), ((1,),)))
    assert len(anchors) == 0
    assert anchors.boxes.shape == (0, 4)
    assert anchors.level.dtype == torch.uint8


@pytest.mark.parametrize(
    ("grids", "strides"),
    [
        pytest.param(((2, 3),), (8, 16), id="too few grids"),
        pytest.param(((2, 3), (1, 2)), (8,), id="too few strides"),
        pytest.param(((2, 3), (1, 2), (1, 1)), (8, 16, 32), id="too few levels in the settings"),
    ],
)
def test_levels_must_agree(grids: tuple[tuple[int, int], ...], strides: tuple[int, ...]) -> None:
    settings = AnchorSettings(((16,), (32,)), ((1,), (1,)))
    with pytest.raises(ValueError, match="all three must agree"):
        lay_anchors(grids, (32, 48), strides, settings)
