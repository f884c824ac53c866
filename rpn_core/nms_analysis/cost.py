"""What each setting around NMS saves in work and costs in objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rpn_core.results.funnel import FunnelKey, FunnelStage
from rpn_core.targets.stage_recall import StageRecall

_SETTING: dict[FunnelKey, str] = {
    "pre_nms": "selection.pre_nms_top_n",
    "nms": "nms.nms_thresh",
    "kept": "nms.post_nms_top_n",
}


@dataclass(frozen=True, slots=True)
class SettingCost:
    """One of the three settings that decide how many boxes come out.

    Attributes:
        setting: its qualified name in `rpn_core.settings`.
        level_in, level_out: boxes of each level before and after it.
        lost: places of the objects that were found before it and are not after it.
        pairs_saved: of pre_nms_top_n, the pairs of boxes that NMS need not compare at most; of
            the others 0: they cut what has been compared.
    """

    setting: str
    level_in: tuple[int, ...]
    level_out: tuple[int, ...]
    lost: tuple[int, ...]
    pairs_saved: int


def pairs_within(counts: Sequence[int], *, across_levels: bool) -> int:
    """Pairs of boxes that may meet in NMS, boxes of each level being given.

    >>> pairs_within((3, 2), across_levels=False), pairs_within((3, 2), across_levels=True)
    (4, 10)
    """
    groups = (sum(counts),) if across_levels else tuple(counts)
    return sum(count * (count - 1) // 2 for count in groups)


def setting_costs(
    funnel: Sequence[FunnelStage],
    recall: StageRecall | None,
    iou_thresh: float,
    *,
    across_levels: bool,
) -> tuple[SettingCost, ...]:
    """Read the costs of pre_nms_top_n, nms_thresh and post_nms_top_n off the funnel.

    Args:
        funnel: all stages, from `rpn_core.results.funnel.funnel`.
        recall: of the objects that are followed, of the same ledger; None without objects.
        iou_thresh: from which on an object counts as found.
    """
    costs = []
    for stage in funnel:
        if stage.key not in _SETTING:
            continue
        saved = 0
        if stage.key == "pre_nms":
            saved = pairs_within(stage.level_in, across_levels=across_levels) - pairs_within(
                stage.level_out, across_levels=across_levels
            )
        lost = () if recall is None else _lost_at(recall, stage.key, iou_thresh)
        costs.append(SettingCost(_SETTING[stage.key], stage.level_in, stage.level_out, lost, saved))
    return tuple(costs)


def _lost_at(recall: StageRecall, key: FunnelKey, iou_thresh: float) -> tuple[int, ...]:
    stage = recall.keys.index(key)
    objects = range(recall.best_iou.shape[1])
    return tuple(place for place in objects if recall.lost_at(place, iou_thresh) == stage)
