"""Numbers with what they count, for a sentence that counts several things: each has its own form.

msg("{boxes} in {images}", boxes=count_boxes(1), images=count_images(300))
"""

from __future__ import annotations

from rpn_core.messages import Message, nmsg


def count_anchors(count: int) -> Message:
    """
    >>> print(count_anchors(1), "and", count_anchors(1200))
    1 anchor and 1,200 anchors
    """
    return nmsg("{count} anchor", "{count:,} anchors", count=count)


def count_boxes(count: int) -> Message:
    return nmsg("{count} box", "{count:,} boxes", count=count)


def count_images(count: int) -> Message:
    return nmsg("{count} image", "{count:,} images", count=count)


def count_levels(count: int) -> Message:
    return nmsg("{count} level", "{count:,} levels", count=count)


def count_objects(count: int) -> Message:
    return nmsg("{count} object", "{count:,} objects", count=count)


def part_of_boxes(part: int, count: int) -> Message:
    """
    >>> print(part_of_boxes(1, 1), "and", part_of_boxes(1, 20))
    1 of 1 box and 1 of 20 boxes
    """
    return nmsg("{part:,} of {count} box", "{part:,} of {count:,} boxes", count=count, part=part)


def part_of_images(part: int, count: int) -> Message:
    return nmsg("{part:,} of {count} image", "{part:,} of {count:,} images", count=count, part=part)


def part_of_objects(part: int, count: int) -> Message:
    return nmsg(
        "{part:,} of {count} object", "{part:,} of {count:,} objects", count=count, part=part
    )
