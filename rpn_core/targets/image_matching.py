"""Matching of one image with every rule that a framework applies, and what each rule did.

Letters: R anchors, G objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.geometry.boxes import crosses_border, pairwise_iou
from rpn_core.settings import MatchSettings
from rpn_core.targets.anchor_state import AnchorState
from rpn_core.targets.crowd import in_crowd
from rpn_core.targets.image_objects import ImageObjects
from rpn_core.targets.matching import IGNORED, NEGATIVE, Matches, match_iou
from rpn_core.targets.rescue import NO_RESCUES, Rescues, find_rescues


@dataclass(frozen=True, eq=False, slots=True)
class ImageMatching:
    """Which of R anchors learn from which of G objects.

    Attributes:
        matches: target of each anchor; `IGNORED` also where a rule leaves it out.
        state: (R,) uint8, an `AnchorState` each.
        placed_iou: (G,) float, highest IoU of each object with any anchor, left out or not;
            0 without area.
        placed_anchor: (G,) int64, the first anchor that has it, or -1.
        rescues: of the low-quality rule, whether or not it is in force.
    """

    matches: Matches
    state: Tensor
    placed_iou: Tensor
    placed_anchor: Tensor
    rescues: Rescues

    def count(self, state: AnchorState) -> int:
        return int((self.state == int(state)).sum())

    def positives(self, object_: int) -> Tensor:
        """The anchors that learn from this object, best IoU first: int64."""
        found = torch.nonzero(self.matches.target == object_).flatten()
        order = torch.argsort(self.matches.best_iou[found], descending=True, stable=True)
        return found[order]


def match_image(
    anchors: Tensor, objects: ImageObjects, image_hw: tuple[int, int], settings: MatchSettings
) -> ImageMatching:
    """Match all anchors of an image.

    First the rules that leave anchors out: those that cross the border (if asked), then those in a
    crowd region. The others are matched as in `match_anchors`, with the objects that can be
    learnt: "the highest IoU of an object" is the highest among the anchors that take part.

    An object that none of these anchors touches rescues none. (Its highest IoU would be 0, and
    torchvision's low-quality rule would make every anchor that does not touch it positive.)

    Args:
        anchors: (R, 4) float32 xyxy, pixels of the network input, not clipped.
        objects: same frame.
        image_hw: size of the resized photo without padding.
    Source: Ren et al. 2015, sec. 3.1.2 and 3.1.3; border rule as in py-faster-rcnn and
        mmdetection, where such anchors do not compete; with touched objects and default settings
        it agrees with torchvision (tests/parity).
    """
    crossing = crosses_border(anchors, image_hw) & settings.drop_cross_border
    crowded = in_crowd(
        anchors, objects.boxes[objects.crowd & objects.has_area], settings.crowd_iof_thresh
    )
    crowded &= ~crossing
    part = torch.nonzero(~(crossing | crowded)).flatten()
    learnable = torch.nonzero(objects.learnable).flatten()
    iou = pairwise_iou(objects.boxes[learnable], anchors)  # (learnable, R)
    placed_iou, placed_anchor = _best_placed(iou, learnable, len(objects))

    iou = iou[:, part]
    touched = iou.amax(1) > 0 if len(part) else torch.zeros(len(learnable), dtype=torch.bool)
    iou, number = iou[touched], learnable[touched]
    strict = match_iou(
        iou,
        fg_iou_thresh=settings.fg_iou_thresh,
        bg_iou_thresh=settings.bg_iou_thresh,
        allow_low_quality=False,
    )
    rescues = find_rescues(iou, strict.target, strict.best_object) if len(iou) else NO_RESCUES

    matches = _whole(strict, part, number, len(anchors))
    rescues = Rescues(
        part[rescues.anchor],
        number[rescues.rescuer],
        number[rescues.learns],
        rescues.was_negative,
    )
    if settings.allow_low_quality:
        matches.target[rescues.anchor] = rescues.learns
        matches.low_quality[rescues.anchor] = True
    state = _states(matches, crossing, crowded)
    return ImageMatching(matches, state, placed_iou, placed_anchor, rescues)


def _best_placed(iou: Tensor, learnable: Tensor, objects: int) -> tuple[Tensor, Tensor]:
    best = torch.zeros(objects)
    anchor = torch.full((objects,), -1)
    if iou.numel():
        best[learnable], anchor[learnable] = iou.max(1)
    return best, anchor


def _whole(matches: Matches, part: Tensor, number: Tensor, anchors: int) -> Matches:
    """From the anchors that take part and the objects that count to all of both."""
    target = torch.full((anchors,), IGNORED)
    best_object = torch.full((anchors,), NEGATIVE)
    best_iou = torch.zeros(anchors)
    target[part] = matches.target
    best_iou[part] = matches.best_iou
    if len(number):
        target[part] = torch.where(
            matches.target >= 0, number[matches.target.clamp(min=0)], matches.target
        )
        best_object[part] = number[matches.best_object]
    return Matches(target, best_object, best_iou, torch.zeros(anchors, dtype=torch.bool))


def _states(matches: Matches, crossing: Tensor, crowded: Tensor) -> Tensor:
    state = torch.full_like(matches.target, int(AnchorState.IGNORED), dtype=torch.uint8)
    state[matches.target >= 0] = int(AnchorState.POSITIVE)
    state[matches.low_quality] = int(AnchorState.LOW_QUALITY)
    state[matches.target == NEGATIVE] = int(AnchorState.NEGATIVE)
    state[crowded] = int(AnchorState.IN_CROWD)
    state[crossing] = int(AnchorState.CROSSES_BORDER)
    return state
