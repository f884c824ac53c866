"""Matching of one image with every rule that a framework applies, and what each rule did.

Letters: R anchors, G objects.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.geometry.boxes import crosses_border
from rpn_core.settings import MatchSettings
from rpn_core.targets.anchor_state import AnchorState
from rpn_core.targets.crowd import in_crowd
from rpn_core.targets.image_objects import ImageObjects
from rpn_core.targets.low_quality import LowQualityMatches, find_low_quality
from rpn_core.targets.matching import IGNORED, NEGATIVE, Matches, assign
from rpn_core.targets.overlaps import NO_OBJECT, Overlaps, find_overlaps


@dataclass(frozen=True, eq=False, slots=True)
class ImageMatching:
    """Which of R anchors learn from which of G objects.

    Attributes:
        matches: target of each anchor; `IGNORED` also where a rule leaves it out.
        state: (R,) uint8, an `AnchorState` each.
        placed_iou: (G,) float, highest IoU of each object with any anchor, left out or not;
            0 without area.
        low_quality_matches: what that rule makes positive, or would, were it in force.
    """

    matches: Matches
    state: Tensor
    placed_iou: Tensor
    low_quality_matches: LowQualityMatches

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

    An object that none of these anchors touches has no best one. (Its highest IoU would be 0, and
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
    left_out = crossing | crowded
    learnable = torch.nonzero(objects.learnable).flatten()
    boxes = objects.boxes[learnable]
    of_part = find_overlaps(anchors[~left_out], boxes)
    of_rest = find_overlaps(anchors[left_out], boxes)
    placed_iou = torch.zeros(len(objects))
    placed_iou[learnable] = torch.maximum(of_part.object_iou, of_rest.object_iou)

    found = _whole(of_part, ~left_out, learnable, len(objects))
    fg_iou_thresh = settings.fg_iou_thresh
    bg_iou_thresh = settings.bg_iou_thresh if bool(found.object_iou.any()) else math.inf
    low_quality = find_low_quality(found, fg_iou_thresh, bg_iou_thresh)
    made_positive = torch.zeros_like(left_out)
    if settings.allow_low_quality:
        made_positive[low_quality.anchor] = True
    matches = assign(found, made_positive, fg_iou_thresh, bg_iou_thresh)
    matches.target[left_out] = IGNORED
    state = _states(matches, crossing, crowded)
    return ImageMatching(matches, state, placed_iou, low_quality)


def _whole(of_part: Overlaps, part: Tensor, learnable: Tensor, objects: int) -> Overlaps:
    """From the anchors that take part and the objects that count to all of both."""
    best_iou, object_iou = torch.zeros(len(part)), torch.zeros(objects)
    best_object = torch.full((len(part),), NO_OBJECT)
    best_for = best_object.clone()
    number = torch.cat((learnable, torch.tensor([NO_OBJECT])))  # the last one for nobody
    best_iou[part], object_iou[learnable] = of_part.best_iou, of_part.object_iou
    best_object[part] = number[of_part.best_object]
    best_for[part] = number[of_part.best_for]
    return Overlaps(best_iou, best_object, object_iou, best_for)


def _states(matches: Matches, crossing: Tensor, crowded: Tensor) -> Tensor:
    state = torch.full_like(matches.target, int(AnchorState.IGNORED), dtype=torch.uint8)
    state[matches.target >= 0] = int(AnchorState.POSITIVE)
    state[matches.low_quality] = int(AnchorState.LOW_QUALITY)
    state[matches.target == NEGATIVE] = int(AnchorState.NEGATIVE)
    state[crowded] = int(AnchorState.IN_CROWD)
    state[crossing] = int(AnchorState.CROSSES_BORDER)  # of an anchor in both, this is said
    return state
