"""The best anchor's place, and suggestions that leave levels out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rpn_core.anchors.shapes import shape_counts
from rpn_core.design.best_anchor import best_anchor_boxes
from rpn_core.design.budget import Budget
from rpn_core.design.coverage import coverage
from rpn_core.design.objects import DesignObjects, design_objects
from rpn_core.design.on_levels import suggest_on_levels
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.design.suggest import suggest
from rpn_core.errors import UserError
from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.labels.label_set import label_set
from rpn_core.settings import AnchorSettings

PYRAMID = Pyramid((8, 16, 32, 64))


def some_objects(rule: ResizeRule) -> DesignObjects:
    random = np.random.default_rng(3)
    image = np.repeat(np.arange(10), 6)
    sizes = np.stack((random.integers(200, 900, 10), random.integers(200, 900, 10)), 1)
    wh = np.exp(random.uniform(2.5, 5.0, (60, 2)))
    corner = random.uniform(0, 1, (60, 2)) * sizes[image][:, ::-1]
    boxes = np.concatenate((corner, corner + wh), 1)
    labels = label_set(tuple("abcdefghij"), boxes, image, sizes_hw=sizes)
    return design_objects(labels, rule)


@pytest.mark.parametrize("convention", ["detectron2", "torchvision"])
@pytest.mark.parametrize(
    "rule",
    [ResizeRule(), ResizeRule("letterbox", 640), ResizeRule("min_max", 320, 500)],
    ids=lambda rule: rule.kind,
)
def test_the_box_reaches_the_iou_that_was_measured(rule, convention):
    objects = some_objects(rule)
    anchors = AnchorSettings(offset=0.25, convention=convention)
    found = coverage(objects, PYRAMID, anchors)
    places = np.arange(len(objects))[::3]
    boxes = best_anchor_boxes(objects, found, places)
    # A resize stretches x and y by factors that differ in the last digits only.
    iou = pairwise_iou(
        torch.from_numpy(objects.original[places]), torch.from_numpy(boxes)
    ).diagonal()
    assert iou.numpy() == pytest.approx(found.placed_iou[places], abs=2e-3)


def test_an_object_that_no_anchor_overlaps_has_no_box():
    objects = some_objects(ResizeRule())
    nothing = AnchorSettings(((),) * 4, ((1,),) * 4)
    boxes = best_anchor_boxes(objects, coverage(objects, PYRAMID, nothing), np.array([0, 5]))
    assert np.isnan(boxes).all()
    assert best_anchor_boxes(objects, coverage(objects, PYRAMID, nothing), np.array([])).size == 0


@pytest.mark.parametrize("form", ["free", "grid"])
def test_levels_that_are_left_out_get_no_anchors_and_the_counts_are_of_the_whole_pyramid(form):
    objects = some_objects(ResizeRule())
    budget = Budget(shapes=2, form=form, evaluations=400)
    made = suggest_on_levels(objects, PYRAMID, AnchorSettings(), budget, [2, 1, 1])
    assert shape_counts(made.anchors) == (0, 2, 2, 0)
    again = coverage(objects, PYRAMID, made.anchors)
    assert made.after.mean_iou == again.mean_iou
    assert made.before.mean_iou == coverage(objects, PYRAMID, AnchorSettings()).mean_iou
    assert made.cost_after.shapes == (0, 2, 2, 0)
    assert set(made.after.level.tolist()) <= {1, 2}


def test_all_levels_are_the_plain_suggestion():
    objects = some_objects(ResizeRule())
    budget = Budget(shapes=2, evaluations=200)
    made = suggest_on_levels(objects, PYRAMID, AnchorSettings(), budget, range(4))
    assert made.anchors == suggest(objects, PYRAMID, AnchorSettings(), budget).anchors


def test_no_level_is_refused():
    with pytest.raises(UserError, match="choose at least one stride"):
        suggest_on_levels(
            some_objects(ResizeRule()), PYRAMID, AnchorSettings(), Budget(evaluations=10), []
        )
