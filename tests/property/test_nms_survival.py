"""Every threshold at once equals one run of greedy NMS for each, in who survives and who by."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from rpn_core.nms.greedy import greedy_nms
from rpn_core.nms_analysis.chains import chain_at, rivals_at, suppressors_at
from rpn_core.nms_analysis.survival import (
    THRESHOLDS,
    overlap_graph,
    suppressor_at,
    survival_masks,
    survives,
    survives_each,
)

# Sides up to 10 make IoU such as 0.3, 0.6 and 0.7, which lie on one side of the threshold as
# float32 and on the other as float64; twins, ties and boxes without area come by themselves.
SIDE = st.integers(0, 10)
BOX = st.tuples(SIDE, SIDE, SIDE, SIDE, st.integers(0, 5), st.integers(0, 2))
Case = tuple[Tensor, Tensor, Tensor]


def _case(rows: list[tuple[int, ...]]) -> Case:
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 6)
    boxes = torch.cat((table[:, :2], table[:, :2] + table[:, 2:4]), 1)
    return boxes, table[:, 4] / 5, table[:, 5].to(torch.uint8)


def _nested(heights: list[int]) -> Case:
    """Boxes of one width and top: IoU of two is the ratio of their heights, k / 100 among them."""
    boxes = torch.tensor([[0.0, 0, 100, height] for height in heights]).reshape(-1, 4)
    scores = torch.linspace(1, 0.5, len(heights))
    return boxes, scores, torch.zeros(len(heights), dtype=torch.uint8)


CASES = st.lists(BOX, max_size=40).map(_case) | st.lists(
    st.integers(0, 100) | st.just(100), max_size=40
).map(_nested)


@settings(max_examples=60)
@given(CASES)
def test_survivors_and_suppressors_are_those_of_greedy_nms(case: Case) -> None:
    boxes, scores, group = case
    graph = overlap_graph(boxes, scores, group=group)
    masks = survival_masks(graph)
    each = survives_each(masks)
    for percent, threshold in enumerate(THRESHOLDS.tolist()):
        kept, by, iou = greedy_nms(boxes, scores, threshold, group=group)
        alive = survives(masks, percent)
        assert graph.order[alive].tolist() == kept.tolist()
        assert np.array_equal(each[:, percent], alive)
        found_by, found_iou = suppressors_at(graph, masks, threshold)
        assert found_by.tolist() == by.tolist()
        assert found_iou.tolist() == iou.tolist()


@given(CASES, st.integers(0, 100))
def test_one_box_at_a_time_says_the_same(case: Case, percent: int) -> None:
    boxes, scores, group = case
    graph = overlap_graph(boxes, scores, group=group)
    masks = survival_masks(graph)
    threshold = percent / 100
    _, by, iou = greedy_nms(boxes, scores, threshold, group=group)
    for box in range(len(boxes)):
        found = suppressor_at(graph, masks, threshold, box)
        assert found == (None if by[box] < 0 else (int(by[box]), float(iou[box])))


@given(CASES, st.integers(0, 100))
def test_a_chain_climbs_to_a_box_without_rivals(case: Case, percent: int) -> None:
    boxes, scores, group = case
    graph = overlap_graph(boxes, scores, group=group)
    masks, threshold = survival_masks(graph), percent / 100
    alive = survives(masks, percent)
    for box in range(len(boxes)):
        links = chain_at(graph, masks, threshold, box)
        here = box
        for link in links:
            assert link.box == here
            assert graph.rank[link.other] < graph.rank[here]
            assert link.iou > threshold
            assert link.suppressed == (not alive[graph.rank[here]])
            assert alive[graph.rank[link.other]] == link.suppressed
            here = link.other
        assert rivals_at(graph, masks, threshold, here) == ()
