"""Rules about images: whether they are there, and are what the annotations say.

Letters: N images.
"""

from __future__ import annotations

import numpy as np

from rpn_core.labels.finding import Findings, Rule, Severity, of_images, rowwise_all
from rpn_core.labels.label_set import LabelSet
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.messages import Message, msg, nmsg
from rpn_core.progress import Progress

IMAGE_MISSING = Rule(
    "image-missing",
    Severity.ERROR,
    msg("Image that is not there"),
    msg("Training stops when it comes to this image, or silently never sees its boxes."),
    msg(
        "Add the image, or correct its name in the labels; of several of the same name, write the "
        "folder too."
    ),
)
IMAGE_UNREADABLE = Rule(
    "image-unreadable",
    Severity.ERROR,
    msg("Image file that is no image"),
    msg("Training stops when it comes to this image."),
    msg("Copy or export the file again."),
)
OTHER_SIZE = Rule(
    "other-size",
    Severity.ERROR,
    msg("Image of another size than annotated"),
    msg("Every box of it lies in the wrong place and has the wrong size."),
    msg("Use the image that was labelled, or scale the boxes by the ratio of the sizes."),
)
TURNED = Rule(
    "turned",
    Severity.ERROR,
    msg("Image whose height and width are swapped"),
    msg(
        "The boxes lie sideways on it, unless training reads the image without turning it upright "
        "too."
    ),
    msg("Save the image upright (its EXIF orientation turns it), or label it as people see it."),
)
SIZE_UNKNOWN = Rule(
    "size-unknown",
    Severity.NOTE,
    msg("Image of unknown size"),
    msg("What its boxes measure in the network's input cannot be said, nor whether they leave it."),
    msg("Write width and height into the annotations, or give the images."),
)
NO_BOXES = Rule(
    "no-boxes",
    Severity.NOTE,
    msg("Image without boxes to learn from"),
    msg("It teaches background only, which is wrong if objects in it were not labelled."),
    msg("Nothing, if it is empty on purpose; otherwise label it or leave it out."),
)
LISTED_TWICE = Rule(
    "listed-twice",
    Severity.WARNING,
    msg("Image that is listed more than once"),
    msg("Objects labelled in one entry are taught as background by the other."),
    msg("Put all its boxes under one entry."),
)


def image_findings(labels: LabelSet, images: ImageSource, progress: Progress) -> list[Findings]:
    """What is odd about images; of their files only headers are read."""
    count = len(labels.names)
    annotated = labels.sizes_hw
    known = rowwise_all(annotated > 0)
    boxes = np.bincount(labels.image, minlength=count)
    learnable = np.bincount(labels.image[labels.learnable()], minlength=count)
    counts = np.stack((boxes, learnable), 1).astype(np.float64)
    found = [
        of_images(SIZE_UNKNOWN, ~known, counts, _boxes),
        of_images(NO_BOXES, learnable == 0, counts, _boxes_to_learn_from),
        _listed_twice(labels),
    ]
    if images:
        there = images.sizes_hw(labels.names, progress)
        sizes = np.concatenate((annotated, there), 1)[:, [1, 0, 3, 2]].astype(np.float64)
        read = rowwise_all(there > 0)
        other = known & read & ~rowwise_all(annotated == there)
        swapped = other & rowwise_all(annotated == there[:, ::-1])
        found = [
            of_images(IMAGE_MISSING, there[:, 0] == 0, counts, _boxes),
            of_images(IMAGE_UNREADABLE, there[:, 0] < 0, counts, _boxes),
            of_images(OTHER_SIZE, other & ~swapped, sizes, _two_sizes),
            of_images(TURNED, swapped, sizes, _two_sizes_upright),
            *found,
        ]
    return found


def _listed_twice(labels: LabelSet) -> Findings:
    first: dict[str, int] = {}
    earlier = np.array(
        [first.setdefault(name, place) for place, name in enumerate(labels.names)], np.int64
    )
    again = earlier != np.arange(len(earlier))
    return of_images(LISTED_TWICE, again, earlier[:, None].astype(np.float64), _as_image)


# What came, in the numbers of a finding.


def _boxes(count: float, _learnable: float) -> Message:
    return nmsg("{count} box", "{count} boxes", count=int(count))


def _boxes_to_learn_from(count: float, _learnable: float) -> Message:
    return nmsg("{count} box, 0 to learn from", "{count} boxes, 0 to learn from", count=int(count))


def _two_sizes(width: float, height: float, file_width: float, file_height: float) -> Message:
    return msg(
        "annotated {width:.0f} x {height:.0f} px, the file has "
        "{file_width:.0f} x {file_height:.0f}",
        width=width,
        height=height,
        file_width=file_width,
        file_height=file_height,
    )


def _two_sizes_upright(
    width: float, height: float, file_width: float, file_height: float
) -> Message:
    return msg(
        "annotated {width:.0f} x {height:.0f} px, the file has "
        "{file_width:.0f} x {file_height:.0f} when upright",
        width=width,
        height=height,
        file_width=file_width,
        file_height=file_height,
    )


def _as_image(earlier: float) -> Message:
    return msg("as image {earlier:.0f}, from 0", earlier=earlier)
