"""Rules about the whole data set: boxes that were written in another frame than they are read in.

No single box proves such a mistake; that most boxes are impossible as read, and nearly all are
possible read the other way, does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rpn_core.counts import part_of_boxes
from rpn_core.labels.finding import Findings, Rule, Severity, of_data_set, rowwise_all
from rpn_core.labels.label_set import LabelSet
from rpn_core.messages import Message, msg

# As read, at least so many are impossible; read the other way, at least so many are possible.
# Real data sets have below 1% of impossible boxes, and boxes of the wrong frame above half.
IMPOSSIBLE_SHARE = 0.2
POSSIBLE_SHARE = 0.98
FRACTION_SHARE = 0.9  # of boxes with all corners within 0..1
MIN_BOXES = 5  # fewer prove nothing
_SLACK_PX = 1.5

XYWH_AS_XYXY = Rule(
    "xywh-as-xyxy",
    Severity.ERROR,
    msg("The boxes look like x, y, width, height, but are read as corners"),
    msg(
        "Nearly every box is wrong: many without area (a NaN loss), the others in the wrong place."
    ),
    msg("Write x2 = x + width and y2 = y + height, or name the columns x, y, w, h."),
)
XYXY_AS_XYWH = Rule(
    "xyxy-as-xywh",
    Severity.ERROR,
    msg("The boxes look like corners, but are read as x, y, width, height"),
    msg("Nearly every box is too large and leaves its image: anchors match what is no object."),
    msg("Write width = x2 - x1 and height = y2 - y1, as COCO's bbox has them."),
)
FRACTIONS_AS_PIXELS = Rule(
    "fractions-as-pixels",
    Severity.ERROR,
    msg("The boxes look like fractions of the image, but are read as pixels"),
    msg("Every box is smaller than a pixel: no anchor overlaps one, and nothing is learned."),
    msg("Multiply x by the image's width and y by its height."),
)
PIXELS_AS_FRACTIONS = Rule(
    "pixels-as-fractions",
    Severity.ERROR,
    msg("The boxes look like pixels, but are read as fractions of the image"),
    msg("Every box lies far outside its image, and nothing is learned."),
    msg("Divide x by the image's width and y by its height, as YOLO's labels have them."),
)


def frame_findings(labels: LabelSet) -> list[Findings]:
    """Evidence that the boxes are in another frame than they are read in."""
    finite = rowwise_all(np.isfinite(labels.boxes))
    boxes = labels.boxes[finite]
    if not len(boxes) or (len(boxes) < MIN_BOXES and not _between_pixels(boxes)):
        return []
    sizes = labels.sizes_hw[labels.image[finite]][:, ::-1].astype(np.float64)
    sizes[~rowwise_all(sizes > 0)] = np.inf  # unknown: nothing leaves it
    with np.errstate(all="ignore"):
        return [*_fractions(boxes, sizes), *_other_corners(boxes, sizes)]


def _between_pixels(boxes: NDArray[np.float64]) -> bool:
    """Whether each box lies within the first pixel and ends inside it: one alone proves enough."""
    within = rowwise_all((boxes >= 0) & (boxes <= 1))
    return bool((within & ~rowwise_all(boxes == boxes.round())).all())


def _possible(boxes: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes have area and lie in their image, give or take a pixel. (B,)."""
    low, high = boxes[:, :2], boxes[:, 2:]
    inside = (low >= -_SLACK_PX) & (high <= sizes + _SLACK_PX) & (high > low)
    return rowwise_all(inside)


def _fractions(boxes: NDArray[np.float64], sizes: NDArray[np.float64]) -> list[Findings]:
    within = rowwise_all((boxes >= -0.01) & (boxes <= 1.01))
    large = rowwise_all(sizes > 2)  # in an image of a pixel or two this says nothing
    if (within & large).mean() >= FRACTION_SHARE:
        return [of_data_set(FRACTIONS_AS_PIXELS, _within, int(within.sum()), len(boxes))]
    known = rowwise_all(np.isfinite(sizes)) & large
    far = known & ~rowwise_all(boxes <= 3 * np.tile(sizes, 2))
    back = np.where(known[:, None], boxes / np.tile(sizes, 2), 0.0)
    # cx, cy, w, h in pixels, taken back to centre and size, may touch the edges of the image.
    centre, size = (back[:, :2] + back[:, 2:]) / 2, back[:, 2:] - back[:, :2]
    fits = known & rowwise_all((centre <= sizes + _SLACK_PX) & (size <= sizes + _SLACK_PX))
    if far.mean() >= 0.5 and fits.mean() >= POSSIBLE_SHARE:
        return [of_data_set(PIXELS_AS_FRACTIONS, _beyond, int(far.sum()), len(boxes))]
    return []


def _other_corners(boxes: NDArray[np.float64], sizes: NDArray[np.float64]) -> list[Findings]:
    impossible = ~_possible(boxes, sizes)
    if impossible.mean() < IMPOSSIBLE_SHARE:
        return []
    found = []
    for rule, read_so in (
        (XYWH_AS_XYXY, np.concatenate((boxes[:, :2], boxes[:, :2] + boxes[:, 2:]), 1)),
        (XYXY_AS_XYWH, np.concatenate((boxes[:, :2], boxes[:, 2:] - boxes[:, :2]), 1)),
    ):
        possible = _possible(read_so, sizes)
        if possible.mean() >= POSSIBLE_SHARE:
            found.append(
                of_data_set(
                    rule, _impossible, int(impossible.sum()), int(possible.sum()), len(boxes)
                )
            )
    return found


# What came, in the numbers of a finding.


def _within(found: float, boxes: float) -> Message:
    return msg(
        "all four corners lie between 0 and 1 in {boxes}",
        boxes=part_of_boxes(int(found), int(boxes)),
    )


def _beyond(found: float, boxes: float) -> Message:
    return msg(
        "beyond three times their image's size: {boxes}",
        boxes=part_of_boxes(int(found), int(boxes)),
    )


def _impossible(impossible: float, possible: float, boxes: float) -> Message:
    return msg(
        "impossible as read (without area or outside the image): {boxes}; possible the other way: "
        "{possible:,.0f}",
        boxes=part_of_boxes(int(impossible), int(boxes)),
        possible=possible,
    )
