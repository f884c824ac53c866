"""What greedy NMS promises for any boxes, scores, groups and threshold."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.nms.greedy import greedy_nms

# Small whole numbers: many overlaps, ties, twins and zero-area boxes.
SIDE = st.integers(0, 8)
BOX = st.tuples(SIDE, SIDE, SIDE, SIDE, st.integers(0, 5), st.integers(0, 2))
THRESH = st.sampled_from([0.0, 0.2, 0.25, 1 / 3, 0.5, 0.6, 0.7, 0.99, 1.0])


@dataclass
class Case:
    boxes: Tensor
    scores: Tensor
    group: Tensor


def _case(rows: list[tuple[int, ...]]) -> Case:
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 6)
    boxes = torch.cat((table[:, :2], table[:, :2] + table[:, 2:4]), 1)
    return Case(boxes, table[:, 4] / 5, table[:, 5].to(torch.uint8))


CASES = st.lists(BOX, max_size=24).map(_case)


@given(CASES, THRESH)
def test_every_box_is_kept_or_suppressed_by_the_best_kept_one_that_overlaps(
    case: Case, thresh: float
) -> None:
    kept, by, iou = greedy_nms(case.boxes, case.scores, thresh, group=case.group)
    overlap = pairwise_iou(
        case.boxes, case.boxes
    ).double()  # compared as a double, as the loop does
    order = torch.sort(case.scores, descending=True, stable=True).indices.tolist()
    rank = {box: place for place, box in enumerate(order)}
    assert kept.tolist() == sorted(kept.tolist(), key=rank.__getitem__)
    assert sorted(kept.tolist()) == torch.nonzero(by < 0).flatten().tolist()
    for box in range(len(case.boxes)):
        better = [
            k
            for k in kept.tolist()
            if rank[k] < rank[box] and case.group[k] == case.group[box] and overlap[box, k] > thresh
        ]
        assert int(by[box]) == (better[0] if better else -1)
        assert float(iou[box]) == (float(overlap[box, better[0]]) if better else 0)


@given(CASES, THRESH, st.integers(0, 30))
def test_stopping_early_keeps_a_prefix(case: Case, thresh: float, limit: int) -> None:
    everything, all_by, _ = greedy_nms(case.boxes, case.scores, thresh, group=case.group)
    some, some_by, _ = greedy_nms(
        case.boxes, case.scores, thresh, group=case.group, max_output=limit
    )
    assert some.tolist() == everything[:limit].tolist()
    decided = some_by >= 0
    assert torch.equal(some_by[decided], all_by[decided])


@given(CASES, THRESH)
def test_a_second_run_changes_nothing(case: Case, thresh: float) -> None:
    kept, _, _ = greedy_nms(case.boxes, case.scores, thresh, group=case.group)
    again, by, _ = greedy_nms(case.boxes[kept], case.scores[kept], thresh, group=case.group[kept])
    assert again.tolist() == list(range(len(kept)))
    assert (by == -1).all()


@given(CASES, THRESH)
def test_all_groups_at_once_is_each_group_alone(case: Case, thresh: float) -> None:
    kept, _, _ = greedy_nms(case.boxes, case.scores, thresh, group=case.group)
    alone: list[int] = []
    for group in range(3):
        members = torch.nonzero(case.group == group).flatten()
        own, _, _ = greedy_nms(case.boxes[members], case.scores[members], thresh)
        alone += members[own].tolist()
    assert sorted(kept.tolist()) == sorted(alone)
