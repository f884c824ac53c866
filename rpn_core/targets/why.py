"""Why an object has no anchor that fits it well: the reason, with its numbers."""

from __future__ import annotations

from enum import Enum

from torch import Tensor

from rpn_core.boxes import clip_to_image, pairwise_iou, side_lengths
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


def count_anchors(count: int) -> str:
    """
    >>> count_anchors(1), count_anchors(1200)
    ('1 anchor', '1,200 anchors')
    """
    return "1 anchor" if count == 1 else f"{count:,} anchors"


def explain(case: Case, matching: ImageMatching, fit: ShapeFit, number: int) -> tuple[Why, str]:
    """Say why no anchor reaches the foreground threshold with an object.

    Returns:
        the reason, and the same as a clause with its numbers.
    """
    box = case.objects.boxes[number]
    if not bool(case.objects.has_area[number]):
        return Why.NO_AREA, "it has no area, so its offsets would be infinite; redraw or delete it"
    if bool(case.objects.crowd[number]):
        return Why.CROWD, (
            "it is a crowd region, not one object; anchors that lie in it by more than "
            f"{case.matching.crowd_iof_thresh:g} of their area are ignored"
        )
    if not bool((side_lengths(clip_to_image(box, case.image_hw)) > 0).all()):
        return Why.OUTSIDE, "it lies outside the image; move or delete it"
    if not len(case.anchors):
        return Why.NO_ANCHORS, "these settings leave no anchor"
    thresh = case.matching.fg_iou_thresh
    near = pairwise_iou(box[None], case.anchors.boxes)[0] >= thresh
    if bool(near.any()):
        return _kept_away(case, matching, near, number)
    if float(fit.iou[number]) < thresh:
        return _misfit(case, fit, number)
    stride = case.strides[int(fit.level[number])]
    return Why.GRID, (
        f"the grid of stride {stride} steps over it (best shape IoU {float(fit.iou[number]):.2f}, "
        f"best placed {float(matching.placed_iou[number]):.2f})"
    )


def _kept_away(case: Case, matching: ImageMatching, near: Tensor, number: int) -> tuple[Why, str]:
    """Anchors fit the object, but a rule or another object has them."""
    best = float(matching.placed_iou[number])
    state = matching.state[near]
    crossing = int((state == int(AnchorState.CROSSES_BORDER)).sum())
    crowded = int((state == int(AnchorState.IN_CROWD)).sum())
    one = len(state) == 1
    fitting = (
        f"{'the' if one else 'all'} {count_anchors(len(state))} that {'fits' if one else 'fit'} it "
        f"(best IoU {best:.2f})"
    )
    if crossing == len(state):
        rule = "crosses the image border and is" if one else "cross the image border and are"
        return Why.BORDER, f"{fitting} {rule} left out"
    if crowded == len(state):
        rule = "lies in a crowd region and is" if one else "lie in a crowd region and are"
        return Why.IN_CROWD, f"{fitting} {rule} ignored"
    if crossing + crowded == len(state):
        return Why.BORDER, f"{fitting} cross the image border or lie in a crowd region"
    rivals = matching.matches.best_object[near]
    rival = int(rivals[rivals >= 0][0]) + 1
    left_out = " or are left out by a rule" if crossing + crowded else ""
    return Why.TAKEN, (
        f"an anchor learns only from the object that it overlaps most, and {fitting} "
        f"{'overlaps' if one else 'overlap'} object {rival} at least as much{left_out}"
    )


def _misfit(case: Case, fit: ShapeFit, number: int) -> tuple[Why, str]:
    width, height = side_lengths(case.objects.boxes[number]).tolist()
    sides = [side_lengths(level.cell_anchors) for level in case.anchors.levels if level.count]
    areas = [float(area) for each in sides for area in each.prod(1)]
    best = f"best possible IoU at these shapes is {float(fit.iou[number]):.2f}"
    mine = f"{width:.0f} × {height:.0f} px of the network input"
    if width * height < min(areas):
        smallest = min(areas) ** 0.5
        return Why.TOO_SMALL, (
            f"it is smaller ({mine}) than the smallest anchor ({smallest:.0f} px), so the {best}"
        )
    if width * height > max(areas):
        largest = max(areas) ** 0.5
        return Why.TOO_LARGE, (
            f"it is larger ({mine}) than the largest anchor ({largest:.0f} px), so the {best}"
        )
    return Why.SHAPE, best
