"""Why an object has no positive: one real situation a reason, and a remedy that works."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from rpn_core.anchors.lay import lay_anchors
from rpn_core.settings import AnchorSettings, InputSettings, MatchSettings
from rpn_core.targets.case import Case
from rpn_core.targets.image_matching import match_image
from rpn_core.targets.image_objects import image_objects
from rpn_core.targets.object_report import ObjectReport, report_objects
from rpn_core.targets.why import Why

# A grid of 16 x 16 points at 8, 24, 40 ...; sizes 32 and 64 at ratio 1.
IMAGE_HW = (256, 256)
STRIDES = (16,)
INPUT = InputSettings(256, 256)
SQUARES = AnchorSettings(((32, 64),), ((1,),))
PLAIN = MatchSettings(allow_low_quality=False)


def case_of(*boxes, anchors=SQUARES, matching=PLAIN, crowd=None) -> Case:
    laid = lay_anchors(((16, 16),), IMAGE_HW, STRIDES, anchors)
    flags = None if crowd is None else torch.tensor(crowd)
    objects = image_objects(torch.tensor(boxes, dtype=torch.float32), flags)
    return Case(laid, objects, IMAGE_HW, anchors, matching, STRIDES, IMAGE_HW, INPUT)


def report(case: Case) -> tuple[ObjectReport, ...]:
    return report_objects(
        case, match_image(case.anchors.boxes, case.objects, case.image_hw, case.matching)
    )


def first(*boxes, **options) -> ObjectReport:
    return report(case_of(*boxes, **options))[0]


def test_an_object_that_an_anchor_fits() -> None:
    # the anchor of 32 px at (104, 104), and its neighbours, which overlap it with 16/48 only
    found = first((88, 88, 120, 120))
    assert (found.strict, found.low_quality, found.why) == (1, 0, None)
    assert (found.placed_iou, found.shape_iou, found.shape_level) == (1, 1, 0)
    assert str(found.sentence) == "1 anchor learns from it, the best with IoU 1.00."


def test_long_objects_lack_a_ratio() -> None:
    # 20 x 62 px around a grid point; with a square of 32: 20*32 / (1024 + 1240 - 640) = 0.39
    found = first((94, 73, 114, 135))
    assert found.why is Why.SHAPE
    assert found.shape_iou == pytest.approx(640 / 1624)
    assert str(found.sentence) == (
        "No anchor learns from it (the low-quality rule would give it 1 anchor). The best "
        "possible IoU at these shapes is 0.39. Add a ratio (h/w) near 3.1 at 32 px (stride 16)."
    )


def test_small_objects_lack_a_size() -> None:
    found = first((100, 100, 108, 108))
    assert found.why is Why.TOO_SMALL
    assert "It is smaller (8 × 8 px of the network input) than the smallest anchor (32 px)" in (
        str(found.sentence)
    )
    assert str(found.sentence).endswith("is 0.06. Add a size near 8 px at stride 16.")


def test_large_objects_lack_a_size() -> None:
    found = first((20, 20, 220, 220))
    assert found.why is Why.TOO_LARGE
    assert str(found.sentence).endswith("Add a size near 200 px at stride 16.")


def test_the_grid_steps_over_an_object() -> None:
    # 32 px, 8 px off in x and y: IoU (24*24) / (2048 - 576) = 0.39, though the shape fits
    found = first((80, 80, 112, 112))
    assert found.why is Why.GRID
    assert found.shape_iou == 1
    assert found.placed_iou == pytest.approx(576 / 1472)
    assert "The grid of stride 16 steps over it (best shape IoU 1.00, best placed 0.39)." in str(
        found.sentence
    )
    # no other shape on this grid helps, so what is left is the threshold
    assert str(found.sentence).endswith(". Lower the foreground threshold to 0.39.")


def test_a_finer_level_helps_where_the_grid_steps_over() -> None:
    anchors = AnchorSettings(((), (32,)), ((1,), (1,)))
    laid = lay_anchors(((64, 64), (16, 16)), IMAGE_HW, (4, 16), anchors)
    objects = image_objects(torch.tensor([[80.0, 80, 112, 112]]))
    case = Case(laid, objects, IMAGE_HW, anchors, PLAIN, (4, 16), IMAGE_HW, INPUT)
    (found,) = report(case)
    assert found.why is Why.GRID
    assert str(found.sentence).endswith("Add a size near 32 px at stride 4.")


def test_anchors_that_fit_cross_the_border() -> None:
    # around the grid point (8, 104); the anchor's left edge is at -8
    found = first((0, 88, 24, 120), matching=replace(PLAIN, drop_cross_border=True))
    assert found.why is Why.BORDER
    assert str(found.sentence).endswith(
        "The 1 anchor that fits it (best IoU 0.75) crosses the image border and is left out. "
        "Let anchors that cross the border take part."
    )


def test_anchors_that_fit_lie_in_a_crowd() -> None:
    found = first((88, 88, 120, 120), (80, 80, 130, 130), crowd=[False, True])
    assert found.why is Why.IN_CROWD
    assert str(found.sentence).endswith("is ignored. Turn the crowd rule off (share 1).")


def test_a_twin_takes_every_anchor() -> None:
    boxes = ((88, 88, 120, 120), (89, 88, 120, 120))
    found = report(case_of(*boxes))[1]
    assert found.why is Why.TAKEN
    assert "overlaps object 1 at least as much" in str(found.sentence)


def test_the_low_quality_rule_alone() -> None:
    found = first((100, 100, 108, 108), matching=MatchSettings())
    assert (found.strict, found.low_quality) == (0, 1)
    assert str(found.sentence).startswith(
        "Only the low-quality rule gives it 1 anchor (IoU 0.06). "
    )
    assert found.why is Why.TOO_SMALL


def test_the_low_quality_rule_may_serve_another_object() -> None:
    # The best anchor for object 2 (4 * 32 / 1024) is the one that object 1 fits exactly.
    boxes = ((88, 88, 120, 120), (100, 88, 104, 120))
    found = report(case_of(*boxes, matching=MatchSettings()))[1]
    assert (found.positives.tolist(), found.why) == ([], Why.TOO_SMALL)
    assert str(found.sentence).startswith(
        "No anchor learns from it (its best anchor overlaps object 1 more and learns from that). "
    )


@pytest.mark.parametrize(
    ("box", "crowd", "why"),
    [
        ((10, 10, 10, 20), None, Why.NO_AREA),
        ((20, 20, 10, 10), None, Why.NO_AREA),
        ((10, 10, float("inf"), 20), None, Why.NO_AREA),
        ((300, 10, 320, 30), None, Why.OUTSIDE),
        ((88, 88, 120, 120), [True], Why.CROWD),
    ],
)
def test_what_no_setting_can_help(box, crowd, why) -> None:
    found = first(box, crowd=crowd)
    assert (found.why, found.remedy) == (why, None)
    assert str(found.sentence).startswith("No anchor learns from it")


def test_no_anchor_at_all() -> None:
    found = first((88, 88, 120, 120), anchors=AnchorSettings(((),), ((1,),)))
    assert found.why is Why.NO_ANCHORS
    assert str(found.sentence).endswith("These settings leave no anchor. Add a size near 32 px at "
                                   "stride 16.")  # fmt: skip


def test_a_size_factor_is_taken_into_account() -> None:
    # sizes 16 and 32, times 2; the object wants 8 px, so 4 in the list
    found = first((100, 100, 108, 108), anchors=AnchorSettings(((16, 32),), ((1,),), 2.0))
    assert str(found.sentence).endswith("Add a size near 4 px at stride 16.")


LISTED = replace(SQUARES, shapes=(((32, 32), (64, 64)),))
FULL = replace(SQUARES, shapes=(((32, 32), (64, 64), *((200, 200),) * 98),))


@pytest.mark.parametrize(
    ("box", "anchors", "words", "listed"),
    [
        ((94, 73, 114, 135), LISTED, "Add a shape near 20x62 px at stride 16.", (20, 62)),
        ((100, 100, 108, 108), LISTED, "Add a shape near 8x8 px at stride 16.", (8, 8)),
        (
            (94, 73, 114, 135), replace(LISTED, size_factor=2.0),
            "Add a shape near 10x31 px at stride 16.", (10, 31),
        ),
        (
            (94, 73, 114, 135), FULL,
            "Replace shape 32x32 by one near 20x62 px at stride 16.", (20, 62),
        ),
    ],
)  # fmt: skip
def test_a_level_with_a_list_of_shapes_gets_one_more(box, anchors, words, listed) -> None:
    found = first(box, anchors=anchors)
    assert str(found.sentence).endswith(words)
    wider = found.remedy.anchors
    assert (wider.sizes, wider.aspect_ratios) == (anchors.sizes, anchors.aspect_ratios)
    assert set(wider.listed(0)) - set(anchors.listed(0)) == {listed}
    assert len(first(box, anchors=wider).positives)  # it does what it says


def test_the_level_of_nearest_size_goes_first_whatever_it_is_given_by() -> None:
    # sqrt(20 * 62) = 35 is nearer to the 64 px of the list than to the 16 px of the sizes
    anchors = AnchorSettings(((16,), (32,)), ((1,), (1,)), shapes=((), ((64, 64),)))
    laid = lay_anchors(((32, 32), (16, 16)), IMAGE_HW, (8, 16), anchors)
    objects = image_objects(torch.tensor([[94.0, 73, 114, 135]]))
    case = Case(laid, objects, IMAGE_HW, anchors, PLAIN, (8, 16), IMAGE_HW, INPUT)
    (found,) = report(case)
    assert str(found.sentence).endswith("Add a shape near 20x62 px at stride 16.")
    assert found.remedy.anchors.shapes == ((), ((64, 64), (20, 62)))
