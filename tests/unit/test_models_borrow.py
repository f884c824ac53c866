"""Foreign anchors: found among the trained ones, or lent a score and a box."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from rpn_core.anchors.lay import lay_anchors
from rpn_core.geometry.box_coder import DELTA_CLAMP, decode
from rpn_core.models.borrow import borrow, find_trained, nearest_shape
from rpn_core.settings import AnchorSettings
from rpn_core.stages.head_outputs import HeadOutputs

GRIDS, PADDED, STRIDES = ((3, 4), (2, 2)), (48, 64), (16, 32)
TRAINED = AnchorSettings(
    sizes=((32, 64), (128,)),
    aspect_ratios=((0.5, 1, 2), (0.5, 1)),
    offset=0.0,
    convention="torchvision",
)


def lay(**changes):
    return lay_anchors(GRIDS, PADDED, STRIDES, replace(TRAINED, **changes))


@pytest.fixture
def trained():
    return lay()


@pytest.fixture
def outputs(trained):
    return HeadOutputs(torch.randn(len(trained)), 0.5 * torch.randn(len(trained), 4))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="the trained ones"),
        pytest.param({"sizes": ((64, 32), (128,))}, id="sizes in another order"),
        pytest.param({"aspect_ratios": ((2, 0.5, 1), (1,))}, id="ratios permuted, one left out"),
        pytest.param({"sizes": ((64,), ())}, id="one size, and an empty level"),
        pytest.param({"size_factor": 1.0001}, id="equal after rounding to pixels"),
    ],
)
def test_trained_anchors_are_found_whatever_their_order(trained, changes):
    own = lay(**changes)
    index = find_trained(own, trained)
    assert torch.equal(trained.boxes[index], own.boxes)
    assert torch.equal(trained.level[index], own.level)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"sizes": ((32, 65), (128,))}, id="another size"),
        pytest.param({"aspect_ratios": ((0.5, 1, 3), (0.5, 1))}, id="another ratio"),
        pytest.param({"offset": 0.5}, id="another place in the cell"),
        pytest.param({"convention": "detectron2"}, id="unrounded corners"),
        pytest.param({"sizes": ((32, 64), (32,))}, id="trained on another level only"),
    ],
)
def test_anchors_that_differ_are_not_taken_for_trained_ones(trained, changes):
    assert find_trained(lay(**changes), trained) is None


def test_nearest_shape_is_by_overlap_not_by_position():
    far_away = torch.tensor([[1000.0, 0, 1064, 32]])  # 64 x 32
    known = torch.tensor([[0.0, 0, 32, 32], [-32, -16, 32, 16], [-16, -32, 16, 32]])
    assert nearest_shape(far_away, known).tolist() == [1]


@pytest.mark.parametrize(
    "changes",
    [
        {"sizes": ((24, 50, 90), (200,))},
        {"aspect_ratios": ((0.3, 3), (1.7,))},
        {"offset": 0.5},
        {"convention": "detectron2", "size_factor": 1.3},
        {"sizes": ((), (100, 140))},
    ],
    ids=str,
)
def test_a_borrowed_box_is_the_lender_s_box(trained, outputs, changes):
    own = lay(**changes)
    lent = borrow(own, trained, outputs)
    boxes = decode(own.boxes, lent.deltas)
    lender_boxes = decode(trained.boxes, outputs.deltas)
    for i in range(len(own)):
        place = own.address(i)
        level = own.levels[place.level]
        shape = nearest_shape(
            level.cell_anchors[place.shape][None], trained.levels[place.level].cell_anchors
        )
        lender = trained.index(replace(place, shape=int(shape)))
        assert lent.objectness_logits[i] == outputs.objectness_logits[lender]
        torch.testing.assert_close(boxes[i], lender_boxes[lender], rtol=1e-5, atol=1e-3)


def test_a_box_past_the_clamp_keeps_its_centre_and_is_cut_to_62_times_the_anchor(trained, outputs):
    fourfold = torch.tensor([0.1, 0.2, 4, 4]).expand(len(trained), 4)
    grown = HeadOutputs(outputs.objectness_logits, fourfold)
    own = lay(sizes=((4,), (4,)), convention="detectron2")
    lent = borrow(own, trained, grown)
    boxes = decode(own.boxes, lent.deltas)
    wh = boxes[:, 2:] - boxes[:, :2]
    limit = (own.boxes[:, 2:] - own.boxes[:, :2]) * torch.tensor(DELTA_CLAMP).exp()
    torch.testing.assert_close(wh, limit, rtol=1e-4, atol=0.01)
    first_shape = nearest_shape(own.levels[0].cell_anchors[:1], trained.levels[0].cell_anchors)
    lender = decode(trained.boxes, grown.deltas)[int(first_shape)]
    torch.testing.assert_close(
        (boxes[0, :2] + boxes[0, 2:]) / 2, (lender[:2] + lender[2:]) / 2, rtol=1e-4, atol=0.01
    )


def test_anchors_without_area_and_boxes_shrunk_to_nothing_give_finite_deltas(trained, outputs):
    shrunk = HeadOutputs(outputs.objectness_logits, outputs.deltas - 200)
    points = lay(sizes=((2,), (2,)), size_factor=0.25)  # 0.5 px, rounded to nothing
    assert (points.boxes[:, 2:] == points.boxes[:, :2]).all()
    assert (borrow(points, trained, outputs).deltas == 0).all()
    assert borrow(lay(offset=0.5), trained, shrunk).deltas.isfinite().all()


def test_no_anchors_borrow_nothing(trained, outputs):
    none = lay(sizes=((), ()))
    lent = borrow(none, trained, outputs)
    assert lent.objectness_logits.shape == (0,)
    assert lent.deltas.shape == (0, 4)
