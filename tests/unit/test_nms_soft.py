"""Soft-NMS against a plain loop over the paper's figure 2, and what it does to the stages after."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from rpn_core.errors import UserError
from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.nms import soft
from rpn_core.nms.soft import Decay, soft_nms
from rpn_core.results.box_table import box_table
from rpn_core.results.trace import trace_anchor
from rpn_core.settings import NmsMethod, NmsSettings, SelectionSettings
from rpn_core.stages.fate import Fate
from tests.example_stages import stages


def plain_soft_nms(
    boxes: Tensor,
    scores: Tensor,
    decay: Decay,
    thresh: float,
    sigma: float,
    lowest: float,
    *,
    drop_when_taken: bool = False,
) -> tuple[list[int], list[float], list[int]]:
    """The paper's loop: take the maximum, lower the rest, repeat. Float32 step by step.

    With `drop_when_taken` a box whose score is too low goes on losing until its turn comes.
    """
    iou = pairwise_iou(boxes, boxes).numpy()
    before = scores.numpy()
    now, left = before.copy(), np.ones(len(boxes), bool)
    most, taker = np.zeros(len(boxes), np.float32), np.full(len(boxes), -1)
    kept = []
    while left.any():
        best = max(np.flatnonzero(left).tolist(), key=lambda i: (now[i], before[i], -i))
        left[best] = False
        if taker[best] >= 0 and now[best] < lowest:
            continue
        kept.append(best)
        taker[best] = -1
        overlap = iou[best]
        if decay == "gaussian":
            weight = np.exp(-(overlap.astype(np.float64) ** 2) / sigma).astype(np.float32)
        else:
            weight = np.where(overlap > thresh, np.float32(1) - overlap, np.float32(1))
        weight[~left] = 1
        taken = now - now * weight
        taker[taken > most] = best
        most = np.maximum(most, taken)
        now = now * weight
        if not drop_when_taken:
            left &= (taker < 0) | (now >= lowest)
    return kept, now.tolist(), taker.tolist()


def _random(seed: int, count: int = 60) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    corner = torch.rand(count, 2, generator=random) * 60
    boxes = torch.cat((corner, corner + torch.rand(count, 2, generator=random) * 50), 1)
    return boxes, torch.rand(count, generator=random)


@pytest.mark.parametrize("decay", ["linear", "gaussian"])
@pytest.mark.parametrize("lowest", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_equal_to_the_plain_loop(decay: Decay, lowest: float, seed: int) -> None:
    boxes, scores = _random(seed)
    kept, decayed, by, _ = soft_nms(
        boxes, scores, decay, iou_thresh=0.3, sigma=0.5, score_thresh=lowest
    )
    wanted_kept, wanted_scores, wanted_by = plain_soft_nms(boxes, scores, decay, 0.3, 0.5, lowest)
    assert kept.tolist() == wanted_kept
    np.testing.assert_allclose(decayed.numpy(), wanted_scores, rtol=1e-5)
    assert by.tolist() == wanted_by
    assert 0 < (decayed < scores).sum() < len(scores)


def crowd(seed: int, count: int, side: float) -> tuple[Tensor, Tensor]:
    """Boxes of all sizes with scores of which many are equal, across an image of this side."""
    random = torch.Generator().manual_seed(seed)
    size = 2 ** (2 + 6 * torch.rand(count, 1, generator=random)) * torch.tensor([1.0, 1.4])
    corner = torch.rand(count, 2, generator=random) * side
    scores = torch.randint(1, 50, (count,), generator=random) / 50
    return torch.cat((corner, corner + size), 1), scores


@pytest.mark.parametrize(
    ("decay", "sigma", "lowest"),
    [("linear", 0.5, 0.05), ("gaussian", 0.5, 0.001), ("gaussian", 5.0, 0.0)],
)
@pytest.mark.parametrize("side", [100.0, 3000.0])
def test_thousands_of_boxes_equal_the_plain_loop(
    decay: Decay, sigma: float, lowest: float, side: float
) -> None:
    # More than 32 blocks of 32, so that whole rows of blocks are passed over.
    boxes, scores = crowd(1, 2500, side)
    kept, decayed, by, _ = soft_nms(
        boxes, scores, decay, iou_thresh=0.3, sigma=sigma, score_thresh=lowest
    )
    wanted_kept, wanted_scores, wanted_by = plain_soft_nms(boxes, scores, decay, 0.3, sigma, lowest)
    assert kept.tolist() == wanted_kept
    np.testing.assert_allclose(decayed.numpy(), wanted_scores, rtol=1e-4, atol=1e-37)
    assert by.tolist() == wanted_by


@pytest.mark.parametrize("decay", ["linear", "gaussian"])
@pytest.mark.parametrize("seed", range(5))
def test_dropping_at_once_keeps_the_same_boxes_at_the_same_scores(decay: Decay, seed: int) -> None:
    boxes, scores = crowd(seed, 300, 100)
    kept, decayed, _, _ = soft_nms(boxes, scores, decay, score_thresh=0.1)
    late, late_scores, _ = plain_soft_nms(boxes, scores, decay, 0.3, 0.5, 0.1, drop_when_taken=True)
    assert kept.tolist() == late
    assert 0 < len(late) < 300
    np.testing.assert_allclose(decayed[kept].numpy(), np.array(late_scores)[late], rtol=1e-5)


def test_what_would_take_minutes_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soft, "MAX_WORK", 1_000_000)
    boxes, scores = crowd(0, 4000, 1.0)  # in one place, and none of them is ever dropped
    boxes[:, 2:] += 300
    with pytest.raises(UserError, match=r"too long for these 4,000 boxes.*Before NMS, best N"):
        soft_nms(boxes, scores, "gaussian", sigma=10.0, score_thresh=0.0)
    # As many that lie apart are no such case, nor are they when most are dropped.
    assert len(soft_nms(*crowd(0, 4000, 30_000), "gaussian", score_thresh=0.0)[0]) == 4000
    assert len(soft_nms(boxes, scores, "gaussian")[0]) < 100


def test_scores_that_reach_zero_keep_their_boxes() -> None:
    boxes, scores = torch.tensor([[0.0, 0, 9, 9]]).repeat(500, 1), torch.linspace(1, 0, 500)
    kept, decayed, by, _ = soft_nms(boxes, scores, "gaussian", sigma=0.05, score_thresh=0.0)
    assert sorted(kept.tolist()) == list(range(500))
    assert (by == -1).all()
    assert float(decayed[0]) == 1
    assert (decayed[50:] == 0).all()


def test_groups_never_take_from_each_other() -> None:
    boxes, scores = _random(0, 80)
    group = torch.arange(80).remainder(3).to(torch.uint8)
    _, decayed, by, _ = soft_nms(boxes, scores, "gaussian", score_thresh=0.2, group=group)
    for value in range(3):
        members = torch.nonzero(group == value).flatten()
        _, alone, own_by, _ = soft_nms(
            boxes[members], scores[members], "gaussian", score_thresh=0.2
        )
        assert torch.equal(decayed[members], alone)
        assert torch.equal(by[members], torch.where(own_by >= 0, members[own_by], -1))


def test_the_order_is_that_of_the_decayed_scores() -> None:
    # the second box loses 0.8 of its 0.9 to the first, so the lonely third overtakes it
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 8], [50, 50, 60, 60]])
    kept, decayed, _, _ = soft_nms(boxes, torch.tensor([1.0, 0.9, 0.3]), "linear")
    assert kept.tolist() == [0, 2, 1]
    assert decayed.tolist() == pytest.approx([1.0, 0.18, 0.3])


def test_the_suppressor_is_the_one_that_took_most() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 5], [0, 0, 10, 9], [0, 0, 10, 10]])
    kept, decayed, by, iou = soft_nms(
        boxes, torch.tensor([0.9, 0.8, 0.7]), "linear", iou_thresh=0.6, score_thresh=0.1
    )
    # IoU of 0 and 1 is 5/9, of 0 and 2 is 0.5: neither counts; 1 takes 0.9 of box 2's score
    assert kept.tolist() == [0, 1]
    assert by.tolist() == [-1, -1, 1]
    assert float(iou[2]) == pytest.approx(0.9)
    assert float(decayed[2]) == pytest.approx(0.07)


def test_what_nothing_took_from_is_never_dropped() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [50, 50, 60, 60]])
    kept, decayed, by, _ = soft_nms(boxes, torch.tensor([0.9, 1e-6]), "linear", score_thresh=0.5)
    assert kept.tolist() == [0, 1]
    assert decayed.tolist() == pytest.approx([0.9, 1e-6])
    assert by.tolist() == [-1, -1]


@pytest.mark.parametrize("count", [0, 1])
def test_few_boxes(count: int) -> None:
    kept, decayed, by, iou = soft_nms(torch.zeros(count, 4), torch.ones(count), "gaussian")
    assert [len(part) for part in (kept, decayed, by, iou)] == [count] * 4


@pytest.mark.parametrize("method", ["soft-linear", "soft-gaussian", "none", "greedy"])
@pytest.mark.parametrize("across_levels", [False, True])
def test_the_ledger_closes_whatever_the_method(method: NmsMethod, across_levels: bool) -> None:
    nms = NmsSettings(0.1, 10, method, 0.1, 0.3, across_levels)
    result = stages(SelectionSettings(), nms)
    ledger, suppression = result.ledger, result.suppression
    assert int(ledger.counts.sum()) == len(result.predictions.anchors)
    assert ledger.count(Fate.KEPT) == 10
    assert (ledger.count(Fate.SUPPRESSED) > 0) == (method != "none")
    by, level = ledger.suppressed_by, result.predictions.anchors.level
    lost = torch.nonzero(by >= 0).flatten()
    assert across_levels or torch.equal(level[lost], level[by[lost].long()])
    ranking = result.proposals.ranking_scores
    assert torch.equal(ranking, ranking.sort(descending=True).values)
    assert torch.equal(result.proposals.scores, result.selection.scores[ledger.kept])
    assert (suppression.decayed is None) == (method in ("none", "greedy"))
    if suppression.decayed is not None:
        assert (suppression.decayed <= result.selection.scores).all()
        assert (suppression.decayed[suppression.suppressed] < 0.3).all()


def test_the_table_and_the_trace_show_both_scores() -> None:
    result = stages(SelectionSettings(), NmsSettings(0.1, 10, "soft-linear", 0.1, 0.3))
    decayed = result.suppression.decayed
    assert decayed is not None
    for fates in ([Fate.KEPT], [Fate.KEPT, Fate.SUPPRESSED]):
        columns = box_table(result, fates, ("P3", "P4"), 20).columns
        anchors = columns["anchor"]
        assert columns["score"] == result.selection.scores[anchors].tolist()
        assert columns["decayed_score"] == decayed[anchors].tolist()
        assert columns["decayed_score"] == sorted(columns["decayed_score"], reverse=True)
    lowered = int(result.suppression.suppressed[0])
    trace = trace_anchor(result, lowered)
    assert trace.decayed_score is not None
    assert trace.decayed_score < trace.score
    greedy = stages(SelectionSettings(), NmsSettings(0.1, 10))
    assert trace_anchor(greedy, lowered).decayed_score is None
    assert "decayed_score" not in box_table(greedy, [Fate.KEPT], ("P3", "P4"), 5).columns
