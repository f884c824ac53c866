"""Greedy NMS against torchvision.ops: same set, same order, same decision at the threshold."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torchvision.ops import box_iou, nms
from torchvision.ops.boxes import _batched_nms_vanilla

from rpn_core.nms.devices import device_nms, recover_trace
from rpn_core.nms.greedy import greedy_nms


def _random(count: int, spread: float = 100.0) -> tuple[Tensor, Tensor]:
    corner = torch.rand(count, 2) * spread
    boxes = torch.cat((corner, corner + torch.rand(count, 2) * 60), 1)
    return boxes, torch.randperm(count) / count  # distinct scores


@pytest.mark.parametrize("count", [0, 1, 2, 50, 1500])
@pytest.mark.parametrize("thresh", [0.0, 0.1, 0.3, 0.5, 0.7, 0.95, 1.0])
def test_same_boxes_in_the_same_order(count: int, thresh: float) -> None:
    boxes, scores = _random(count)
    kept, by, _ = greedy_nms(boxes, scores, thresh)
    assert torch.equal(kept, nms(boxes, scores, thresh))
    assert (by < 0).sum() == len(kept)


def test_tied_scores_are_taken_in_the_order_of_the_input() -> None:
    boxes, _ = _random(300)
    scores = torch.randint(0, 4, (300,)) / 4
    assert torch.equal(greedy_nms(boxes, scores, 0.4)[0], nms(boxes, scores, 0.4))


@pytest.mark.parametrize("percent", range(1, 100))
def test_same_decision_exactly_at_the_threshold(percent: int) -> None:
    # The smaller box is `percent` rows of the larger one's 100: the float32 quotient is above
    # the double 0.60, and below the double 0.70. What counts is torchvision's answer.
    pair = torch.tensor([[0.0, 0, 100, 100], [0, 0, 100, percent]])
    scores = torch.tensor([0.9, 0.8])
    thresh = percent / 100
    for nearby in (thresh, thresh - 1e-7, thresh + 1e-7, thresh - 1e-4, thresh + 1e-4):
        kept, _, _ = greedy_nms(pair, scores, nearby)
        assert torch.equal(kept, nms(pair, scores, nearby)), nearby


def _with_pair_at(iou_thresh: float, nudge: float) -> tuple[Tensor, Tensor]:
    """Random boxes, the last of which has IoU `iou_thresh + nudge` with the first.

    With b0 = [x0, y0, x1, y1] and b1 = [x0, y0, x1 + d, y1], the IoU is t when
    d = (x1 - x0) * (1 - t) / t. After torchvision's own TestNMS._create_tensors_with_iou.
    """
    boxes, scores = _random(300)
    wanted = iou_thresh + nudge
    boxes[-1] = boxes[0]
    boxes[-1, 2] += (boxes[0, 2] - boxes[0, 0]) * (1 - wanted) / wanted
    return boxes, scores


@pytest.mark.parametrize("thresh", [0.2, 0.5, 0.8])
@pytest.mark.parametrize(("nudge", "suppressed"), [(1e-5, True), (-1e-5, False)])
def test_a_pair_that_barely_exceeds_or_misses(
    thresh: float, nudge: float, suppressed: bool
) -> None:
    boxes, scores = _with_pair_at(thresh, nudge)
    assert torch.equal(greedy_nms(boxes, scores, thresh)[0], nms(boxes, scores, thresh))
    # alone, so that no other box hides the decision
    pair = boxes[[0, -1]]
    _, by, _ = greedy_nms(pair, torch.tensor([0.9, 0.8]), thresh)
    assert by.tolist() == [-1, 0 if suppressed else -1]


def test_zero_area_boxes_suppress_nothing_and_are_kept() -> None:
    boxes = torch.tensor(
        [[5.0, 5, 5, 5], [5, 5, 5, 5], [0, 0, 10, 10], [3, 0, 3, 10], [0, 0, 10, 9]]
    )
    scores = torch.tensor([0.9, 0.8, 0.7, 0.6, 0.5])
    kept, by, _ = greedy_nms(boxes, scores, 0.5)
    assert torch.equal(kept, nms(boxes, scores, 0.5))
    assert by.tolist() == [-1, -1, -1, -1, 2]


@pytest.mark.parametrize("groups", [1, 2, 5])
def test_groups_never_interact(groups: int) -> None:
    boxes, scores = _random(800, spread=40)
    group = torch.randint(0, groups, (800,), dtype=torch.uint8)
    kept, by, _ = greedy_nms(boxes, scores, 0.4, group=group)
    assert torch.equal(kept, _batched_nms_vanilla(boxes, scores, group, 0.4))
    lost = torch.nonzero(by >= 0).flatten()
    assert len(lost) > 100
    assert torch.equal(group[lost], group[by[lost]])


def test_recorded_iou_is_box_iou_with_the_suppressor() -> None:
    boxes, scores = _random(500)
    kept, by, iou = greedy_nms(boxes, scores, 0.3)
    lost = torch.nonzero(by >= 0).flatten()
    assert len(lost) > 100
    torch.testing.assert_close(iou[lost], box_iou(boxes[lost], boxes[by[lost]]).diagonal())
    assert (iou[kept] == 0).all()


@pytest.mark.parametrize("groups", [None, 3])
@pytest.mark.parametrize("limit", [None, 0, 1, 40, 10_000])
@pytest.mark.parametrize("thresh", [0.0, 0.4, 0.7])
def test_the_way_for_other_devices_says_the_same(
    groups: int | None, limit: int | None, thresh: float
) -> None:
    # It is written for a GPU; here its every step runs on the CPU.
    boxes, scores = _random(600, spread=60)
    group = None if groups is None else torch.randint(0, groups, (600,), dtype=torch.uint8)
    kept, by, iou = greedy_nms(boxes, scores, thresh, limit, group=group)
    assert torch.equal(device_nms(boxes, scores, thresh, limit, group=group), kept)
    found_by, found_iou = recover_trace(
        boxes, scores, kept, thresh, group=group, complete=limit is None or len(kept) < limit
    )
    assert torch.equal(found_iou, iou)
    assert torch.equal(found_by, by)
