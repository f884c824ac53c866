"""Selection, NMS and ledger against torchvision's RegionProposalNetwork.filter_proposals."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead

from rpn_core.anchors.lay import Anchors, lay_anchors
from rpn_core.settings import AnchorSettings, NmsSettings, SelectionSettings
from rpn_core.stages.ledger import Ledger, close_ledger
from rpn_core.stages.pre_nms import Selection
from rpn_core.stages.suppression import suppress
from tests.predictions import select_from as select

IMAGE_HW = (90, 130)
SMALL = ((8, 12), (4, 6), (2, 3))  # x 3 shapes: 288 + 72 + 18 = 378 anchors
LARGE = ((20, 30), (10, 15))  # 1800 + 450 anchors: torchvision's other batched_nms


def _anchors(grids: tuple[tuple[int, int], ...]) -> Anchors:
    levels = len(grids)
    settings = AnchorSettings(((16,),) * levels, ((0.5, 1, 2),) * levels)
    return lay_anchors(grids, (96, 160), tuple(8 * 2**i for i in range(levels)), settings)


def _boxes(count: int) -> Tensor:
    # Multiples of 1/4 that also leave the image. Whole quarters stay exact when torchvision
    # shifts the levels apart, so both sides see the same IoU.
    corner = torch.randint(-80, 520, (count, 2)) / 4
    return torch.cat((corner, corner + torch.randint(1, 240, (count, 2)) / 4), 1)


def _distinct_logits(count: int) -> Tensor:
    return (torch.randperm(count) / count - 0.5) * 8


def _assert_same_scores(ours: Tensor, theirs: Tensor) -> None:
    """Equal but for the last bit: torch's vectorised sigmoid rounds by where in the array a logit
    stands, and torchvision takes it of the best ones only."""
    torch.testing.assert_close(ours, theirs, rtol=2.4e-7, atol=0)


def _theirs(
    anchors: Anchors, boxes: Tensor, logits: Tensor, chosen: SelectionSettings, nms: NmsSettings
) -> tuple[Tensor, Tensor]:
    rpn = RegionProposalNetwork(
        AnchorGenerator(),
        RPNHead(8, 3),
        fg_iou_thresh=0.7,
        bg_iou_thresh=0.3,
        batch_size_per_image=256,
        positive_fraction=0.5,
        pre_nms_top_n={"training": 1, "testing": chosen.pre_nms_top_n},
        post_nms_top_n={"training": 1, "testing": nms.post_nms_top_n},
        nms_thresh=nms.nms_thresh,
        score_thresh=chosen.score_thresh,
    ).eval()
    rpn.min_size = chosen.min_size
    counts = [level.count for level in anchors.levels]
    kept, scores = rpn.filter_proposals(boxes[None], logits[None], [IMAGE_HW], counts)
    return kept[0], scores[0]


def _ours(
    anchors: Anchors, boxes: Tensor, logits: Tensor, chosen: SelectionSettings, nms: NmsSettings
) -> tuple[Selection, Ledger]:
    selection = select(anchors, boxes, logits, IMAGE_HW, chosen)
    suppression = suppress(selection, anchors.level, nms)
    ledger = close_ledger(
        selection, suppression, anchors.level, len(anchors.levels), nms.post_nms_top_n
    )
    return selection, ledger


def _rows(boxes: Tensor, scores: Tensor) -> list[list[float]]:
    return sorted(torch.cat((boxes, scores[:, None]), 1).tolist())


CASES = [
    pytest.param(SMALL, SelectionSettings(), NmsSettings(), id="everything enters NMS"),
    pytest.param(SMALL, SelectionSettings(pre_nms_top_n=50), NmsSettings(), id="pre < one level"),
    pytest.param(SMALL, SelectionSettings(pre_nms_top_n=1), NmsSettings(), id="one a level"),
    pytest.param(SMALL, SelectionSettings(min_size=12.25), NmsSettings(), id="min size"),
    pytest.param(SMALL, SelectionSettings(score_thresh=0.5), NmsSettings(), id="score"),
    pytest.param(SMALL, SelectionSettings(score_thresh=1.0), NmsSettings(), id="nothing passes"),
    pytest.param(SMALL, SelectionSettings(), NmsSettings(nms_thresh=0.0), id="no overlap at all"),
    pytest.param(SMALL, SelectionSettings(), NmsSettings(nms_thresh=1.0), id="no suppression"),
    pytest.param(SMALL, SelectionSettings(), NmsSettings(0.5, 7), id="post < kept"),
    pytest.param(
        SMALL, SelectionSettings(100, 8.0, 0.4), NmsSettings(0.4, 30), id="all filters at once"
    ),
    pytest.param(LARGE, SelectionSettings(2000), NmsSettings(0.6, 900), id="over 1000 boxes"),
    pytest.param(LARGE, SelectionSettings(700), NmsSettings(0.6, 200), id="over 1000, cut"),
]


@pytest.mark.parametrize(("grids", "chosen", "nms"), CASES)
def test_distinct_scores_give_the_same_boxes_in_the_same_order(
    grids: tuple[tuple[int, int], ...], chosen: SelectionSettings, nms: NmsSettings
) -> None:
    anchors = _anchors(grids)
    boxes, logits = _boxes(len(anchors)), _distinct_logits(len(anchors))
    kept, scores = _theirs(anchors, boxes, logits, chosen, nms)
    selection, ledger = _ours(anchors, boxes, logits, chosen, nms)
    assert torch.equal(selection.boxes[ledger.kept], kept)
    _assert_same_scores(selection.scores[ledger.kept], scores)
    assert ledger.counts.sum(1).tolist() == [level.count for level in anchors.levels]


def test_saturated_sigmoids_keep_the_order_of_the_logits_before_the_cut() -> None:
    # From about 17 on, every sigmoid is 1 in single precision: only logits can rank them.
    anchors = _anchors(SMALL)
    boxes = _boxes(len(anchors))
    logits = 20 + torch.randperm(len(anchors)).float()
    chosen, nms = SelectionSettings(pre_nms_top_n=40), NmsSettings(0.5, 20)
    kept, scores = _theirs(anchors, boxes, logits, chosen, nms)
    selection, ledger = _ours(anchors, boxes, logits, chosen, nms)
    assert (scores == 1).all()
    assert torch.equal(selection.boxes[ledger.kept], kept)
    _assert_same_scores(selection.scores[ledger.kept], scores)


def _clusters(anchors: Anchors) -> Tensor:
    """Boxes in pairs that overlap by 9/10; different pairs do not touch."""
    pair = torch.arange(len(anchors)) // 2
    corner = torch.stack((pair % 20 * 6, pair // 20 * 6), 1).float()
    boxes = torch.cat((corner, corner + 5), 1)
    boxes[1::2, 3] -= 0.5
    return boxes


def test_ties_that_cannot_change_the_set() -> None:
    # Which of two tied boxes torchvision's topk puts first is arbitrary. Here ties are between
    # boxes that never touch, and all of them enter NMS, so only the order may differ.
    anchors = _anchors(SMALL)
    logits = torch.randint(-2, 3, (len(anchors),)).float()
    logits[1::2] = logits[0::2] - 0.5  # within a pair no tie
    chosen, nms = SelectionSettings(), NmsSettings(0.7, 1000)
    theirs = _theirs(anchors, _clusters(anchors), logits, chosen, nms)
    selection, ledger = _ours(anchors, _clusters(anchors), logits, chosen, nms)
    ours = selection.boxes[ledger.kept], selection.scores[ledger.kept]
    assert len(ledger.kept) == len(anchors) // 2
    assert _rows(*ours) == _rows(*theirs)
    assert torch.equal(ours[1], theirs[1])  # in order of score, ties or not


@pytest.mark.parametrize(
    ("pre", "post"), [(33, 1000), (1000, 20), (33, 20)], ids=["before NMS", "after NMS", "both"]
)
def test_ties_at_a_cut_leave_the_same_scores(pre: int, post: int) -> None:
    anchors = _anchors(SMALL)
    boxes = _clusters(anchors)
    logits = torch.randint(-2, 3, (len(anchors),)).float()
    chosen, nms = SelectionSettings(pre_nms_top_n=pre), NmsSettings(1.0, post)
    _, scores = _theirs(anchors, boxes, logits, chosen, nms)
    selection, ledger = _ours(anchors, boxes, logits, chosen, nms)
    _assert_same_scores(selection.scores[ledger.kept], scores)


def test_boxes_without_area_after_the_clip() -> None:
    anchors = _anchors(SMALL)
    boxes = _boxes(len(anchors))
    boxes[::5] += 2000  # wholly outside, right and below: clipped to the corner point
    boxes[1::5, 2] = boxes[1::5, 0]  # a line
    logits = _distinct_logits(len(anchors))
    for min_size in (1e-3, 0.0):  # with 0 they pass the filter, and nothing suppresses them
        chosen, nms = SelectionSettings(min_size=min_size), NmsSettings(0.6, 1000)
        kept, scores = _theirs(anchors, boxes, logits, chosen, nms)
        selection, ledger = _ours(anchors, boxes, logits, chosen, nms)
        assert torch.equal(selection.boxes[ledger.kept], kept)
        _assert_same_scores(selection.scores[ledger.kept], scores)
        flat = (kept[:, 2:] - kept[:, :2] == 0).any(1)
        assert bool(flat.any()) == (min_size == 0)


def test_a_level_without_anchors() -> None:
    settings = AnchorSettings(((16,), (), (64,)), ((1,), (1,), (1,)))
    anchors = lay_anchors(((8, 12), (4, 6), (2, 3)), (96, 160), (8, 16, 32), settings)
    boxes, logits = _boxes(len(anchors)), _distinct_logits(len(anchors))
    chosen, nms = SelectionSettings(pre_nms_top_n=20), NmsSettings(0.5, 10)
    kept, scores = _theirs(anchors, boxes, logits, chosen, nms)
    selection, ledger = _ours(anchors, boxes, logits, chosen, nms)
    assert torch.equal(selection.boxes[ledger.kept], kept)
    _assert_same_scores(selection.scores[ledger.kept], scores)
    assert ledger.counts[1].sum() == 0


def test_nan_passes_no_filter() -> None:
    # a half-precision overflow, or a broken checkpoint
    anchors = _anchors(SMALL)
    boxes, logits = _boxes(len(anchors)), _distinct_logits(len(anchors))
    boxes[::7, 1] = torch.nan
    logits[3::7] = torch.nan
    chosen, nms = SelectionSettings(pre_nms_top_n=1000), NmsSettings(0.5, 1000)
    kept, scores = _theirs(anchors, boxes, logits, chosen, nms)
    selection, ledger = _ours(anchors, boxes, logits, chosen, nms)
    assert torch.equal(selection.boxes[ledger.kept], kept)
    _assert_same_scores(selection.scores[ledger.kept], scores)
