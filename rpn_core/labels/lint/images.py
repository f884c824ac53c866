"""Rules about images: whether they are there, and are what the annotations say.

Letters: N images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rpn_core.labels.finding import Findings, Rule, Severity, of_data_set, of_images, rowwise_all
from rpn_core.labels.label_set import LabelSet
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.messages import Message, msg, nmsg
from rpn_core.photo.limits import MAX_PIXELS
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
TOO_LARGE = Rule(
    "image-too-large",
    Severity.ERROR,
    msg("Image larger than can be opened"),
    msg("Its boxes are kept, but the image is never seen."),
    msg("Cut it into tiles, with the boxes of each, or save it smaller and scale its boxes."),
)
KIND_NOT_READ = Rule(
    "kind-not-read",
    Severity.ERROR,
    msg("Image of a kind that is not read"),
    msg("Its boxes lie on an image that is never seen."),
    msg("Save it as JPEG or PNG, and correct its name in the labels."),
)
KIND_UNUSED = Rule(
    "kind-unused",
    Severity.WARNING,
    msg("Files of a kind of image that is not read"),
    msg("They are passed over; labels that belong to them find no image."),
    msg("Save them as JPEG or PNG."),
)
SAME_FILE = Rule(
    "same-file",
    Severity.ERROR,
    msg("Several names that mean one image file"),
    msg("Boxes of another image would be taken for its own, so the image is left out."),
    msg("Add the image that is meant, or write the names with their folders."),
)
ELSEWHERE = Rule(
    "elsewhere",
    Severity.WARNING,
    msg("Image found in a folder of another name"),
    msg("If another image of the same name was meant, every box of it is wrong."),
    msg("Correct the folders in the labels, or add the image where it should be."),
)
# Of these nothing but the labels is used.
WITHOUT_IMAGE = (IMAGE_MISSING, IMAGE_UNREADABLE, TOO_LARGE, KIND_NOT_READ, SAME_FILE)
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
        missing = there[:, 0] == 0
        unread_files = images.find_unread(labels.names)
        unread = _files(labels, unread_files).found
        shared = _files(labels, images.meant.shared)
        elsewhere = _files(labels, images.meant.elsewhere)
        missing &= ~unread & ~shared.found
        large = there.prod(axis=1) > MAX_PIXELS
        swapped = other & rowwise_all(annotated == there[:, ::-1])
        found = [
            of_images(IMAGE_MISSING, missing, counts, _boxes),
            of_images(SAME_FILE, shared.found, shared.values, partial(_also_meant, shared.names)),
            of_images(KIND_NOT_READ, unread, counts, _boxes),
            of_images(IMAGE_UNREADABLE, there[:, 0] < 0, counts, _boxes),
            of_images(TOO_LARGE, large, there, _megapixels),
            of_images(
                ELSEWHERE, elsewhere.found, elsewhere.values, partial(_found_as, elsewhere.names)
            ),
            _unused(images, set(unread_files.values())),
            of_images(OTHER_SIZE, other & ~swapped, sizes, _two_sizes),
            of_images(TURNED, swapped, sizes, _two_sizes_upright),
            *found,
        ]
    return found


@dataclass(frozen=True, eq=False, slots=True)
class _Files:
    """Images with a file of which there is something to say: which, and its place in `names`."""

    found: NDArray[np.bool_]
    values: NDArray[np.float64]
    names: tuple[str, ...]


def _files(labels: LabelSet, files: Mapping[str, str]) -> _Files:
    found = np.array([name in files for name in labels.names], bool)
    names = tuple(files[name] for name in labels.names if name in files)
    return _Files(found, np.maximum(np.cumsum(found) - 1.0, 0)[:, None], names)


def _unused(images: ImageSource, told: set[str]) -> Findings:
    """Files that no label names; those that one does are told image by image."""
    unused = [name for name in images.unread if name not in told]
    came = partial(_first_of, unused[0] if unused else "")
    return of_data_set(KIND_UNUSED, came, len(unused), count=min(len(unused), 1))


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


def _also_meant(names: tuple[str, ...], place: float) -> Message:
    return msg("{file}, which another name means too", file=names[int(place)])


def _found_as(names: tuple[str, ...], place: float) -> Message:
    return msg("{file} was taken", file=names[int(place)])


def _first_of(first: str, count: float) -> Message:
    return nmsg(
        "{count} file, {first}",
        "{count:,} files, one is {first}",
        count=int(count),
        first=first,
    )


def _megapixels(height: float, width: float) -> Message:
    return msg(
        "{width:.0f} x {height:.0f} px, more than {most:.0f} million pixels",
        width=width,
        height=height,
        most=MAX_PIXELS / 1e6,
    )


def _as_image(earlier: float) -> Message:
    return msg("as image {earlier:.0f}, from 0", earlier=earlier)
