"""Coverage by group and in words, on boxes whose numbers can be worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rpn_core.design.coverage import coverage
from rpn_core.design.findings import findings
from rpn_core.design.groups import group_coverage
from rpn_core.design.objects import DesignObjects, design_objects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.errors import UserError
from rpn_core.labels.label_set import label_set
from rpn_core.settings import AnchorSettings

# Images of 128 x 128 stay as they are, so that every number below is in pixels of both frames.
RULE = ResizeRule("long_side", 128)
PYRAMID = Pyramid((16, 32))
# Squares of 32 px around (0, 0), (16, 0), ... and of 64 px around (0, 0), (32, 0), ...
ANCHORS = AnchorSettings(((32,), (64,)), ((1,), (1,)), offset=0.0)


def objects_of(*boxes: list[float], images: list[int] | None = None) -> DesignObjects:
    image = np.array(images if images is not None else [0] * len(boxes), int)
    count = int(image.max(initial=0)) + 1
    labels = label_set(
        tuple(map(str, range(count))),
        np.array(boxes, float).reshape(-1, 4),
        image,
        sizes_hw=np.full((count, 2), 128),
        categories=("dog", "<b>cat</b>"),
        category=np.arange(len(boxes)) % 3 - 1,
    )
    return design_objects(labels, RULE)


EXACT = [0.0, 0, 32, 32]  # the anchor around (16, 16)
SHIFTED = [8.0, 16, 40, 48]  # half a stride off: overlap 24 of 32 columns, IoU 24 / 40
TALL = [32.0, 0, 52, 128]  # 20 x 128: with a square of 64, 20 * 64 / (2560 + 4096 - 1280)
TINY = [60.0, 60, 64, 64]  # 4 x 4 inside squares of 32: 16 / 1024


def test_placed_and_shape_only_iou():
    found = coverage(objects_of(EXACT, SHIFTED, TALL, TINY), PYRAMID, ANCHORS)
    assert found.placed_iou.tolist() == pytest.approx([1, 0.6, 1280 / 5376, 1 / 64])
    assert found.shape_iou.tolist() == pytest.approx([1, 1, 1280 / 5376, 1 / 64])
    assert found.level.tolist() == [0, 0, 1, 0]
    assert found.worst(2).tolist() == [3, 2]
    assert found.mean_iou == pytest.approx((1 + 0.6 + 1280 / 5376 + 1 / 64) / 4)
    assert found.recall(0.5) == 0.5
    assert found.recall(0.7) == 0.25


def test_positives_by_threshold_and_by_the_low_quality_rule():
    # One image each, so that no object competes with another.
    objects = objects_of(EXACT, SHIFTED, TINY, images=[0, 1, 2])
    found = coverage(objects, PYRAMID, ANCHORS, fg_iou_thresh=0.5)
    # EXACT: itself alone, since a neighbour 16 px off has IoU 1/3. SHIFTED: one on either side.
    assert found.positives.tolist() == [1, 2, 0]
    # TINY lies inside the 32 px squares around (48, 48), (48, 64), (64, 48), (64, 64), all alike.
    assert found.low_quality.tolist() == [0, 0, 4]
    assert found.positives_in_all.tolist() == [1, 2, 4]


def test_of_two_objects_the_better_one_has_the_anchor():
    nearly = [0.0, 0, 32, 31]
    found = coverage(objects_of(EXACT, nearly), PYRAMID, ANCHORS)
    assert found.placed_iou[1] == pytest.approx(31 / 32)
    assert found.positives_in_all.tolist() == [1, 0]
    twins = coverage(objects_of(EXACT, EXACT), PYRAMID, ANCHORS)
    assert twins.positives_in_all.tolist() == [1, 0], "of equals the first"


def test_an_object_beyond_every_anchor():
    far = [500.0, 500, 510, 510]
    found = coverage(objects_of(far), PYRAMID, ANCHORS)
    assert (found.placed_iou.tolist(), found.level.tolist()) == ([0], [-1])
    assert found.positives_in_all.tolist() == [0]


def test_no_anchor_and_no_object():
    nothing = AnchorSettings(((), ()), ((1,), (1,)))
    found = coverage(objects_of(EXACT), PYRAMID, nothing)
    assert (found.placed_iou.tolist(), found.shape.tolist()) == ([0], [-1])
    empty = coverage(objects_of(), PYRAMID, ANCHORS)
    assert math.isnan(empty.mean_iou)
    assert math.isnan(empty.recall(0.5))


def test_levels_and_thresholds_are_checked():
    with pytest.raises(UserError, match="for 2 levels, but there are strides for 1"):
        coverage(objects_of(EXACT), Pyramid((16,)), ANCHORS)
    with pytest.raises(UserError, match="fg_iou_thresh is 0"):
        coverage(objects_of(EXACT), PYRAMID, ANCHORS, fg_iou_thresh=0)


def test_progress_rises_to_the_end_over_many_objects():
    boxes = np.tile([EXACT], (70_000, 1))
    labels = label_set(
        tuple(map(str, range(35_000))), boxes, np.arange(70_000) // 2,
        sizes_hw=np.full((35_000, 2), 128),
    )  # fmt: skip
    seen: list[float] = []
    found = coverage(design_objects(labels, RULE), PYRAMID, ANCHORS, progress=seen.append)
    assert len(seen) == 4
    assert seen == sorted(set(seen))
    assert seen[-1] == 1
    assert found.positives_in_all.reshape(-1, 2).tolist() == [[1, 0]] * 35_000


def test_groups_count_what_belongs_to_them():
    objects = objects_of(EXACT, SHIFTED, TALL, TINY, images=[0, 1, 2, 3])
    groups = group_coverage(objects, coverage(objects, PYRAMID, ANCHORS))
    by_name = {str(group.name): group for group in groups}
    everything = by_name["all"]
    assert (everything.objects, everything.reached) == (4, (2, 1))
    assert everything.recall(0.5) == 0.5
    assert (everything.unreachable, everything.stepped_over) == (2, 1)
    assert (everything.low_quality_only, everything.no_positive) == (3, 0)
    small = by_name["small, under 32² px"]
    assert (small.objects, small.unreachable, small.positives) == (1, 1, 4)
    assert by_name["medium, 32² to 96² px"].objects == 3
    empty = by_name["large, from 96² px"]
    assert (empty.objects, empty.unreachable) == (0, 0)
    assert math.isnan(empty.placed_iou)
    assert math.isnan(empty.recall(0.7))
    assert (by_name["tall, h/w from 2"].objects, by_name["wide, h/w under 1/2"].objects) == (1, 0)
    assert [(str(g.name), g.number, g.objects) for g in groups if g.kind == "category"] == [
        ("(no category)", -1, 2),
        ("dog", 0, 1),
        ("<b>cat</b>", 1, 1),
    ]
    assert [(str(g.name), g.number, g.objects) for g in groups if g.kind == "level"] == [
        ("level 0, stride 16", 0, 3),
        ("level 1, stride 32", 1, 1),
    ]


def told(objects: DesignObjects, anchors: AnchorSettings = ANCHORS) -> dict[str, list[str]]:
    found = coverage(objects, PYRAMID, anchors)
    sentences: dict[str, list[str]] = {}
    for finding in findings(objects, found, group_coverage(objects, found)):
        sentences.setdefault(finding.kind, []).append(str(finding.sentence))
    return sentences


def test_findings_in_words():
    said = told(objects_of(EXACT, SHIFTED, TALL, TINY, images=[0, 1, 2, 3]))
    assert said["unreachable"] == [
        "1 of 1 object (small, under 32² px) can never be a positive at IoU 0.7 with these "
        "anchors: no shape fits, wherever the object lies.",
        "1 of 3 objects (medium, 32² to 96² px) can never be a positive at IoU 0.7 with these "
        "anchors: no shape fits, wherever the object lies.",
        "1 of 3 objects (h/w 1/2 to 2) can never be a positive at IoU 0.7 with these anchors: no "
        "shape fits, wherever the object lies.",
        "1 of 1 object (tall, h/w from 2) can never be a positive at IoU 0.7 with these "
        "anchors: no shape fits, wherever the object lies.",
    ]
    assert said["stepped over"] == [
        "The grid steps over 1 of 4 objects: a shape would reach IoU 0.7, but no cell places it "
        "well enough."
    ]
    assert said["low quality only"] == [
        "3 of 4 objects learn by the low-quality rule alone: no anchor of their own has IoU 0.7 or "
        "more."
    ]
    assert "no positive" not in said
    assert "all reached" not in said
    assert "left out" not in said


def test_findings_when_all_is_well_but_a_level():
    said = told(objects_of(EXACT))
    assert said["all reached"] == ["The only object meets an anchor at IoU 0.7 or more."]
    assert [sentence.split(":")[0] for sentence in said["idle level"]] == [
        "No object has its best anchor on level 1, stride 32"
    ]
    assert set(said) == {"all reached", "idle level"}
    # A level without anchors costs nothing and is not spoken of.
    assert "idle level" not in told(objects_of(EXACT), AnchorSettings(((32,), ()), ((1,), ())))


def test_findings_of_a_robbed_object():
    said = told(objects_of(EXACT, [0.0, 0, 32, 31]))
    assert said["no positive"] == [
        "1 of 2 objects has no positive at all, not even by the low-quality rule: other objects "
        "overlap the same anchors more, or no anchor overlaps it."
    ]


def test_findings_without_objects_and_with_boxes_left_out():
    labels = label_set(("a",), np.array([[0.0, 0, 0, 5]]), np.array([0]),
                       sizes_hw=np.array([[9, 9]]))  # fmt: skip
    said = told(design_objects(labels, RULE))
    assert said["nothing to learn from"] == ["There is no object that anchors could learn from."]
    assert said["left out"] == ["1 of 1 box is left out: 1 without area or not finite."]


def test_a_hundred_thousand_boxes_in_one_image_are_counted_alone_and_said_so():
    count = 100_000
    random = np.random.default_rng(0)
    corner = random.random((count, 2)) * 100
    boxes = np.concatenate([corner, corner + 4 + random.random((count, 2)) * 40], axis=1)
    labels = label_set(("a",), boxes, np.zeros(count, int), sizes_hw=np.array([[128, 128]]))
    objects = design_objects(labels, RULE)
    found = coverage(objects, PYRAMID, ANCHORS)
    assert found.alone.all()
    few = coverage(objects.only(np.arange(5)), PYRAMID, ANCHORS)
    assert not few.alone.any()
    assert np.array_equal(found.placed_iou[:5], few.placed_iou)
    assert (found.positives[:5] >= few.positives).all()
    assert told(objects)["counted alone"] == [
        "Positives of 100,000 of 100,000 objects are counted without regard to other objects: too "
        "many lie in one image, or are so unlike every anchor that most anchors tie."
    ]


def test_boxes_far_larger_than_every_anchor_do_not_take_hours():
    # Every anchor of a fine grid lies inside each box, and all tie.
    labels = label_set(
        ("a",), np.tile([[-1e5, -1e5, 1e5, 1e5]], (1500, 1)), np.zeros(1500, int),
        sizes_hw=np.array([[4000, 4000]]),
    )  # fmt: skip
    objects = design_objects(labels, ResizeRule("long_side", 4000))
    found = coverage(objects, Pyramid((4, 8)), AnchorSettings(((8,), (8,)), ((1,), (1,))))
    assert found.alone.all()
    assert found.low_quality.tolist() == [1] * 1500


def test_a_shape_that_no_object_needs_is_told_by_name():
    boxes = np.array([[96.0, 96, 128, 128], [160, 160, 192, 192], [32, 32, 64, 64]])
    objects = design_objects(
        label_set(("a",), boxes, np.zeros(3, int), sizes_hw=np.array([[448, 448]])), ResizeRule()
    )
    anchors = AnchorSettings(((32, 400), (64, 500)), ((1,), (1,)))
    found = coverage(objects, Pyramid((16, 32)), anchors)
    told = {f.kind: f for f in findings(objects, found, group_coverage(objects, found))}
    idle = told["idle shape"]
    assert (idle.count, idle.total, idle.problem) == (1, 4, False)
    assert "400x400 on stride 16" in str(idle.sentence)
    # The shapes of a level that is idle as a whole are told with it.
    assert "500x500" not in str(idle.sentence)
    assert "idle level" in told
