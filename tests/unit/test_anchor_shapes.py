"""Levels that are given as a list of shapes: laid, counted and scored exactly as given."""

from __future__ import annotations

import numpy as np
import pytest

from rpn_core.anchors.lay import lay_anchors
from rpn_core.anchors.shapes import level_shapes, shape_counts
from rpn_core.design.cost import anchor_cost
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.shapes import shape_table
from rpn_core.errors import UserError
from rpn_core.settings import AnchorSettings

YOLOV5 = (
    ((10, 13), (16, 30), (33, 23)),
    ((30, 61), (62, 45), (59, 119)),
    ((116, 90), (156, 198), (373, 326)),
)
STRIDES = (8, 16, 32)
GRIDS = ((4, 8), (2, 4), (1, 2))
PADDED = (32, 64)


def settings(**changes: object) -> AnchorSettings:
    base = {"sizes": ((32,),) * 3, "aspect_ratios": ((0.5, 1),) * 3, "shapes": YOLOV5}
    return AnchorSettings(**(base | changes))


def by_hand(shapes: object, grid: tuple[int, int], stride: float, offset: float) -> np.ndarray:
    """Row by row, column by column, shape by shape: a box of that width and height."""
    return np.array(
        [
            [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
            for cy in (np.arange(grid[0]) + offset) * stride
            for cx in (np.arange(grid[1]) + offset) * stride
            for w, h in shapes
        ]
    )


def test_a_list_is_laid_as_it_is():
    anchors = lay_anchors(GRIDS, PADDED, STRIDES, settings())
    expected = [by_hand(*row, 0.5) for row in zip(YOLOV5, GRIDS, STRIDES, strict=True)]
    assert np.array_equal(anchors.boxes.numpy(), np.concatenate(expected))  # to the last bit
    for level, shapes in zip(anchors.levels, YOLOV5, strict=True):
        w, h = np.array(shapes, float).T
        assert np.allclose(level.size_ratio, np.stack((np.sqrt(w * h), h / w), 1), rtol=1e-6)


@pytest.mark.parametrize("convention", ["detectron2", "torchvision"])
@pytest.mark.parametrize("factor", [1.0, 0.37, 2.5])
def test_factor_offset_and_rounding_are_those_of_other_anchors(convention, factor):
    given = settings(convention=convention, size_factor=factor, offset=0.25)
    anchors = lay_anchors(GRIDS, PADDED, STRIDES, given)
    expected = []
    for shapes, grid, stride in zip(YOLOV5, GRIDS, STRIDES, strict=True):
        wh = np.array(shapes) * factor
        if convention == "torchvision":
            wh = 2 * np.rint(wh / 2)
        expected.append(by_hand(wh, grid, stride, 0.25))
    assert np.allclose(anchors.boxes.numpy(), np.concatenate(expected), atol=1e-4)
    assert np.array_equal(
        shape_table(given).boxes,
        np.concatenate([level.cell_anchors.numpy() for level in anchors.levels]),
    )


def test_levels_with_and_without_a_list_lie_side_by_side():
    mixed = settings(shapes=(YOLOV5[0], (), ((9, 9), (9, 9), (7, 5.5), (5.5, 7))))
    assert shape_counts(mixed) == (3, 2, 4)
    anchors = lay_anchors(GRIDS, PADDED, STRIDES, mixed)
    plain = lay_anchors(GRIDS, PADDED, STRIDES, settings(shapes=()))
    assert [level.shapes for level in anchors.levels] == [3, 2, 4]
    first, second = anchors.levels[1], plain.levels[1]
    assert np.array_equal(first.cell_anchors, second.cell_anchors)
    assert anchors.size_ratio(len(anchors) - 1) == pytest.approx((38.5**0.5, 7 / 5.5))
    assert anchor_cost(PADDED, Pyramid(STRIDES), mixed).anchors == (32 * 3, 8 * 2, 2 * 4)


def test_a_list_makes_no_difference_to_a_level_without_one():
    listed = AnchorSettings(((), ()), ((1,), ()), shapes=(((10, 13),), ()))
    assert shape_counts(listed) == (1, 0)
    assert [shape[:2] for shape in level_shapes(listed, 0)] == [(10, 13)]


def test_too_many_listed_anchors_are_refused():
    many = AnchorSettings(((16,),), ((1,),), shapes=(((9, 9),) * 100,))
    with pytest.raises(UserError, match="lay 1,000,100 anchors"):
        lay_anchors(((73, 137),), (584, 1096), (8,), many)
