"""Which filter decides on a box, at its very limit and when several would."""

from __future__ import annotations

import pytest
import torch

from rpn_core.anchors.lay import Anchors, lay_anchors
from rpn_core.settings import AnchorSettings, NmsSettings, SelectionSettings
from rpn_core.stages.fate import Fate
from rpn_core.stages.ledger import close_ledger
from rpn_core.stages.pre_nms import CANDIDATE, Selection
from rpn_core.stages.suppression import Suppression, suppress
from tests.predictions import select_from as select

IMAGE_HW = (40, 80)


def _row(count: int, size: float = 8) -> Anchors:
    """`count` square anchors side by side, 10 px apart, on one level; the first centred at 5, 5."""
    settings = AnchorSettings(((size,),), ((1,),), offset=0.5)
    return lay_anchors(((1, count),), (10, 10 * count), (10,), settings)


def _two_levels() -> Anchors:
    settings = AnchorSettings(((8,), (8,)), ((1,), (1,)))
    return lay_anchors(((1, 4), (1, 2)), (10, 40), (10, 20), settings)


def _logit(score: float) -> float:
    return float(torch.tensor(score).logit())


def test_top_n_is_per_level_and_ranks_within_it() -> None:
    anchors = _two_levels()
    logits = torch.tensor([0.0, 3, 1, 2, -5, -4])
    result = select(anchors, anchors.boxes, logits, IMAGE_HW, SelectionSettings(pre_nms_top_n=2))
    assert result.candidates.tolist() == [1, 3, 5, 4]  # the second level's, though far worse
    below = int(Fate.BELOW_PRE_NMS_TOP_N)
    assert result.fate.tolist() == [below, CANDIDATE, below] + [CANDIDATE] * 3


@pytest.mark.parametrize("top_n", [1, 2, 3, 4, 5])
def test_ties_keep_the_order_of_the_anchors(top_n: int) -> None:
    anchors = _row(5)
    logits = torch.tensor([1.0, 2, 1, 2, 1])
    result = select(
        anchors, anchors.boxes, logits, IMAGE_HW, SelectionSettings(pre_nms_top_n=top_n)
    )
    assert result.candidates.tolist() == [1, 3, 0, 2, 4][:top_n]


@pytest.mark.parametrize("top_n", [1, 3, 4])
def test_a_nan_logit_ranks_last_and_takes_no_ones_place(top_n: int) -> None:
    anchors = _row(4)
    logits = torch.tensor([1.0, torch.nan, 3, 2])
    result = select(
        anchors, anchors.boxes, logits, IMAGE_HW, SelectionSettings(pre_nms_top_n=top_n)
    )
    assert result.candidates.tolist() == [2, 3, 0][:top_n]
    assert result.fate[1] == (Fate.BELOW_SCORE if top_n == 4 else Fate.BELOW_PRE_NMS_TOP_N)


@pytest.mark.parametrize(
    ("side", "fate"),
    [
        pytest.param(4.0, CANDIDATE, id="exactly min_size passes"),
        pytest.param(3.999, Fate.TOO_SMALL, id="barely less does not"),
    ],
)
def test_min_size_is_inclusive_and_looks_at_both_sides(side: float, fate: int) -> None:
    for box in ([0.0, 0, side, 20], [0.0, 0, 20, side]):
        result = select(
            _row(1), torch.tensor([box]), torch.zeros(1), IMAGE_HW, SelectionSettings(min_size=4)
        )
        assert result.fate.tolist() == [int(fate)]


def test_min_size_is_measured_after_the_clip() -> None:
    box = torch.tensor([[70.0, 30, 100, 60]])  # 30 x 30, of which 10 x 10 lies inside 80 x 40
    result = select(_row(1), box, torch.zeros(1), IMAGE_HW, SelectionSettings(min_size=11))
    assert result.boxes.tolist() == [[70, 30, 80, 40]]
    assert result.fate.tolist() == [int(Fate.TOO_SMALL)]
    assert result.candidates.tolist() == []


def test_score_threshold_is_inclusive() -> None:
    logits = torch.tensor([0.0, -1e-3, 1e-3])  # sigmoid(0) is exactly 1/2
    anchors = _row(3)
    result = select(anchors, anchors.boxes, logits, IMAGE_HW, SelectionSettings(score_thresh=0.5))
    assert result.scores.tolist() == pytest.approx([0.5, 0.49975, 0.50025])
    assert result.fate.tolist() == [CANDIDATE, int(Fate.BELOW_SCORE), CANDIDATE]
    assert result.candidates.tolist() == [2, 0]


def test_the_first_filter_that_drops_a_box_is_its_fate() -> None:
    anchors = _row(5)
    boxes = anchors.boxes.clone()
    boxes[[0, 2, 3]] = torch.tensor([1.0, 1, 2, 2])  # small: 1 px
    boxes[1] = torch.tensor([0.0, 0, 9, 9])
    logits = torch.tensor([_logit(p) for p in (0.1, 0.2, 0.05, 0.9, 0.8)])
    settings = SelectionSettings(pre_nms_top_n=4, min_size=4, score_thresh=0.5)
    assert select(anchors, boxes, logits, IMAGE_HW, settings).fate.tolist() == [
        Fate.TOO_SMALL,  # and its score is low
        Fate.BELOW_SCORE,
        Fate.BELOW_PRE_NMS_TOP_N,  # and it is small, and its score is low
        Fate.TOO_SMALL,
        CANDIDATE,
    ]


@pytest.mark.parametrize(
    ("size", "image_hw", "fate"),
    [
        # one anchor, centred at (5, 5)
        pytest.param(10, (10, 10), CANDIDATE, id="touching all four borders is not crossing"),
        pytest.param(10.1, (40, 40), Fate.CROSSES_BORDER, id="leaves on the left and above"),
        pytest.param(10, (10, 9), Fate.CROSSES_BORDER, id="leaves on the right"),
        pytest.param(10, (9, 10), Fate.CROSSES_BORDER, id="leaves below"),
    ],
)
def test_border_rule_looks_at_the_anchor_not_at_the_decoded_box(
    size: float, image_hw: tuple[int, int], fate: int
) -> None:
    settings = SelectionSettings(drop_cross_border=True)
    for decoded in ([[2.0, 2, 6, 6]], [[-5.0, -5, 60, 60]]):
        result = select(_row(1, size), torch.tensor(decoded), torch.zeros(1), image_hw, settings)
        assert result.fate.tolist() == [int(fate)]


def test_border_rule_is_off_by_default_and_comes_before_top_n() -> None:
    anchors = _row(4)  # 36 px wide: the last anchor, from 31 to 39, leaves
    logits = torch.tensor([3.0, 2, 1, 9])
    settings = SelectionSettings(pre_nms_top_n=2, drop_cross_border=True)
    result = select(anchors, anchors.boxes, logits, (40, 36), settings)
    below, crosses = int(Fate.BELOW_PRE_NMS_TOP_N), int(Fate.CROSSES_BORDER)
    assert result.fate.tolist() == [CANDIDATE, CANDIDATE, below, crosses]
    without = select(anchors, anchors.boxes, logits, (40, 36), SelectionSettings(pre_nms_top_n=2))
    assert without.candidates.tolist() == [3, 0]


def test_no_anchors() -> None:
    anchors = lay_anchors(((2, 2),), (20, 20), (10,), AnchorSettings(((),), ((1,),)))
    result = select(
        anchors,
        torch.empty(0, 4),
        torch.empty(0),
        IMAGE_HW,
        SelectionSettings(drop_cross_border=True),
    )
    assert len(result.candidates) == len(result.fate) == 0
    assert result.candidates.dtype == torch.int64


def test_ledger_writes_every_fate_once() -> None:
    anchors = _two_levels()
    boxes = torch.tensor(
        [
            [0.0, 0, 10, 10],  # 0: kept, best
            [0.0, 0, 10, 8],  # 1: suppressed by 0 at 0.8
            [30.0, 0, 40, 10],  # 2: survives, but only two proposals are wanted
            [50.0, 0, 51, 10],  # 3: too small
            [0.0, 0, 10, 10],  # 4: kept: another level than 0
            [60.0, 0, 70, 10],  # 5: low score
        ]
    )
    logits = torch.tensor([_logit(p) for p in (0.9, 0.8, 0.6, 0.95, 0.7, 0.2)])
    selection = select(
        anchors, boxes, logits, IMAGE_HW, SelectionSettings(min_size=4, score_thresh=0.5)
    )
    ledger = close_ledger(
        selection, suppress(selection, anchors.level, NmsSettings()), anchors.level, 2, 2
    )
    assert ledger.fate.tolist() == [
        Fate.KEPT,
        Fate.SUPPRESSED,
        Fate.BEYOND_POST_NMS_TOP_N,
        Fate.TOO_SMALL,
        Fate.KEPT,
        Fate.BELOW_SCORE,
    ]
    assert ledger.kept.tolist() == [0, 4]
    assert ledger.suppressed_by.tolist() == [-1, 0, -1, -1, -1, -1]
    assert ledger.suppressed_iou.tolist() == pytest.approx([0, 0.8, 0, 0, 0, 0])
    # columns: border, below top-N, too small, below score, suppressed, beyond, kept
    assert ledger.counts.tolist() == [[0, 0, 1, 0, 1, 1, 1], [0, 0, 0, 1, 0, 0, 1]]
    assert ledger.count(Fate.KEPT) == 2
    assert selection.fate[0] == CANDIDATE  # the input is not written to


def test_ledger_refuses_an_unfinished_suppression() -> None:
    none = torch.empty(0, dtype=torch.int64)
    fate = torch.full((2,), CANDIDATE, dtype=torch.uint8)
    selection = Selection(torch.zeros(2, 4), torch.zeros(2), fate, torch.tensor([0, 1]))
    stopped_early = Suppression(torch.tensor([0]), none, none, torch.empty(0))
    with pytest.raises(ValueError, match="did not decide on every candidate"):
        close_ledger(selection, stopped_early, torch.zeros(2, dtype=torch.uint8), 1, 10)
