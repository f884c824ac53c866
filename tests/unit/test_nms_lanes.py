"""The layout beneath NMS: order by score, and the screening of 32 boxes at once."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rpn_core.nms.greedy import greedy_nms
from rpn_core.nms.lanes import lowest_bit, score_order


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param([], id="nothing"),
        pytest.param([0.5, 0.5, 0.5], id="ties keep their order"),
        pytest.param([0.0, -0.0, 0.0], id="zeros of both signs tie"),
        pytest.param([-1.0, 2.0, -3.0, 0.0, 1e-45], id="negative and subnormal"),
        pytest.param([0.5, float("nan"), float("inf"), -float("inf")], id="NaN is first"),
    ],
)
def test_order_is_torchs_stable_descending_order(scores: list[float]) -> None:
    array = np.array(scores, np.float32)
    wanted = torch.sort(torch.from_numpy(array), descending=True, stable=True).indices
    assert score_order(array).tolist() == wanted.tolist()


def test_order_of_many() -> None:
    scores = torch.randint(0, 500, (20_000,), generator=torch.Generator().manual_seed(0)) / 500
    wanted = torch.sort(scores, descending=True, stable=True).indices
    assert np.array_equal(score_order(scores.numpy()), wanted.numpy())


def test_lowest_bit_of_every_place() -> None:
    for place in range(32):
        assert lowest_bit(np.uint32(1 << place)) == place
        assert lowest_bit(np.uint32((1 << place) | (1 << 31))) == place


def test_boxes_too_small_for_an_area_suppress_nothing() -> None:
    # sides above 0, but their product is 0 in float32: 0 / 0 once ended in an exception
    boxes = torch.tensor([[0.0, 0, 1e-30, 1e-30]] * 2)
    kept, by, _ = greedy_nms(boxes, torch.tensor([0.9, 0.8]), 0.5)
    assert kept.tolist() == [0, 1]
    assert by.tolist() == [-1, -1]


@pytest.mark.parametrize("thresh", [-0.1, 1.1, float("nan")])
def test_a_threshold_out_of_range_is_refused(thresh: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        greedy_nms(torch.zeros(1, 4), torch.ones(1), thresh)


@pytest.mark.parametrize(
    ("boxes", "scores", "group"), [((2, 3), 2, 2), ((2, 4), 3, 2), ((2, 4), 2, 1)]
)
def test_shapes_that_do_not_fit_are_refused(
    boxes: tuple[int, int], scores: int, group: int
) -> None:
    with pytest.raises(ValueError, match="must be"):
        greedy_nms(
            torch.zeros(boxes), torch.ones(scores), 0.5, group=torch.zeros(group, dtype=torch.uint8)
        )
