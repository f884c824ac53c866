"""What holds for any grid, sizes and ratios."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from rpn_core.anchors.lay import Anchors, lay_anchors
from rpn_core.settings import AnchorSettings

CONVENTIONS = st.sampled_from(["torchvision", "detectron2"])
SIDE = st.integers(1, 9)
SIZES = st.lists(st.floats(2, 600), max_size=3).map(tuple)
RATIOS = st.lists(st.floats(0.1, 10), max_size=3).map(tuple)
LEVEL = st.tuples(st.tuples(SIDE, SIDE), SIZES, RATIOS)


@st.composite
def anchor_sets(draw: st.DrawFn) -> Anchors:
    levels = draw(st.lists(LEVEL, min_size=1, max_size=4))
    grids, sizes, ratios = zip(*levels, strict=True)
    settings = AnchorSettings(
        sizes,
        ratios,
        size_factor=draw(st.floats(0.25, 3)),
        offset=draw(st.floats(0, 1)),
        convention=draw(CONVENTIONS),
    )
    strides = tuple(8 * 2**i for i in range(len(levels)))
    return lay_anchors(grids, (160, 200), strides, settings)


@given(anchor_sets())
def test_address_is_a_bijection(anchors: Anchors) -> None:
    addresses = [anchors.address(i) for i in range(len(anchors))]
    assert [anchors.index(address) for address in addresses] == list(range(len(anchors)))
    keys = [(a.level, a.y, a.x, a.shape) for a in addresses]
    assert keys == sorted(set(keys))
    assert len(anchors) == sum(level.count for level in anchors.levels)
    assert [a.level for a in addresses] == anchors.level.tolist()


@given(anchor_sets())
def test_a_box_is_its_shape_moved_to_the_point_of_its_cell(anchors: Anchors) -> None:
    for index in range(0, len(anchors), 7):
        a = anchors.address(index)
        level = anchors.levels[a.level]
        x = (a.x + level.offset) * level.stride_hw[1]
        y = (a.y + level.offset) * level.stride_hw[0]
        expected = level.cell_anchors[a.shape] + torch.tensor([x, y, x, y])
        torch.testing.assert_close(anchors.boxes[index], expected, rtol=1e-5, atol=1e-3)


@given(anchor_sets())
def test_a_shape_has_the_area_and_the_ratio_asked_for(anchors: Anchors) -> None:
    for level in anchors.levels:
        wh = level.cell_anchors[:, 2:] - level.cell_anchors[:, :2]
        size, ratio = level.size_ratio.unbind(1)
        exact = torch.stack((size / ratio.sqrt(), size * ratio.sqrt()), 1)
        # torchvision rounds each of two corners by at most half a pixel
        rounded = torch.equal(level.cell_anchors, level.cell_anchors.round())
        torch.testing.assert_close(wh, exact, rtol=1e-5, atol=1.001 if rounded else 1e-3)
        assert torch.equal(level.cell_anchors[:, :2], -level.cell_anchors[:, 2:])
