"""Recall stage by stage: what is left of each object, and where it was lost."""

from __future__ import annotations

import math

import pytest
import torch

from rpn_core.geometry import boxes as module
from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.settings import NmsSettings, SelectionSettings
from rpn_core.stages.fate import Fate
from rpn_core.targets.stage_recall import explain_loss, stage_recall
from tests.example_stages import stages

RESULT = stages()
# The decoded boxes of anchors that ended in each way, as objects: each is found until that stage.
OBJECTS = torch.stack(
    [RESULT.selection.boxes[torch.nonzero(RESULT.ledger.fate == int(fate))[0, 0]] for fate in Fate]
)
KEYS = ("anchors", "decoded", "inside", "pre_nms", "min_size", "score", "nms", "kept")


def test_best_iou_is_that_of_the_boxes_that_are_left() -> None:
    recall = stage_recall(RESULT, OBJECTS, border_rule=True)
    assert recall.keys == KEYS
    iou = pairwise_iou(OBJECTS, RESULT.selection.boxes)
    for row, first in enumerate([0, 1, 2, 3, 4, 5, 6], start=1):
        left = RESULT.ledger.fate >= first
        assert torch.equal(recall.best_iou[row], iou[:, left].amax(1)), KEYS[row]
    assert torch.equal(
        recall.best_iou[0], pairwise_iou(OBJECTS, RESULT.predictions.anchors.boxes).amax(1)
    )
    proposals = RESULT.selection.boxes[RESULT.ledger.kept]
    assert torch.equal(recall.best_iou[-1], pairwise_iou(OBJECTS, proposals).amax(1))


def test_an_object_is_lost_where_its_last_good_box_ended() -> None:
    recall = stage_recall(RESULT, OBJECTS, border_rule=True)
    for number, fate in enumerate(Fate):
        lost = recall.lost_at(number, 1.0)
        if fate is Fate.KEPT:
            assert lost is None
            continue
        assert lost is not None
        assert recall.drops[lost] == fate
        assert float(recall.best_iou[lost - 1, number]) == 1
        culprit = int(recall.lost_anchor[lost, number])
        assert int(RESULT.ledger.fate[culprit]) == fate
        assert torch.equal(RESULT.selection.boxes[culprit], OBJECTS[number])


def test_recall_is_the_share_of_objects() -> None:
    recall = stage_recall(RESULT, OBJECTS, border_rule=True)
    shares = recall.recall(1.0)
    assert shares[1] == 1
    assert shares[1:] == sorted(shares[1:], reverse=True)
    assert shares[-1] == pytest.approx(float((recall.best_iou[-1] == 1).float().mean()))


def test_without_the_border_rule_its_stage_is_left_out() -> None:
    result = stages(SelectionSettings(), NmsSettings())
    assert stage_recall(result, OBJECTS, border_rule=False).keys == tuple(
        key for key in KEYS if key != "inside"
    )


def test_no_object_has_no_recall() -> None:
    recall = stage_recall(RESULT, torch.empty(0, 4), border_rule=True)
    assert recall.best_iou.shape == (8, 0)
    assert all(math.isnan(share) for share in recall.recall(0.5))


def test_many_objects_are_taken_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = stage_recall(RESULT, OBJECTS, border_rule=True)
    monkeypatch.setattr(module, "_PAIRS", 2 * len(RESULT.predictions.anchors))
    parts = stage_recall(RESULT, OBJECTS, border_rule=True)
    assert torch.equal(whole.best_iou, parts.best_iou)
    assert torch.equal(whole.lost_anchor, parts.lost_anchor)


def test_the_loss_of_an_object_in_words() -> None:
    recall = stage_recall(RESULT, OBJECTS, border_rule=True)
    last = float(recall.best_iou[-1, Fate.SUPPRESSED])
    assert str(explain_loss(recall, Fate.SUPPRESSED, 1.0)) == (
        'Lost at "Survived NMS" (suppressed by a better box), which dropped the box with IoU '
        f"1.00; the best proposal has IoU {last:.2f}."
    )
    assert str(explain_loss(recall, Fate.KEPT, 1.0)) == (
        "Found: a proposal overlaps it with IoU 1.00."
    )
    nowhere = stage_recall(RESULT, torch.tensor([[500.0, 500, 600, 600]]), border_rule=True)
    assert str(explain_loss(nowhere, 0, 0.5)) == (
        "Never there: of all decoded boxes the best has IoU 0.00."
    )
