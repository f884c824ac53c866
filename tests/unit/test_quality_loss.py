"""The loss whose score learns the IoU that its box reaches."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rpn_core.geometry.box_coder import encode
from rpn_core.targets.matching import IGNORED, NEGATIVE, match_anchors
from rpn_core.training.dense import DenseOutputs
from rpn_core.training.quality_loss import (
    LEAST_IOU,
    quality_focal_loss,
    quality_loss,
    rank_quality,
    with_best_anchors,
)
from rpn_core.training.recipe import Recipe

RECIPE = Recipe(loss="quality", box_iou_thresh=0.5, bg_iou_thresh=0.4, best_anchors=3)
# A row of 20 x 20 anchors, 4 px apart.
ANCHORS = torch.tensor([[4.0 * i, 0, 4.0 * i + 20, 20] for i in range(30)])
OBJECT = torch.tensor([[41.0, 0, 61, 20]])


def outputs(logits: torch.Tensor, deltas: torch.Tensor) -> DenseOutputs:
    return DenseOutputs(ANCHORS, logits[None], deltas[None], 30)


def to_object() -> torch.Tensor:
    """Deltas that put every anchor exactly on the object."""
    return encode(ANCHORS, OBJECT.expand(len(ANCHORS), 4))


def test_a_perfect_answer_costs_nothing():
    target = match_anchors(ANCHORS, OBJECT, fg_iou_thresh=0.5, bg_iou_thresh=0.4).target
    logits = torch.where(target >= 0, 30.0, -30.0)
    loss, positives = quality_loss(outputs(logits, to_object()), (OBJECT,), RECIPE)
    assert positives == int((target >= 0).sum()) > 1
    assert loss.objectness.item() == pytest.approx(0, abs=1e-6)
    assert loss.box.item() == pytest.approx(0, abs=1e-5)


def test_the_score_s_target_is_the_iou_of_the_box_and_not_of_the_anchor():
    logits = torch.zeros(30, requires_grad=True)
    for deltas, sign in ((to_object(), -1), (to_object() + torch.tensor([0.9, 0, 0, 0]), 1)):
        loss, _ = quality_loss(outputs(logits, deltas), (OBJECT,), RECIPE)
        [gradient] = torch.autograd.grad(loss.objectness, logits)
        best = int(match_anchors(ANCHORS, OBJECT).best_iou.argmax())
        # At a score of 0.5: a box on the object pulls it up, one beside it pushes it down.
        assert gradient[best].sign() == sign


def test_the_score_does_not_move_the_box():
    deltas = (to_object() * 0.5).requires_grad_()
    loss, _ = quality_loss(outputs(torch.zeros(30), deltas), (OBJECT,), RECIPE)
    assert not loss.objectness.requires_grad
    [gradient] = torch.autograd.grad(loss.box, deltas)
    assert gradient.abs().sum() > 0


def test_without_objects_every_anchor_is_background():
    logits = torch.full((30,), -2.0, requires_grad=True)
    nothing = torch.zeros(0, 4)
    loss, positives = quality_loss(outputs(logits, torch.zeros(30, 4)), (nothing,), RECIPE)
    assert (positives, loss.box.item()) == (0, 0)
    [gradient] = torch.autograd.grad(loss.objectness, logits)
    assert (gradient > 0).all()


def test_a_sure_answer_that_is_right_counts_little():
    quality = torch.tensor([0.0])
    easy, hard = (quality_focal_loss(torch.tensor([logit]), quality) for logit in (-4.0, 0.0))
    assert hard / easy > 1000
    assert quality_focal_loss(torch.tensor([0.3]), torch.tensor([0.3]).sigmoid()) == 0


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), objects=st.integers(0, 6), most=st.integers(0, 9))
def test_every_object_gets_its_best_anchors(seed, objects, most):
    torch.manual_seed(seed)
    corner = torch.rand(objects, 2) * torch.tensor([100.0, 10.0])
    boxes = torch.cat((corner, corner + torch.rand(objects, 2) * 30 + 2), 1)
    matches = match_anchors(ANCHORS, boxes, fg_iou_thresh=0.5, bg_iou_thresh=0.4)
    target = with_best_anchors(matches, objects, most)
    added = (target != matches.target).nonzero().flatten()
    assert (target[added] == matches.best_object[added]).all()
    assert (matches.best_iou[added] >= LEAST_IOU).all()
    for number in range(objects):
        mine = (matches.best_object == number) & (matches.best_iou >= LEAST_IOU)
        learning = mine & (target == number)
        wanted = min(most, int(mine.sum()))
        assert learning.sum() >= wanted
        if learning.any() and (mine & ~learning).any():
            assert (
                matches.best_iou[learning].min() >= matches.best_iou[mine & ~learning].max()
                or (matches.low_quality & learning).any()
            )
    untouched = target == matches.target
    assert ((target[untouched] >= 0) | (target[untouched] >= IGNORED)).all()
    assert NEGATIVE not in target[matches.target >= 0]


def test_duplicates_are_worth_less_and_the_best_box_of_each_object_its_iou():
    iou = torch.tensor([0.9, 0.81, 0.45, 0.4])
    of = torch.tensor([0, 0, 0, 2])
    assert rank_quality(iou, of, 3, 1.0).tolist() == pytest.approx(iou.tolist())
    assert rank_quality(iou, of, 3, 4.0).tolist() == pytest.approx(
        [0.9, 0.9 * 0.9**4, 0.9 * 0.5**4, 0.4]
    )
    assert rank_quality(torch.zeros(2), torch.tensor([0, 0]), 1, 4.0).tolist() == [0, 0]
