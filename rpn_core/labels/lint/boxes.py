"""Rules about single boxes.

Letters: B boxes, N images.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rpn_core.labels.finding import Findings, Rule, Severity, of_boxes, rowwise_all
from rpn_core.labels.label_set import LabelSet
from rpn_core.messages import Message, msg

# Annotations are often rounded to whole pixels; half a pixel beyond the edge is no mistake.
OUTSIDE_TOLERANCE_PX = 0.5
TINY_PX = 8.0

NOT_FINITE = Rule(
    "not-finite",
    Severity.ERROR,
    msg("Box that is not four finite numbers"),
    msg("One such box makes the loss NaN, and from that step on every weight."),
    msg("Correct or remove the annotation."),
)
NO_AREA = Rule(
    "no-area",
    Severity.ERROR,
    msg("Box without area (x2 <= x1 or y2 <= y1)"),
    msg(
        "The targets hold the logarithm of a side that is 0 or negative: torchvision refuses to "
        "train, other code gets a NaN or infinite loss."
    ),
    msg("Swap corners that are in the wrong order, and remove boxes without width or height."),
)
WHOLLY_OUTSIDE = Rule(
    "wholly-outside",
    Severity.ERROR,
    msg("Box wholly outside its image"),
    msg("Clipped to the image it has no area; unclipped, no anchor inside the image overlaps it."),
    msg(
        "See whether the box belongs to another image or to the image at another size, or remove "
        "it."
    ),
)
PARTLY_OUTSIDE = Rule(
    "partly-outside",
    Severity.WARNING,
    msg("Box that leaves its image"),
    msg("Proposals are clipped to the image, so none reaches this box; its best IoU is below 1."),
    msg("Clip it to the image; if many boxes leave theirs, see whether they are at another scale."),
)
BELOW_A_PIXEL = Rule(
    "below-a-pixel",
    Severity.WARNING,
    msg("Box with a side of at most one pixel"),
    msg(
        "It is next to never an object; as a forced match it teaches an anchor that overlaps "
        "nothing."
    ),
    msg("Remove it, or see whether the coordinates are fractions."),
)
TINY = Rule(
    "tiny",
    Severity.NOTE,
    msg("Tiny box"),
    msg(
        "Most anchor settings have no shape this small: without the low-quality rule it has no "
        "positive."
    ),
    msg("Enlarge the network's input, add smaller anchors, or leave such objects out on purpose."),
)
DUPLICATE = Rule(
    "duplicate",
    Severity.WARNING,
    msg("Box that repeats an earlier one of its image"),
    msg(
        "Both cannot be the best match of an anchor: the later one has no positive of its own, and "
        "recall counts one object twice."
    ),
    msg("Remove one of them."),
)
DUPLICATE_OTHER = Rule(
    "duplicate-other-category",
    Severity.NOTE,
    msg("Box that repeats one of another category"),
    msg(
        "To an RPN the two are one object: the later one has no positive of its own, and recall "
        "counts it twice."
    ),
    msg("Nothing, if objects may have several categories; otherwise remove one."),
)
CROWD = Rule(
    "crowd",
    Severity.NOTE,
    msg("Crowd (iscrowd is set)"),
    msg(
        "Training leaves it out, so it has no positives; an image with nothing else teaches "
        "background only."
    ),
    msg("Nothing, if it is a crowd; otherwise set iscrowd to 0."),
)
DIFFICULT = Rule(
    "difficult",
    Severity.NOTE,
    msg("Difficult (the flag is set)"),
    msg("Here it counts as any other box; many VOC loaders drop it, and then it has no positives."),
    msg("Decide whether training is to see it, and treat it the same way in evaluation."),
)
NO_CATEGORY = Rule(
    "no-category",
    Severity.WARNING,
    msg("Category that is not listed"),
    msg("An RPN does not care, but the detector behind it cannot learn what this object is."),
    msg("List the category, or correct its number."),
)


def box_findings(labels: LabelSet, tiny_px: float = TINY_PX) -> list[Findings]:
    """What is odd about single boxes, each rule over all of them at once.

    A box that is not finite, or has no area, is under that heading only.

    Args:
        tiny_px: in pixels of the original image; a box is tiny if its shorter side is below.
    """
    boxes = labels.boxes
    finite = rowwise_all(np.isfinite(boxes))
    with np.errstate(over="ignore", invalid="ignore"):
        sides = boxes[:, 2:] - boxes[:, :2]
        area = finite & rowwise_all(sides > 0)
        shorter = sides.min(1)
    wholly, partly = _outside(labels)
    sizes = labels.sizes_hw[labels.image][:, ::-1]
    four_and_size = np.concatenate((boxes, sizes), 1)
    first = _first_alike(labels)
    later = area & (first >= 0)
    same = np.where(labels.category == labels.category[first], 1.0, 0.0)
    small = np.concatenate((sides, np.broadcast_to(tiny_px, (len(sides), 1))), 1)
    return [
        of_boxes(NOT_FINITE, labels, ~finite, boxes, _corners),
        of_boxes(NO_AREA, labels, finite & ~area, boxes, _corners),
        of_boxes(WHOLLY_OUTSIDE, labels, area & wholly, four_and_size, _corners_and_image),
        of_boxes(PARTLY_OUTSIDE, labels, area & partly, four_and_size, _corners_and_image),
        of_boxes(BELOW_A_PIXEL, labels, area & (shorter <= 1), sides, _sides),
        of_boxes(TINY, labels, area & (shorter > 1) & (shorter < tiny_px), small, _tiny_sides),
        of_boxes(DUPLICATE, labels, later & (same > 0), first[:, None], _same_as),
        of_boxes(DUPLICATE_OTHER, labels, later & (same == 0), first[:, None], _other_as),
        of_boxes(CROWD, labels, labels.crowd, sides, _sides),
        of_boxes(DIFFICULT, labels, labels.difficult, sides, _sides),
        of_boxes(NO_CATEGORY, labels, labels.category < 0, boxes, _corners),
    ]


# What came, in the numbers of a finding.


def _corners(x1: float, y1: float, x2: float, y2: float) -> Message:
    return msg("x1 {x1:g}, y1 {y1:g}, x2 {x2:g}, y2 {y2:g}", x1=x1, y1=y1, x2=x2, y2=y2)


def _corners_and_image(
    x1: float, y1: float, x2: float, y2: float, width: float, height: float
) -> Message:
    return msg(
        "{corners}; the image has {width:.0f} x {height:.0f} px",
        corners=_corners(x1, y1, x2, y2),
        width=width,
        height=height,
    )


def _sides(width: float, height: float) -> Message:
    return msg("width {width:g}, height {height:g} px", width=width, height=height)


def _tiny_sides(width: float, height: float, least: float) -> Message:
    return msg(
        "width {width:g}, height {height:g} px, below {least:g}",
        width=width,
        height=height,
        least=least,
    )


def _same_as(first: float) -> Message:
    return msg("as box {first:.0f}, same category", first=first)


def _other_as(first: float) -> Message:
    return msg("as box {first:.0f}, another category", first=first)


def _outside(labels: LabelSet) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which boxes lie wholly, and which partly, outside; (B,) each. An unknown size tells not."""
    sizes = labels.sizes_hw[labels.image][:, ::-1].astype(np.float64)
    known = rowwise_all(sizes > 0)
    low, high = labels.boxes[:, :2], labels.boxes[:, 2:]
    with np.errstate(invalid="ignore"):
        wholly = known & ~rowwise_all((high > 0) & (low < sizes))
        within = (low >= -OUTSIDE_TOLERANCE_PX) & (high <= sizes + OUTSIDE_TOLERANCE_PX)
    return wholly, known & ~rowwise_all(within) & ~wholly


def _first_alike(labels: LabelSet) -> NDArray[np.int64]:
    """(B,) the first box of the same image with the same corners to 0.001 px, or -1 for itself."""
    count = len(labels.image)
    with np.errstate(over="ignore", invalid="ignore"):
        corners = labels.boxes.round(3)
    order = np.lexsort((*corners.T[::-1], labels.image))  # stable: of equals the earlier first
    placed, of_image = corners[order], labels.image[order]
    starts = np.ones(count, bool)
    if count:
        starts[1:] = (of_image[1:] != of_image[:-1]) | (placed[1:] != placed[:-1]).any(1)
    leader = np.maximum.accumulate(np.where(starts, np.arange(count), 0))
    first = np.full(count, -1)
    first[order[~starts]] = order[leader[~starts]]
    return first
