"""The charts of anchor design carry the right numbers, and no text of a data set as markup."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from rpn_core.design.budget import Budget
from rpn_core.design.coverage import coverage
from rpn_core.design.curve import coverage_curve
from rpn_core.design.groups import group_coverage
from rpn_core.design.objects import design_objects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.figures.anchor_coverage import BINS, GROUPS_SHOWN, group_chart, iou_histogram
from rpn_core.figures.anchor_curve import curve_chart
from rpn_core.figures.anchor_plane import POINTS, Region, anchor_plane, region_of_box
from rpn_core.labels.label_set import label_set
from rpn_core.settings import AnchorSettings

PYRAMID = Pyramid((8, 16, 32, 64))


def objects_of(count, categories=("<b>cat</b><br>", "dog")):
    """Boxes of 16 to 256 px in one image of 448 px, which no resize changes."""
    random = np.random.default_rng(5)
    wh = np.exp2(random.uniform(4, 8, (count, 2)))
    corner = random.uniform(0, 448, (count, 2)) - wh / 2
    labels = label_set(
        ("a.jpg",),
        np.concatenate((corner, corner + wh), 1),
        np.zeros(count, np.int64),
        sizes_hw=np.array([[448, 448]]),
        categories=categories,
        category=np.arange(count) % len(categories),
    )
    return design_objects(labels, ResizeRule("long_side", 448))


OBJECTS = objects_of(60)
FOUND = coverage(OBJECTS, PYRAMID, AnchorSettings())
GROUPS = group_coverage(OBJECTS, FOUND)
CURVE = coverage_curve(OBJECTS, PYRAMID, AnchorSettings(), Budget(evaluations=30), counts=(1, 2, 3))


def figures():
    return {
        "plane": anchor_plane(OBJECTS, FOUND.table, PYRAMID.strides),
        "crowded plane": anchor_plane(objects_of(POINTS + 1), FOUND.table, PYRAMID.strides),
        "empty plane": anchor_plane(objects_of(0), FOUND.table, PYRAMID.strides),
        **{kind: group_chart(GROUPS, kind, 0.7) for kind in ("size", "ratio", "category", "level")},
        "iou": iou_histogram(FOUND),
        "curve": curve_chart(CURVE),
    }


@pytest.mark.parametrize("name", figures())
def test_every_property_is_one_that_plotly_knows(name):
    go.Figure(figures()[name].to_dict())


def test_the_plane_has_every_object_and_every_shape_where_they_belong():
    points, *levels = figures()["plane"].data
    wh = OBJECTS.wh
    assert np.exp2(points.x) == pytest.approx(np.sqrt(wh.prod(1)), rel=1e-3)
    assert np.exp2(points.y) == pytest.approx(wh[:, 1] / wh[:, 0], rel=1e-3)
    assert points.name == "60 objects"
    assert [len(level.x) for level in levels] == [9, 9, 9, 9]
    # sizes 16, 25 and 40 with ratios 1/2, 1, 2 on the first level
    assert sorted(set(np.exp2(levels[0].x).round(1))) == [16, 25, 40]
    assert sorted(set(np.exp2(levels[0].y).round(2))) == [0.5, 1, 2]


def test_many_objects_are_counted_and_not_drawn_one_by_one():
    cells = figures()["crowded plane"].data[0]
    assert cells.type == "heatmap"
    counted = [
        int(words.partition(" of ")[0].replace(",", "")) for row in cells.text for words in row
    ]
    assert sum(counted) == POINTS + 1


def test_a_brushed_region_holds_what_lies_in_it():
    region = region_of_box((7, 5), (0, 1))
    assert region == Region((32.0, 128.0), (1.0, 2.0))
    wh = np.array([[32, 32], [31, 31], [64, 128], [64, 127], [40, 39], [128, 128]], np.float32)
    # sqrt(64 * 128) = 90.5 with h/w 2; 39/40 is below 1
    assert region.holds(wh).tolist() == [0, 2, 3, 5]


def test_the_bars_of_a_group_are_shares_of_its_objects():
    for kind in ("size", "ratio", "category", "level"):
        chart = group_chart(GROUPS, kind, 0.7)
        assert np.sum([bar.x for bar in chart.data], axis=0) == pytest.approx(1)
    size = [group for group in GROUPS if group.kind == "size" and group.objects]
    missing = group_chart(GROUPS, "size", 0.7).data[2]
    assert missing.x == pytest.approx([group.unreachable / group.objects for group in size])


def test_a_category_is_shown_as_it_is_spelt_and_never_rendered():
    ticks = group_chart(GROUPS, "category", 0.7).layout.yaxis.ticktext
    assert ticks[0].startswith("&lt;b&gt;cat&lt;/b&gt;&lt;br&gt;<br><sub>30 objects")


def test_no_more_groups_than_can_be_read():
    many = objects_of(90, tuple(f"kind {i}" for i in range(30)))
    groups = group_coverage(many, coverage(many, PYRAMID, AnchorSettings()))
    assert len(group_chart(groups, "category", 0.7).data[0].x) == GROUPS_SHOWN


def test_the_histogram_counts_every_object_twice_over():
    for steps in iou_histogram(FOUND).data:
        assert len(steps.y) == BINS + 1
        assert sum(steps.y[:-1]) == 60


def test_the_curve_is_drawn_at_its_numbers():
    iou, recall = curve_chart(CURVE).data
    assert iou.x == (1, 2, 3)
    assert iou.y == pytest.approx([point.mean_iou for point in CURVE.points], abs=1e-4)
    assert recall.y == pytest.approx([point.recall for point in CURVE.points], abs=1e-4)
    assert curve_chart(CURVE).layout.annotations[0].text == f"{CURVE.enough}: enough"
