"""Matching, reports and remedies on any objects and any anchors."""

from __future__ import annotations

from dataclasses import replace

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rpn_core.anchors.lay import lay_anchors
from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.settings import AnchorSettings, InputSettings, MatchSettings, SampleSettings
from rpn_core.stages.network_input import resized_hw
from rpn_core.targets.anchor_state import AnchorState
from rpn_core.targets.case import Case
from rpn_core.targets.image_matching import match_image
from rpn_core.targets.image_objects import image_objects
from rpn_core.targets.matching import IGNORED, NEGATIVE
from rpn_core.targets.minibatch import Role, draw_minibatch
from rpn_core.targets.near import boxes_near
from rpn_core.targets.object_report import report_objects
from rpn_core.targets.object_tally import tally_objects
from rpn_core.targets.shape_fit import fit_shapes

IMAGE_HW, PADDED_HW = (180, 250), (192, 256)
GRIDS_HW, STRIDES = ((24, 32), (12, 16), (6, 8)), (8, 16, 32)
INPUT = InputSettings(180, 250)

sides = st.floats(0.5, 200, width=32)
boxes = st.builds(
    lambda x, y, w, h: (x, y, x + w, y + h), st.floats(-30, 240, width=32),
    st.floats(-30, 170, width=32), sides, sides,
)  # fmt: skip
sizes = st.lists(st.sampled_from([8, 16, 24, 32, 50.8, 64, 128, 200]), max_size=3, unique=True)
ratios = st.lists(st.sampled_from([0.25, 0.5, 1, 2, 3.3]), max_size=3, unique=True)
anchor_settings = st.builds(
    lambda s, r, factor, offset, convention: AnchorSettings(
        tuple(tuple(sorted(level)) for level in s), tuple(tuple(sorted(level)) for level in r),
        factor, offset, convention,
    ),
    st.lists(sizes, min_size=3, max_size=3), st.lists(ratios, min_size=3, max_size=3),
    st.sampled_from([0.5, 1, 1.3]), st.sampled_from([0, 0.5]),
    st.sampled_from(["torchvision", "detectron2"]),
)  # fmt: skip
match_settings = st.builds(
    lambda a, b, low, border, iof: MatchSettings(max(a, b), min(a, b), low, border, iof),
    st.sampled_from([0.5, 0.7, 0.75]), st.sampled_from([0.1, 0.3, 0.5]), st.booleans(),
    st.booleans(), st.sampled_from([0.3, 0.5, 1]),
)  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> Case:
    found = draw(st.lists(st.tuples(boxes, st.integers(0, 5)), max_size=5))
    objects = image_objects(
        torch.tensor([box for box, _ in found], dtype=torch.float32).reshape(-1, 4),
        torch.tensor([crowd == 0 for _, crowd in found], dtype=torch.bool),
    )
    laid_by = draw(anchor_settings)
    laid = lay_anchors(GRIDS_HW, PADDED_HW, STRIDES, laid_by)
    return Case(laid, objects, IMAGE_HW, laid_by, draw(match_settings), STRIDES, IMAGE_HW, INPUT)


def match(case: Case):  # type: ignore[no-untyped-def]
    return match_image(case.anchors.boxes, case.objects, case.image_hw, case.matching)


@given(cases())
@settings(max_examples=60)
def test_state_target_and_overlap_say_the_same(case: Case) -> None:
    matching = match(case)
    state, matches = matching.state, matching.matches
    positive = (state == int(AnchorState.POSITIVE)) | (state == int(AnchorState.LOW_QUALITY))
    assert torch.equal(positive, matches.target >= 0)
    assert torch.equal(state == int(AnchorState.NEGATIVE), matches.target == NEGATIVE)
    assert torch.equal(state == int(AnchorState.LOW_QUALITY), matches.low_quality)
    assert sum(matching.count(each) for each in AnchorState) == len(case.anchors)
    fits = matches.best_iou >= case.matching.fg_iou_thresh
    assert torch.equal(fits, state == int(AnchorState.POSITIVE))
    learnt = matches.target[matches.target >= 0]
    assert case.objects.learnable[learnt].all()
    iou = pairwise_iou(case.objects.boxes, case.anchors.boxes)
    chosen = torch.nonzero(matches.target >= 0).flatten()
    assert torch.equal(iou[matches.target[chosen], chosen], matches.best_iou[chosen])


@given(cases())
@settings(max_examples=60)
def test_no_anchor_on_the_grid_beats_the_best_shape(case: Case) -> None:
    fit = fit_shapes(case.anchors.levels, case.objects.boxes)
    learnable = case.objects.learnable
    assert (match(case).placed_iou[learnable] <= fit.iou[learnable] + 1e-5).all()


@given(cases())
@settings(max_examples=150)
def test_a_remedy_that_is_said_gives_a_positive(case: Case) -> None:
    matching = match(case)
    tally = tally_objects(case, matching)
    for report in report_objects(case, matching, tally, range(len(case.objects))):
        assert len(report.positives) == int(tally.positives[report.number])
        assert (report.why is None) == (int(tally.strict[report.number]) > 0)
        if report.remedy is None:
            continue
        remedy = report.remedy
        assert str(report.sentence).endswith(str(remedy.sentence))
        image_hw = resized_hw(IMAGE_HW, remedy.input)
        padded_hw = tuple(-(-side // 32) * 32 for side in image_hw)
        grids_hw = tuple((padded_hw[0] // stride, padded_hw[1] // stride) for stride in STRIDES)
        laid = lay_anchors(grids_hw, padded_hw, STRIDES, remedy.anchors)
        x, y = image_hw[1] / IMAGE_HW[1], image_hw[0] / IMAGE_HW[0]
        grown = replace(case.objects, boxes=case.objects.boxes * torch.tensor([x, y, x, y]))
        strict = MatchSettings(
            remedy.matching.fg_iou_thresh, remedy.matching.bg_iou_thresh, False,
            remedy.matching.drop_cross_border, remedy.matching.crowd_iof_thresh,
        )  # fmt: skip
        after = match_image(laid.boxes, grown, image_hw, strict)
        assert len(after.positives(report.number)) > 0


@given(cases(), st.integers(1, 300), st.sampled_from([0, 0.25, 0.5, 1]), st.integers(0, 99))
@settings(max_examples=60)
def test_a_minibatch_keeps_its_bounds(case: Case, size: int, share: float, seed: int) -> None:
    target = match(case).matches.target
    batch = draw_minibatch(target, SampleSettings(size, share, seed))
    assert len(batch.positives) <= int(size * share)
    assert len(batch) <= size
    assert len(batch.anchors.unique()) == len(batch)
    assert batch.count(Role.NO_PART) == int((target == IGNORED).sum())
    if len(batch) < size:  # then no negative is spared
        assert batch.count(Role.SPARE_NEGATIVE) == 0


@given(cases(), st.sampled_from([0.05, 0.3, 0.5, 0.7]))
@settings(max_examples=60)
def test_the_anchors_near_a_box_are_all_that_overlap_it_so_much(case: Case, thresh: float) -> None:
    for box in case.objects.boxes:
        for level in case.anchors.levels:
            found = boxes_near(level, level.grid_hw, level.cell_anchors, box, thresh)
            laid = case.anchors.boxes[level.start : level.start + level.count]
            wanted = laid[pairwise_iou(laid, box[None])[:, 0] >= thresh]
            assert torch.equal(found, wanted)
