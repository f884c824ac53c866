"""Who suppresses whom, in cases drawn by hand."""

from __future__ import annotations

import pytest
import torch

from rpn_core.nms.greedy import greedy_nms
from rpn_core.settings import NmsSettings
from rpn_core.stages.pre_nms import Selection
from rpn_core.stages.suppression import suppress


def test_nothing_in_nothing_out() -> None:
    kept, by, iou = greedy_nms(torch.empty(0, 4), torch.empty(0), 0.5)
    assert (kept.shape, by.shape, iou.shape) == ((0,), (0,), (0,))
    assert kept.dtype == by.dtype == torch.int64


@pytest.mark.parametrize(
    ("thresh", "kept"),
    [
        pytest.param(0.49, [0], id="IoU is more than the threshold"),
        pytest.param(0.5, [0, 1], id="IoU equals the threshold: both stay"),
        pytest.param(0.51, [0, 1], id="IoU is less"),
    ],
)
def test_threshold_is_exclusive(thresh: float, kept: list[int]) -> None:
    # the second box is the upper half of the first: IoU = 50 / 100, exact in binary
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 5]])
    assert greedy_nms(boxes, torch.tensor([0.9, 0.8]), thresh)[0].tolist() == kept


def test_only_a_survivor_suppresses() -> None:
    boxes = torch.tensor(
        [
            [0.0, 0, 10, 11],  # 0: overlaps box 2 by 100 / 110, most of all, but scores lower
            [0.0, 0, 10, 20],  # 1: best; overlaps box 2 by 100 / 200, box 0 by 110 / 200
            [0.0, 0, 10, 10],  # 2: worst; both may suppress it
        ]
    )
    # at 0.52 box 0 falls to box 1, box 2 survives it (0.5): only a survivor suppresses
    kept, by, iou = greedy_nms(boxes, torch.tensor([0.8, 0.9, 0.1]), 0.52)
    assert kept.tolist() == [1, 2]
    assert by.tolist() == [1, -1, -1]
    assert iou.tolist() == pytest.approx([0.55, 0, 0])
    # at 0.56 boxes 1 and 0 stay and box 2 falls to box 0; at 0.49 all fall to box 1
    assert greedy_nms(boxes, torch.tensor([0.8, 0.9, 0.1]), 0.56)[1].tolist() == [-1, -1, 0]
    assert greedy_nms(boxes, torch.tensor([0.8, 0.9, 0.1]), 0.49)[1].tolist() == [1, -1, 1]


def test_of_two_possible_suppressors_the_better_one_is_named() -> None:
    boxes = torch.tensor(
        [
            [4.0, 0, 14, 10],  # 0: right, second best; IoU with 2: 80 / 120
            [2.0, 0, 12, 10],  # 1: middle, worst
            [0.0, 0, 10, 10],  # 2: left, best; IoU with 1: 80 / 120, with 0: 60 / 140 = 0.43
        ]
    )
    kept, by, iou = greedy_nms(boxes, torch.tensor([0.8, 0.1, 0.9]), 0.5)
    assert kept.tolist() == [2, 0]
    assert by.tolist() == [-1, 2, -1]
    assert float(iou[1]) == pytest.approx(80 / 120)


@pytest.mark.parametrize(
    ("limit", "kept", "by"),
    [
        pytest.param(0, [], [-1, -1, -1, -1], id="nothing wanted"),
        pytest.param(1, [0], [-1, -1, -1, -1], id="stops before it looks at the twin"),
        pytest.param(2, [0, 2], [-1, 0, -1, -1], id="the third box is decided, its twin is not"),
        pytest.param(9, [0, 2], [-1, 0, -1, 2], id="more than there are"),
    ],
)
def test_max_output_stops_early(limit: int, kept: list[int], by: list[int]) -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 9], [50, 0, 60, 10], [50, 0, 60, 9]])
    scores = torch.tensor([0.9, 0.8, 0.7, 0.6])
    got, suppressor, _ = greedy_nms(boxes, scores, 0.5, max_output=limit)
    assert got.tolist() == kept
    assert suppressor.tolist() == by


def test_a_group_ignores_the_other() -> None:
    twins = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10]])
    scores = torch.tensor([0.9, 0.8, 0.7])
    group = torch.tensor([0, 1, 0], dtype=torch.uint8)
    kept, by, _ = greedy_nms(twins, scores, 0.5, group=group)
    assert kept.tolist() == [0, 1]
    assert by.tolist() == [-1, -1, 0]


def test_suppress_speaks_of_anchors_not_of_candidates() -> None:
    # six anchors, of which 5, 1, 4 are candidates in that order; 1 and 4 are twins of 5,
    # but 4 lives on another level
    boxes = torch.tensor([[0.0, 0, 10, 10]] * 6)
    scores = torch.tensor([0.99, 0.5, 0.99, 0.99, 0.4, 0.9])
    selection = Selection(boxes, scores, torch.empty(0), torch.tensor([5, 1, 4]))
    level = torch.tensor([0, 0, 0, 0, 1, 0], dtype=torch.uint8)
    result = suppress(selection, level, NmsSettings())
    assert result.survivors.tolist() == [5, 4]
    assert result.suppressed.tolist() == [1]
    assert result.by.tolist() == [5]
    assert result.iou.tolist() == [1]
