"""What holds for every ledger: random boxes, tied logits, any settings, no anchors at all."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rpn_core.anchors.lay import Anchors, lay_anchors
from rpn_core.geometry.boxes import crosses_border, pairwise_iou, side_lengths
from rpn_core.geometry.frame import Frame
from rpn_core.proposers.plain import after_head
from rpn_core.results.funnel import funnel
from rpn_core.settings import AnchorSettings, NmsSettings, SelectionSettings
from rpn_core.stages.fate import Fate
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.stages.network_input import NetworkInput
from rpn_core.stages.stage_results import StageResults

shapes = st.lists(st.sampled_from([4.0, 8.0, 24.0, 60.0]), max_size=2, unique=True).map(tuple)
ratios = st.lists(st.sampled_from([0.5, 1.0, 2.0]), max_size=2, unique=True).map(tuple)


@st.composite
def all_anchors(draw: st.DrawFn) -> tuple[NetworkInput, Anchors]:
    """One to three levels, some without sizes or ratios, on an image smaller than the input."""
    levels = draw(st.integers(1, 3))
    image_hw = (draw(st.integers(1, 64)), draw(st.integers(1, 64)))
    settings = AnchorSettings(
        sizes=tuple(draw(shapes) for _ in range(levels)),
        aspect_ratios=tuple(draw(ratios) for _ in range(levels)),
        offset=draw(st.sampled_from([0.0, 0.5])),
        convention=draw(st.sampled_from(["torchvision", "detectron2"])),
    )
    grids = tuple((max(1, 4 >> level), max(1, 4 >> level)) for level in range(levels))
    strides = tuple(16 << level for level in range(levels))
    network_input = NetworkInput(
        torch.zeros(1, 3, 64, 64), Frame((2 * image_hw[0], 3 * image_hw[1]), image_hw), (64, 64)
    )
    return network_input, lay_anchors(grids, (64, 64), strides, settings)


@st.composite
def all_stages(draw: st.DrawFn) -> tuple[StageResults, SelectionSettings, NmsSettings]:
    network_input, anchors = draw(all_anchors())
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    spread = draw(st.sampled_from([0.0, 0.05, 0.5, 2.0]))  # 0: boxes as alike as the anchors
    steps = draw(st.sampled_from([1, 4, 1000]))  # 1: most logits are tied
    logits = (torch.randn(len(anchors), generator=generator) * steps).round() / steps
    deltas = torch.randn(len(anchors), 4, generator=generator) * spread
    selection = SelectionSettings(
        pre_nms_top_n=draw(st.sampled_from([1, 5, 40, 1000])),
        min_size=draw(st.sampled_from([0.0, 1e-3, 10.0])),
        score_thresh=draw(st.sampled_from([0.0, 0.5, 1.0])),
        drop_cross_border=draw(st.booleans()),
    )
    nms = NmsSettings(
        nms_thresh=draw(st.sampled_from([0.0, 0.3, 0.7, 1.0])),
        post_nms_top_n=draw(st.sampled_from([1, 7, 1000])),
    )
    stages = after_head(network_input, anchors, HeadOutputs(logits, deltas), selection, nms)
    return stages, selection, nms


def with_fate(stages: StageResults, *fates: Fate) -> torch.Tensor:
    return torch.isin(stages.ledger.fate, torch.tensor([int(f) for f in fates], dtype=torch.uint8))


@given(all_stages())
def test_every_anchor_has_one_fate_and_the_counts_sum_to_r_level_by_level(case):
    stages, _, _ = case
    ledger = stages.ledger
    assert ledger.fate.shape == (len(stages.predictions.anchors),)
    assert set(ledger.fate.tolist()) <= {int(fate) for fate in Fate}
    for level, grid in enumerate(stages.predictions.anchors.levels):
        of_level = ledger.fate[stages.predictions.anchors.level == level]
        assert ledger.counts[level].tolist() == [int((of_level == f).sum()) for f in Fate]
        assert int(ledger.counts[level].sum()) == grid.count
    assert int(ledger.counts.sum()) == len(stages.predictions.anchors)


@given(all_stages())
def test_suppressor_survived_in_the_same_level_is_no_worse_and_overlaps_too_much(case):
    stages, _, nms = case
    ledger, scores = stages.ledger, stages.selection.scores
    suppressed = with_fate(stages, Fate.SUPPRESSED)
    assert torch.equal(ledger.suppressed_by >= 0, suppressed)
    lost = suppressed.nonzero().flatten()
    by = ledger.suppressed_by[lost].long()
    survived = with_fate(stages, Fate.KEPT, Fate.BEYOND_POST_NMS_TOP_N)
    assert survived[by].all()
    assert torch.equal(stages.predictions.anchors.level[by], stages.predictions.anchors.level[lost])
    assert (scores[by] >= scores[lost]).all()
    assert (ledger.suppressed_iou[lost].double() > nms.nms_thresh).all()
    boxes = stages.selection.boxes
    expected = pairwise_iou(boxes[lost], boxes[by]).diagonal()
    assert torch.allclose(ledger.suppressed_iou[lost], expected, rtol=0, atol=1e-6)
    assert (ledger.suppressed_iou[~suppressed] == 0).all()


@given(all_stages())
def test_no_two_survivors_of_a_level_overlap_too_much(case):
    stages, _, nms = case
    survived = with_fate(stages, Fate.KEPT, Fate.BEYOND_POST_NMS_TOP_N)
    for level in range(len(stages.predictions.anchors.levels)):
        boxes = stages.selection.boxes[survived & (stages.predictions.anchors.level == level)]
        iou = pairwise_iou(boxes, boxes).fill_diagonal_(0)
        assert (iou.double() <= nms.nms_thresh + 1e-6).all()


@given(all_stages())
def test_kept_are_the_best_survivors_in_order_and_not_too_many(case):
    stages, _, nms = case
    kept, scores = stages.ledger.kept, stages.selection.scores
    assert torch.equal(kept.sort().values, with_fate(stages, Fate.KEPT).nonzero().flatten())
    assert all(a >= b for a, b in itertools.pairwise(scores[kept].tolist()))
    beyond = scores[with_fate(stages, Fate.BEYOND_POST_NMS_TOP_N)]
    assert len(kept) <= nms.post_nms_top_n
    if len(beyond):
        assert len(kept) == nms.post_nms_top_n
        assert beyond.max() <= scores[kept].min()


@given(all_stages())
def test_each_fate_before_nms_is_for_its_own_reason(case):
    stages, selection, _ = case
    crossing = crosses_border(stages.predictions.anchors.boxes, stages.predictions.frame.image_hw)
    dropped_at_border = crossing & torch.tensor(selection.drop_cross_border)
    assert torch.equal(with_fate(stages, Fate.CROSSES_BORDER), dropped_at_border)

    small = (side_lengths(stages.selection.boxes) < selection.min_size).any(-1)
    low = stages.selection.scores < selection.score_thresh
    entered = with_fate(stages, Fate.SUPPRESSED, Fate.BEYOND_POST_NMS_TOP_N, Fate.KEPT)
    assert small[with_fate(stages, Fate.TOO_SMALL)].all()
    assert low[with_fate(stages, Fate.BELOW_SCORE)].all()
    assert not small[with_fate(stages, Fate.BELOW_SCORE)].any()
    assert not (small | low)[entered].any()

    logits = stages.predictions.logits
    below = with_fate(stages, Fate.BELOW_PRE_NMS_TOP_N)
    for level in range(len(stages.predictions.anchors.levels)):
        here = (stages.predictions.anchors.level == level) & ~dropped_at_border
        top = logits[here & ~below]
        assert len(top) == min(int(here.sum()), selection.pre_nms_top_n)
        if (here & below).any():
            assert logits[here & below].max() <= top.min()


@given(all_stages())
def test_funnel_agrees_with_the_ledger_in_every_stage(case):
    stages, selection, _ = case
    steps = funnel(stages.ledger, border_rule=selection.drop_cross_border)
    assert steps[0].total_in == len(stages.predictions.anchors)
    assert steps[-1].total_out == len(stages.proposals.boxes)
    for before, after in itertools.pairwise(steps):
        assert before.level_out == after.level_in
    for step in steps:
        assert min(step.level_lost + step.level_out) >= 0
        assert sum(stages.ledger.count(fate) for fate in step.passed) == step.total_out


@given(all_stages())
def test_proposals_lie_inside_the_photo(case):
    stages, _, _ = case
    height, width = stages.predictions.frame.original_hw
    boxes = stages.proposals.boxes
    assert (boxes >= 0).all()
    assert (boxes[:, 0::2] <= width * (1 + 1e-6)).all()
    assert (boxes[:, 1::2] <= height * (1 + 1e-6)).all()


@pytest.mark.parametrize("border_rule", [False, True])
def test_no_anchors_make_an_empty_ledger(border_rule):
    settings = AnchorSettings(sizes=((), (32,)), aspect_ratios=((1,), ()))
    anchors = lay_anchors(((4, 4), (2, 2)), (64, 64), (16, 32), settings)
    network_input = NetworkInput(torch.zeros(1, 3, 64, 64), Frame((64, 64), (64, 64)), (64, 64))
    outputs = HeadOutputs(torch.zeros(0), torch.zeros(0, 4))
    selection = SelectionSettings(drop_cross_border=border_rule)
    stages = after_head(network_input, anchors, outputs, selection, NmsSettings())
    assert len(anchors) == 0
    assert stages.ledger.counts.tolist() == [[0] * 7] * 2
    assert stages.proposals.boxes.shape == (0, 4)
