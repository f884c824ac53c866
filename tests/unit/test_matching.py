"""Which anchors learn from which object, and which of them are drawn."""

from __future__ import annotations

import math

import pytest
import torch

from rpn_core.targets.loss import rpn_loss
from rpn_core.targets.matching import IGNORED, NEGATIVE, match_anchors
from rpn_core.targets.sampling import sample_anchors

OBJECT = torch.tensor([[0.0, 0, 10, 10]])


@pytest.mark.parametrize(
    ("height", "thresholds", "target"),
    [
        # an anchor of 10 x height inside the object has IoU height / 10
        pytest.param(7.5, (0.75, 0.25), 0, id="exactly the foreground threshold: positive"),
        pytest.param(7.4, (0.75, 0.25), IGNORED, id="barely less: ignored"),
        pytest.param(2.5, (0.75, 0.25), IGNORED, id="exactly the background threshold: ignored"),
        pytest.param(2.4, (0.75, 0.25), NEGATIVE, id="barely less: negative"),
        pytest.param(5.0, (0.5, 0.5), 0, id="one threshold leaves nothing between"),
    ],
)
def test_thresholds(height: float, thresholds: tuple[float, float], target: int) -> None:
    matches = match_anchors(
        torch.tensor([[0.0, 0, 10, height]]),
        OBJECT,
        fg_iou_thresh=thresholds[0],
        bg_iou_thresh=thresholds[1],
        allow_low_quality=False,
    )
    assert matches.target.tolist() == [target]
    assert matches.best_iou.tolist() == pytest.approx([height / 10])
    assert matches.low_quality.tolist() == [False]


def test_default_thresholds_are_the_papers() -> None:
    anchors = torch.tensor([[0.0, 0, 10, height] for height in (10, 7.1, 6.9, 3.1, 2.9)])
    assert match_anchors(anchors, OBJECT).target.tolist() == [0, 0, IGNORED, IGNORED, NEGATIVE]


def test_the_best_anchors_of_an_object_are_low_quality_matches_ties_included() -> None:
    anchors = torch.tensor(
        [[0.0, 0, 10, 2], [0, 0, 10, 1], [0, 8, 10, 10], [50, 50, 60, 60]]
    )  # IoU 0.2, 0.1, 0.2, 0
    matches = match_anchors(anchors, OBJECT)
    assert matches.target.tolist() == [0, NEGATIVE, 0, NEGATIVE]
    assert matches.low_quality.tolist() == [True, False, True, False]
    assert match_anchors(anchors, OBJECT, allow_low_quality=False).target.tolist() == [NEGATIVE] * 4


def test_a_good_match_is_not_called_low_quality() -> None:
    matches = match_anchors(torch.tensor([[0.0, 0, 10, 9]]), OBJECT)
    assert matches.target.tolist() == [0]
    assert matches.low_quality.tolist() == [False]


def test_a_low_quality_match_learns_its_own_best_object() -> None:
    objects = torch.tensor([[0.0, 0, 10, 10], [0, 9, 10, 19]])
    anchors = torch.tensor([[0.0, 0, 10, 10], [0, 4, 10, 12]])
    # IoU of the second anchor: 60 / 120 with object 0, 30 / 150 with object 1. It is a match
    # because object 1 finds no better one, and yet learns object 0, which the first fits best.
    matches = match_anchors(anchors, objects)
    assert matches.target.tolist() == [0, 0]
    assert matches.low_quality.tolist() == [False, True]
    assert match_anchors(anchors, objects[:1]).target.tolist() == [0, IGNORED]


def test_without_objects_everything_is_background() -> None:
    matches = match_anchors(torch.rand(5, 4), torch.empty(0, 4))
    assert matches.target.tolist() == [NEGATIVE] * 5
    assert matches.best_iou.tolist() == [0] * 5
    assert not matches.low_quality.any()


@pytest.mark.parametrize(
    ("positives", "negatives", "expected"),
    [
        pytest.param(500, 5000, (128, 128), id="half and half"),
        pytest.param(10, 5000, (10, 246), id="negatives fill up"),
        pytest.param(0, 5000, (0, 256), id="no object"),
        pytest.param(500, 20, (128, 20), id="positives never fill up"),
        pytest.param(3, 4, (3, 4), id="fewer than wanted"),
        pytest.param(0, 0, (0, 0), id="nothing to draw from"),
    ],
)
def test_sample_counts(positives: int, negatives: int, expected: tuple[int, int]) -> None:
    target = torch.tensor([2] * positives + [NEGATIVE] * negatives + [IGNORED] * 300)
    target = target[torch.randperm(len(target))]
    drawn_positive, drawn_negative = sample_anchors(target)
    assert (len(drawn_positive), len(drawn_negative)) == expected
    assert (target[drawn_positive] == 2).all()
    assert (target[drawn_negative] == NEGATIVE).all()
    assert len(torch.cat((drawn_positive, drawn_negative)).unique()) == sum(expected)


def test_batch_size_and_fraction_are_obeyed() -> None:
    target = torch.tensor([0] * 50 + [NEGATIVE] * 50)
    positives, negatives = sample_anchors(target, batch_size_per_image=20, positive_fraction=0.25)
    assert (len(positives), len(negatives)) == (5, 15)


def test_a_draw_is_random_and_repeatable() -> None:
    target = torch.tensor([0] * 300 + [NEGATIVE] * 300)

    def draw(seed: int) -> list[int]:
        parts = sample_anchors(target, generator=torch.Generator().manual_seed(seed))
        return torch.cat(parts).tolist()

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    assert max(draw(1)[:128]) > 200  # not simply the first ones


def test_loss_by_hand() -> None:
    # logit 0 costs log 2 whatever its label; smooth L1 with beta 1/9:
    # |1| > beta: 1 - 1/18;  |1/18| < beta: (1/18)^2 / 2 * 9 = 1/72
    loss = rpn_loss(
        logits=torch.zeros(3),
        deltas=torch.tensor([[1.0, 1 / 18, 0, 0]]),
        labels=torch.tensor([1.0, 0, 0]),
        target_deltas=torch.zeros(1, 4),
        n_cls=6,
    )
    assert float(loss.objectness) == pytest.approx(3 * math.log(2) / 6)
    assert float(loss.box) == pytest.approx((1 - 1 / 18 + 1 / 72) / 6)
