"""Every rule of the matching of one image, and what it is seen to do."""

from __future__ import annotations

import pytest
import torch

from rpn_core.settings import MatchSettings, SampleSettings
from rpn_core.targets.anchor_state import AnchorState
from rpn_core.targets.image_matching import match_image
from rpn_core.targets.image_objects import image_objects
from rpn_core.targets.matching import IGNORED, NEGATIVE
from rpn_core.targets.minibatch import Role, draw_minibatch, what_is_left_out

POSITIVE, LOW_QUALITY = AnchorState.POSITIVE, AnchorState.LOW_QUALITY
IMAGE_HW = (100, 100)


def anchors(*boxes: tuple[float, float, float, float]) -> torch.Tensor:
    return torch.tensor(boxes, dtype=torch.float32)


def states(matching) -> list[AnchorState]:
    return [AnchorState(int(state)) for state in matching.state]


def test_each_anchor_is_named_by_its_overlap() -> None:
    # an anchor of 10 x h on an object of 10 x 10 has IoU h / 10
    laid = anchors((0, 0, 10, 8), (0, 0, 10, 5), (0, 0, 10, 1), (50, 50, 60, 60))
    matching = match_image(laid, image_objects(anchors((0, 0, 10, 10))), IMAGE_HW, MatchSettings())
    assert states(matching) == [
        POSITIVE, AnchorState.IGNORED, AnchorState.NEGATIVE, AnchorState.NEGATIVE,
    ]  # fmt: skip
    assert float(matching.placed_iou[0]) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("allowed", "state", "target"), [(True, LOW_QUALITY, 0), (False, AnchorState.NEGATIVE, -1)]
)
def test_the_low_quality_rule_and_what_it_takes(allowed, state, target) -> None:
    matching = match_image(
        anchors((0, 0, 10, 2), (0, 0, 10, 1)),
        image_objects(anchors((0, 0, 10, 10))),
        IMAGE_HW,
        MatchSettings(allow_low_quality=allowed),
    )
    assert states(matching)[0] == state
    assert int(matching.matches.target[0]) == target
    # what the rule does, or would do, is told in both cases
    assert matching.low_quality_matches.anchor.tolist() == [0]
    assert matching.low_quality_matches.was_negative.tolist() == [True]
    assert not matching.low_quality_matches.to_another.any()


def test_a_low_quality_match_may_learn_another_object() -> None:
    objects = image_objects(anchors((0, 0, 10, 10), (0, 9, 10, 19)))
    laid = anchors((0, 0, 10, 10), (0, 4, 10, 12))
    found = match_image(laid, objects, IMAGE_HW, MatchSettings()).low_quality_matches
    assert (found.anchor.tolist(), found.best_for.tolist()) == ([1], [1])
    assert (found.learns.tolist(), found.to_another.tolist()) == ([0], [True])


def test_anchors_that_cross_the_border_do_not_compete() -> None:
    objects = image_objects(anchors((0, 0, 10, 10)))
    laid = anchors((-1, 0, 10, 10), (0, 0, 10, 4))
    keep = match_image(laid, objects, IMAGE_HW, MatchSettings())
    assert states(keep) == [POSITIVE, AnchorState.IGNORED]
    drop = match_image(laid, objects, IMAGE_HW, MatchSettings(drop_cross_border=True))
    # the other one is now the best of those that take part
    assert states(drop) == [AnchorState.CROSSES_BORDER, LOW_QUALITY]
    assert drop.matches.target.tolist() == [IGNORED, 0]
    assert float(drop.placed_iou[0]) == pytest.approx(10 / 11)  # told all the same


@pytest.mark.parametrize(
    ("thresh", "state"),
    [
        pytest.param(0.49, AnchorState.IN_CROWD, id="half of it is more"),
        pytest.param(0.5, AnchorState.NEGATIVE, id="exactly half is not more"),
        pytest.param(1.0, AnchorState.NEGATIVE, id="1 turns the rule off"),
    ],
)
def test_anchors_in_a_crowd_are_ignored(thresh, state) -> None:
    crowd = image_objects(anchors((0, 0, 100, 5)), torch.tensor([True]))
    matching = match_image(
        anchors((0, 0, 10, 10)), crowd, IMAGE_HW, MatchSettings(crowd_iof_thresh=thresh)
    )
    assert states(matching) == [state]
    assert float(matching.placed_iou[0]) == 0  # no anchor learns from a crowd


def test_of_an_anchor_in_a_crowd_that_crosses_the_border_the_border_is_said() -> None:
    crowd = image_objects(anchors((-5, 0, 100, 5)), torch.tensor([True]))
    laid = anchors((-1, 0, 10, 5), (0, 0, 10, 5))
    matching = match_image(laid, crowd, IMAGE_HW, MatchSettings(drop_cross_border=True))
    assert states(matching) == [AnchorState.CROSSES_BORDER, AnchorState.IN_CROWD]
    assert matching.matches.target.tolist() == [IGNORED, IGNORED]


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param((5, 5, 5, 9), id="without area"),
        pytest.param((9, 9, 5, 5), id="corners swapped"),
        pytest.param((float("nan"), 0, 9, 9), id="not a number"),
        pytest.param((80, 80, 90, 90), id="touched by no anchor"),
    ],
)
def test_an_object_that_no_anchor_can_learn_makes_nothing_positive(odd) -> None:
    laid = anchors((0, 0, 10, 10), (20, 20, 30, 30))
    objects = image_objects(anchors(odd, (0, 0, 10, 10)))
    matching = match_image(laid, objects, IMAGE_HW, MatchSettings())
    assert matching.matches.target.tolist() == [1, NEGATIVE]
    assert matching.matches.best_object.tolist()[0] == 1
    assert float(matching.placed_iou[0]) == 0


@pytest.mark.parametrize("objects", [0, 2])
@pytest.mark.parametrize("laid", [0, 3])
def test_nothing_to_match_is_no_error(objects, laid) -> None:
    matching = match_image(
        torch.rand(laid, 4) + torch.tensor([0.0, 0, 5, 5]),
        image_objects(torch.tensor([[0.0, 0, 5, 5]]).repeat(objects, 1)),
        IMAGE_HW,
        MatchSettings(drop_cross_border=True),
    )
    assert len(matching.state) == laid
    assert len(matching.placed_iou) == objects
    if not objects:
        assert states(matching) == [AnchorState.NEGATIVE] * laid


def test_positives_of_an_object_come_best_first() -> None:
    laid = anchors((0, 0, 10, 8), (0, 0, 10, 9), (50, 50, 60, 60))
    objects = image_objects(anchors((0, 0, 10, 10)))
    assert match_image(laid, objects, IMAGE_HW, MatchSettings()).positives(0).tolist() == [1, 0]


# ---- mini-batch -------------------------------------------------------------------------------


def test_roles_tell_who_is_drawn_and_who_could_have_been() -> None:
    target = torch.tensor([0] * 5 + [NEGATIVE] * 9 + [IGNORED] * 2)
    batch = draw_minibatch(target, SampleSettings(8, 0.5, seed=3))
    counts = [batch.count(role) for role in Role]
    assert counts == [4, 4, 1, 5, 2]
    assert len(batch) == 8
    assert (batch.role[batch.positives] == int(Role.POSITIVE)).all()
    assert (target[batch.negatives] == NEGATIVE).all()


def test_the_seed_decides_the_draw() -> None:
    target = torch.tensor([0] * 300 + [NEGATIVE] * 900)

    def draw(seed: int) -> list[int]:
        return draw_minibatch(target, SampleSettings(seed=seed)).anchors.tolist()

    assert draw(4) == draw(4)
    assert draw(4) != draw(5)


@pytest.mark.parametrize(
    ("positives", "negatives", "sentence"),
    [
        (
            130, 900,
            "2 positives of 130 are left out: at most 128 (0.5 of 256) may be drawn. "
            "772 negatives of 900 are left out: 128 places remained.",
        ),
        (
            3, 253,
            "All 3 positives are drawn. All 253 negatives are drawn.",
        ),
        (0, 1, "There is no positive to draw. The only negative is drawn."),
        (1, 0, "The only positive is drawn. There is no negative to draw."),
    ],
)  # fmt: skip
def test_what_is_left_out_is_said(positives, negatives, sentence) -> None:
    target = torch.tensor([0] * positives + [NEGATIVE] * negatives)
    settings = SampleSettings()
    assert str(what_is_left_out(draw_minibatch(target, settings), settings)) == sentence
