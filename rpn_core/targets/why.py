"""Why an object has no anchor that fits it well: the reason, with its numbers."""

from __future__ import annotations

from enum import Enum

from torch import Tensor

from rpn_core.geometry.boxes import clip_to_image, pairwise_iou, side_lengths
from rpn_core.messages import Message, msg, nmsg
from rpn_core.targets.anchor_state import AnchorState
from rpn_core.targets.case import Case
from rpn_core.targets.image_matching import ImageMatching
from rpn_core.targets.shape_fit import ShapeFit


class Why(Enum):
    """Why no anchor reaches the foreground threshold with an object."""

    NO_AREA = "no area"
    CROWD = "crowd"
    OUTSIDE = "outside the image"
    NO_ANCHORS = "no anchors"
    BORDER = "border rule"
    IN_CROWD = "crowd rule"
    TAKEN = "another object"
    TOO_SMALL = "too small"
    TOO_LARGE = "too large"
    SHAPE = "shape"
    GRID = "grid"


def explain(case: Case, matching: ImageMatching, fit: ShapeFit, number: int) -> tuple[Why, Message]:
    """Say why no anchor reaches the foreground threshold with an object.

    Returns:
        the reason, and the same as a sentence with its numbers.
    """
    box = case.objects.boxes[number]
    if not bool(case.objects.has_area[number]):
        return Why.NO_AREA, msg(
            "It has no area, so its offsets would be infinite: redraw or delete it."
        )
    if bool(case.objects.crowd[number]):
        return Why.CROWD, msg(
            "It is a crowd region, not one object: anchors that lie in it by more than "
            "{crowd_iof_thresh:g} of their area are ignored.",
            crowd_iof_thresh=case.matching.crowd_iof_thresh,
        )
    if not bool((side_lengths(clip_to_image(box, case.image_hw)) > 0).all()):
        return Why.OUTSIDE, msg("It lies outside the image: move or delete it.")
    if not len(case.anchors):
        return Why.NO_ANCHORS, msg("These settings leave no anchor.")
    thresh = case.matching.fg_iou_thresh
    near = pairwise_iou(box[None], case.anchors.boxes)[0] >= thresh
    if bool(near.any()):
        return _kept_away(matching, near, number)
    if float(fit.iou[number]) < thresh:
        return _misfit(case, fit, number)
    stride = case.strides[int(fit.level[number])]
    return Why.GRID, msg(
        "The grid of stride {stride} steps over it (best shape IoU {iou:.2f}, best placed "
        "{placed_iou:.2f}).",
        stride=stride,
        iou=float(fit.iou[number]),
        placed_iou=float(matching.placed_iou[number]),
    )


def _kept_away(matching: ImageMatching, near: Tensor, number: int) -> tuple[Why, Message]:
    """Anchors fit the object, but a rule or another object has them."""
    best = float(matching.placed_iou[number])
    state = matching.state[near]
    crossing = int((state == int(AnchorState.CROSSES_BORDER)).sum())
    crowded = int((state == int(AnchorState.IN_CROWD)).sum())
    count = len(state)
    if crossing == len(state):
        return Why.BORDER, nmsg(
            "The {count} anchor that fits it (best IoU {best:.2f}) crosses the image border and is "
            "left out.",
            "All {count:,} anchors that fit it (best IoU {best:.2f}) cross the image border and "
            "are left out.",
            count=count,
            best=best,
        )
    if crowded == len(state):
        return Why.IN_CROWD, nmsg(
            "The {count} anchor that fits it (best IoU {best:.2f}) lies in a crowd region and is "
            "ignored.",
            "All {count:,} anchors that fit it (best IoU {best:.2f}) lie in a crowd region and are "
            "ignored.",
            count=count,
            best=best,
        )
    if crossing + crowded == len(state):
        return Why.BORDER, nmsg(
            "The {count} anchor that fits it (best IoU {best:.2f}) crosses the image border or "
            "lies in a crowd region.",
            "All {count:,} anchors that fit it (best IoU {best:.2f}) cross the image border or lie "
            "in a crowd region.",
            count=count,
            best=best,
        )
    rivals = matching.matches.best_object[near]
    rival = int(rivals[rivals >= 0][0]) + 1
    if crossing + crowded:
        return Why.TAKEN, nmsg(
            "An anchor learns only from the object that it overlaps most, and the {count} anchor "
            "that fits it (best IoU {best:.2f}) overlaps object {rival} at least as much or is "
            "left out by a rule.",
            "An anchor learns only from the object that it overlaps most, and all {count:,} "
            "anchors that fit it (best IoU {best:.2f}) overlap object {rival} at least as much or "
            "are left out by a rule.",
            count=count,
            best=best,
            rival=rival,
        )
    return Why.TAKEN, nmsg(
        "An anchor learns only from the object that it overlaps most, and the {count} anchor that "
        "fits it (best IoU {best:.2f}) overlaps object {rival} at least as much.",
        "An anchor learns only from the object that it overlaps most, and all {count:,} anchors "
        "that fit it (best IoU {best:.2f}) overlap object {rival} at least as much.",
        count=count,
        best=best,
        rival=rival,
    )


def _misfit(case: Case, fit: ShapeFit, number: int) -> tuple[Why, Message]:
    width, height = side_lengths(case.objects.boxes[number]).tolist()
    sides = [side_lengths(level.cell_anchors) for level in case.anchors.levels if level.count]
    areas = [float(area) for each in sides for area in each.prod(1)]
    iou = float(fit.iou[number])
    if width * height < min(areas):
        return Why.TOO_SMALL, msg(
            "It is smaller ({width:.0f} × {height:.0f} px of the network input) than the smallest "
            "anchor ({smallest:.0f} px), so the best possible IoU at these shapes is {iou:.2f}.",
            width=width,
            height=height,
            smallest=min(areas) ** 0.5,
            iou=iou,
        )
    if width * height > max(areas):
        return Why.TOO_LARGE, msg(
            "It is larger ({width:.0f} × {height:.0f} px of the network input) than the largest "
            "anchor ({largest:.0f} px), so the best possible IoU at these shapes is {iou:.2f}.",
            width=width,
            height=height,
            largest=max(areas) ** 0.5,
            iou=iou,
        )
    return Why.SHAPE, msg("The best possible IoU at these shapes is {iou:.2f}.", iou=iou)
