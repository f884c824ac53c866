"""Recall stage by stage: which objects are still found, and where each one was lost.

An object is found while some box overlaps it with IoU >= a threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.geometry.boxes import iou_blocks
from rpn_core.messages import Message, msg
from rpn_core.results.funnel import funnel
from rpn_core.stages.fate import Fate
from rpn_core.stages.stage_results import StageResults

ANCHORS, DECODED = "anchors", "decoded"


@dataclass(frozen=True, eq=False, slots=True)
class StageRecall:
    """G objects at each of T stages.

    Attributes:
        keys: name of each stage, for code: "anchors", "decoded", then those of the funnel.
        labels: name of each stage, for people.
        drops: fate of the boxes that the stage drops; None for the first two.
        best_iou: (T, G) float, highest IoU of each object with the boxes that are left; the first
            row with the anchors as they lie, the others with their decoded, clipped boxes.
        lost_anchor: (T, G) int64, of the boxes that the stage dropped the one with the highest
            IoU, or -1 where it dropped none that touches the object.
    """

    keys: tuple[str, ...]
    labels: tuple[Message, ...]
    drops: tuple[Fate | None, ...]
    best_iou: Tensor
    lost_anchor: Tensor

    def found(self, iou_thresh: float) -> Tensor:
        """(T, G) bool."""
        return self.best_iou >= iou_thresh

    def recall(self, iou_thresh: float) -> list[float]:
        """Share of the objects found after each stage; NaN without objects."""
        found = self.found(iou_thresh)
        return [float(row.float().mean()) for row in found]

    def lost_at(self, object_: int, iou_thresh: float) -> int | None:
        """The stage from which on the object is not found any more; None if it is, to the end.

        Never 0: that no anchor as it lies overlaps the object is no loss, since anchors move.
        """
        found = self.found(iou_thresh)[1:, object_]
        missing = torch.nonzero(~found).flatten()
        return int(missing[0]) + 1 if len(missing) else None


def stage_recall(stages: StageResults, objects: Tensor, *, border_rule: bool) -> StageRecall:
    """Follow each object from the anchors to the proposals.

    Boxes that come from no anchors are followed from where they are first: its first row then is
    the second one too.

    Args:
        objects: (G, 4) float xyxy, in the frame of `stages.predictions`.
        border_rule: whether anchors that cross the border were dropped before NMS.
    """
    anchors = stages.predictions.anchors
    before = stages.selection.boxes if anchors is None else anchors.boxes
    anchor_best, _ = _best_by_group(before, objects, torch.zeros_like(stages.ledger.fate), 1)
    fate_best, fate_anchor = _best_by_group(
        stages.selection.boxes, objects, stages.ledger.fate, len(Fate)
    )  # (7, G)
    steps = funnel(stages.ledger, border_rule=border_rule)[1:]
    drops: list[Fate | None] = [None, None, *(step.drops for step in steps)]
    # Fates are numbered in the order in which they are decided: those that are left are the later.
    left = fate_best.flip(0).cummax(0).values.flip(0) if len(objects) else fate_best
    rows = [anchor_best[0], left[0]]
    lost = [torch.full((len(objects),), -1), torch.full((len(objects),), -1)]
    for step in steps:
        assert step.drops is not None
        rows.append(left[step.drops + 1])
        lost.append(fate_anchor[step.drops])
    return StageRecall(
        (ANCHORS, DECODED, *(step.key for step in steps)),
        (msg("All anchors"), msg("Decoded boxes"), *(step.label for step in steps)),
        tuple(drops),
        torch.stack(rows),
        torch.stack(lost),
    )


def _best_by_group(
    boxes: Tensor, objects: Tensor, group: Tensor, groups: int
) -> tuple[Tensor, Tensor]:
    """Of each group of boxes, each object's highest IoU and the box that has it: (groups, G)."""
    best = torch.zeros(groups, len(objects))
    where = torch.full((groups, len(objects)), -1)
    members = [torch.nonzero(group == number).flatten() for number in range(groups)]
    for span, iou in iou_blocks(objects, boxes):
        for number, member in enumerate(members):
            if len(member):
                highest, place = iou[:, member].max(1)
                best[number, span] = highest
                where[number, span] = torch.where(highest > 0, member[place], -1)
    return best, where


def explain_loss(recall: StageRecall, object_: int, iou_thresh: float) -> Message:
    """Say in one sentence where an object was lost, or that it was found."""
    stage = recall.lost_at(object_, iou_thresh)
    best = float(recall.best_iou[-1, object_])
    if stage is None:
        return msg("Found: a proposal overlaps it with IoU {best:.2f}.", best=best)
    if stage == 1:
        return msg(
            "Never there: of all decoded boxes the best has IoU {best_iou:.2f}.",
            best_iou=float(recall.best_iou[1, object_]),
        )
    drops = recall.drops[stage]
    assert drops is not None
    return msg(
        'Lost at "{stage}" ({fate}), which dropped the box with IoU {before:.2f}; the best '
        "proposal has IoU {best:.2f}.",
        stage=recall.labels[stage],
        fate=drops.label,
        before=float(recall.best_iou[stage - 1, object_]),
        best=best,
    )
