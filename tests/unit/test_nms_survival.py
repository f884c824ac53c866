"""Survival masks, suppressors and chains in cases drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rpn_core.errors import UserError
from rpn_core.nms_analysis.chains import Link, Rival, chain_at, rivals_at
from rpn_core.nms_analysis.survival import (
    THRESHOLDS,
    overlap_graph,
    percent_of,
    suppressor_at,
    survival_masks,
    survives_each,
)

# Three boxes of one size side by side, best first: 0, 1, 2.
# IoU: 0 and 1 7 / 13 = 0.538, 1 and 2 8 / 12 = 0.667, 0 and 2 5 / 15 = 0.333
ROW = torch.tensor([[6.0, 0, 16, 10], [3, 0, 13, 10], [1, 0, 11, 10]])
SCORES = torch.tensor([0.9, 0.8, 0.7])


def test_a_box_may_come_back_fall_again_and_come_back() -> None:
    alive = survives_each(survival_masks(overlap_graph(ROW, SCORES)))
    assert alive[0].all()
    assert np.flatnonzero(alive[1]).tolist() == list(range(54, 101))
    # box 2 falls to 0 up to 0.33; then 1 is suppressed and cannot harm it, up to 0.53; then 1 can
    assert np.flatnonzero(alive[2]).tolist() == [*range(34, 54), *range(67, 101)]


def test_who_suppresses_and_who_would_have() -> None:
    graph = overlap_graph(ROW, SCORES)
    masks = survival_masks(graph)
    assert suppressor_at(graph, masks, 0.4, 1) == (0, pytest.approx(7 / 13))
    assert suppressor_at(graph, masks, 0.4, 2) is None
    assert suppressor_at(graph, masks, 0.3, 2) == (0, pytest.approx(1 / 3))
    assert rivals_at(graph, masks, 0.4, 2) == (Rival(1, pytest.approx(8 / 12), False),)
    assert chain_at(graph, masks, 0.4, 2) == (
        Link(2, 1, pytest.approx(8 / 12), suppressed=False),
        Link(1, 0, pytest.approx(7 / 13), suppressed=True),
    )
    assert chain_at(graph, masks, 0.4, 0) == ()


def test_nothing_in_nothing_out() -> None:
    graph = overlap_graph(torch.empty(0, 4), torch.empty(0))
    assert survival_masks(graph).shape == (0, 2)
    assert survives_each(survival_masks(graph)).shape == (0, 101)


def test_too_many_pairs_are_refused_before_memory_is_short() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10]]).repeat(50, 1)
    with pytest.raises(UserError, match="More than 1,000 pairs of these 50 boxes"):
        overlap_graph(boxes, torch.ones(50), max_pairs=1000)
    assert len(overlap_graph(boxes, torch.ones(50), max_pairs=1225).iou) == 1225  # 50 * 49 / 2


@pytest.mark.parametrize("threshold", [0.005, -0.01, 1.01])
def test_only_whole_hundredths_are_thresholds(threshold: float) -> None:
    with pytest.raises(ValueError, match="must be one of"):
        percent_of(threshold)


def test_thresholds_are_the_numbers_that_a_person_writes() -> None:
    assert THRESHOLDS.tolist() == [float(f"{k / 100:.2f}") for k in range(101)]
