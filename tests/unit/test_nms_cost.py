"""What pre-NMS top N, the threshold and post-NMS top N cost, against the ledger."""

from __future__ import annotations

import torch

from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.nms_analysis.cost import pairs_within, setting_costs
from rpn_core.results.funnel import funnel
from rpn_core.settings import NmsSettings, SelectionSettings
from rpn_core.stages.fate import Fate
from rpn_core.targets.stage_recall import stage_recall
from tests.example_stages import stages

RESULT = stages(SelectionSettings(pre_nms_top_n=12), NmsSettings(0.3, 6))
ROWS = funnel(RESULT.ledger, border_rule=False)


def test_boxes_and_pairs_are_those_of_the_ledger():
    pre, nms, post = setting_costs(ROWS, None, 0.5, across_levels=False)
    assert (pre.setting, nms.setting, post.setting) == (
        "selection.pre_nms_top_n",
        "nms.nms_thresh",
        "nms.post_nms_top_n",
    )
    count = RESULT.ledger.count
    assert sum(pre.level_in) - sum(pre.level_out) == count(Fate.BELOW_PRE_NMS_TOP_N) > 0
    assert sum(nms.level_in) - sum(nms.level_out) == count(Fate.SUPPRESSED) > 0
    assert sum(post.level_out) == count(Fate.KEPT) == 6
    assert all(n <= 12 for n in pre.level_out)
    assert pre.pairs_saved == sum(
        a * (a - 1) // 2 - b * (b - 1) // 2
        for a, b in zip(pre.level_in, pre.level_out, strict=True)
    )
    assert pre.lost == nms.lost == ()
    assert pairs_within((), across_levels=True) == 0


def test_an_object_is_lost_where_its_last_box_goes():
    fate = RESULT.ledger.fate
    # an object exactly where a box fell that no box with another fate overlaps so much
    iou = pairwise_iou(RESULT.selection.boxes, RESULT.selection.boxes)
    for place, wanted in enumerate(
        (Fate.BELOW_PRE_NMS_TOP_N, Fate.SUPPRESSED, Fate.BEYOND_POST_NMS_TOP_N)
    ):
        fell = fate == int(wanted)
        later = iou[:, fate > int(wanted)].amax(1)
        lonely = torch.nonzero(fell & (later < 0.9)).flatten()
        assert len(lonely) > 0
        recall = stage_recall(RESULT, RESULT.selection.boxes[lonely[:1]], border_rule=False)
        costs = setting_costs(ROWS, recall, 0.9, across_levels=False)
        assert [cost.lost for cost in costs] == [(0,) if i == place else () for i in range(3)]
