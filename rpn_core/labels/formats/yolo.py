"""YOLO: a text file per image, with a line per object in fractions of the image.

`yolo_lines` says what the numbers of a line are, `yolo_splits` which images a data.yaml means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rpn_core.counts import part_of_images
from rpn_core.errors import UserError
from rpn_core.labels.finding import Rule, Severity, of_data_set, rowwise_all
from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.bad_lines import BadLines
from rpn_core.labels.formats.txt_files import (
    first_lines,
    is_class_list,
    labels_of,
    lists_images,
    placed_txt,
    txt_labels,
)
from rpn_core.labels.formats.yolo_lines import MAX_CLASS, Lines, looks_like_yolo, tell, why_not
from rpn_core.labels.formats.yolo_names import MAX_YAML_BYTES, DataYaml, names_of_text
from rpn_core.labels.formats.yolo_splits import YAML, follow, leads_out, yamls_of
from rpn_core.labels.label_set import label_set
from rpn_core.labels.stores.files import read_file
from rpn_core.messages import Message, msg, nmsg
from rpn_core.photo.file_name import display_name
from rpn_core.photo.kinds import suffix_of
from rpn_core.progress import Progress, part

MAX_TEXT_BYTES = 8 << 20  # of one label file; 200,000 objects
NO_IMAGE = Rule(
    "no-image-for-fractions",
    Severity.ERROR,
    msg("Labels without their image"),
    msg("Their boxes are left out: fractions of an unknown size are no boxes."),
    msg("Give the image, with the name that its label file has."),
)


OUTSIDE = Rule(
    "image-outside",
    Severity.NOTE,
    msg("Images outside of the data set's folders"),
    msg("They are left out: no image in their folder has labels."),
    msg("Nothing, if they are plots or pictures of another kind."),
)


def _read(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    """Read the boxes of YOLO label files into pixels of the original images.

    An image's label file has its path with `labels` for the last folder `images`, or its path
    alone, and the ending .txt. Images without one are listed without boxes, as YOLO trains on
    them, if others in their folder have one or a data.yaml names it. Of an image only the header is
    read, for its size. Categories are called as data.yaml or a list of classes calls them; without,
    by their numbers.

    Args:
        names: of the label files.
    Raises:
        UserError: no line is an object, no label file has an image, or the classes have several
            names.
    """
    _refuse_others(texts, names)
    files, images = texts.files, texts.images
    label_of = labels_of(names, images)
    if names and not label_of:
        raise UserError(
            "{files} has YOLO labels but no image of theirs ({first} and {more:,} more): give the "
            "images too, since the boxes are fractions of their sizes.",
            files=files.shown,
            first=display_name(names[0]),
            more=len(names) - 1,
        )
    yamls = yamls_of(texts)
    splits = follow(texts, yamls)
    among = [name for name in images.names if splits.holds(name, label_of.get(name))]
    if not among:
        splits.nothing_there()
        among = list(images.names)
    listed = among if splits.found else _beside_labels(among, label_of)
    sizes = images.sizes_hw(listed, part(progress, 0.0, 0.5))
    readable = rowwise_all(sizes > 0)
    lines, bad = Lines(), BadLines(why_not)
    place_of_file: list[int] = []
    place_of = {name: place for place, name in enumerate(listed) if name in label_of}
    read = bad.files.read(
        list(place_of),
        lambda name: read_file(files, label_of[name], MAX_TEXT_BYTES),
        part(progress, 0.5, 1.0),
    )
    for name, data in read:
        lines.add(data, label_of[name], bad)
        place_of_file.append(place_of[name])
    found = tell(lines, _kpt_shape(yamls), bad)
    image = np.repeat(np.array(place_of_file, np.int64), [len(rows) for rows in found.rows])
    objects = np.concatenate([np.zeros((0, 5)), *found.rows])
    has_size = readable[image]
    objects, image = objects[has_size], image[has_size]
    classes = objects[:, 0].astype(np.int64)
    category, shown_names = _categories(classes, _class_names(texts, yamls))
    taken = set(label_of.values())
    lost = sum(1 for name in names if name not in taken and splits.holds_label(name))
    lost += int((~readable[place_of_file]).sum())
    labels = label_set(
        tuple(listed),
        _in_pixels(objects[:, 1:], sizes[image]),
        image,
        sizes_hw=np.maximum(sizes, 0),
        categories=shown_names,
        category=category,
    )
    without = len(among) - len(listed)
    remarks = (
        of_data_set(NO_IMAGE, _label_files, lost, len(names), count=min(lost, 1)),
        *bad.remarks(),
        *found.remarks,
        *splits.remarks(len(images.names) - len(among), len(images.names)),
        of_data_set(OUTSIDE, _images, without, len(images.names), count=min(without, 1)),
    )
    return ReadLabels(labels, tuple(remark for remark in remarks if len(remark)))


def _find(texts: Texts) -> Sequence[str]:
    """Label files are .txt in a folder `labels` or beside an image of their name.

    So a README.txt is none, and a list of images (train.txt) is none. Where all of them are empty,
    no image has an object.
    """
    found = txt_labels(texts, looks_like_yolo)
    if found:
        return found
    placed = placed_txt(texts)
    return [] if any(first_lines(texts, name) for name in placed) else placed


def _suspect(texts: Texts) -> Sequence[str]:
    """What lies where labels do; or a list of images; or a data.yaml alone."""
    placed = [name for name in placed_txt(texts) if not lists_images(first_lines(texts, name))]
    if placed:
        return placed
    lists = [name for name in texts.ending_in(".txt") if lists_images(first_lines(texts, name))]
    return lists or [name for name, _ in yamls_of(texts)]


def _refuse_others(texts: Texts, names: Sequence[str]) -> None:
    """Raises UserError for what is no label file, and says what it is."""
    if not names:
        return
    if suffix_of(names[0]) in YAML:
        raise leads_out(texts, names[0])
    if lists_images(first_lines(texts, names[0])):
        raise UserError(
            "{file} is a list of images, as Darknet and YOLO have: the boxes are in a text file "
            "beside each image or in a folder labels, so give the folder or zip with both.",
            file=display_name(names[0]),
        )


def _beside_labels(images: Sequence[str], label_of: Mapping[str, str]) -> list[str]:
    """The images in folders in which some image has labels, or whose folder is called images."""
    folders = {image.rpartition("/")[0] for image in label_of}
    return [
        image
        for image in images
        if (folder := image.rpartition("/")[0]) in folders or "images" in folder.split("/")
    ]


def _kpt_shape(yamls: Sequence[tuple[str, DataYaml]]) -> tuple[int, int] | None:
    return next((one.kpt_shape for _, one in yamls if one.kpt_shape), None)


def _class_names(texts: Texts, yamls: Sequence[tuple[str, DataYaml]]) -> dict[int, str] | None:
    """Number -> name, where a data.yaml or a list of classes says so."""
    named = [(name, one.names) for name, one in yamls if one.names is not None]
    if any(names != named[0][1] for _, names in named):
        raise UserError(
            "{files} has several YAML files with different names of the classes ({some}): keep one "
            "or, on the command line, give the one that counts.",
            files=texts.files.shown,
            some=[display_name(name) for name, _ in named[:4]],
        )
    lists = [name for name in texts.names if is_class_list(name)]
    if named:
        return named[0][1]
    return names_of_text(read_file(texts.files, lists[0], MAX_YAML_BYTES)) if lists else None


def _label_files(lost: float, files: float) -> Message:
    return nmsg(
        "{lost:,.0f} of {count} label file",
        "{lost:,.0f} of {count:,} label files",
        count=int(files),
        lost=lost,
    )


def _images(lost: float, images: float) -> Message:
    return part_of_images(int(lost), int(images))


def _in_pixels(fractions: NDArray[np.float64], sizes_hw: NDArray[np.int64]) -> NDArray[np.float64]:
    """(B, 4) xyxy in pixels of (B, 4) cx, cy, w, h in fractions."""
    with np.errstate(over="ignore", invalid="ignore"):
        centre, half = fractions[:, :2], fractions[:, 2:] / 2
        return np.concatenate((centre - half, centre + half), 1) * np.tile(sizes_hw[:, ::-1], 2)


def _categories(
    classes: NDArray[np.int64], names: Mapping[int, str] | None
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Each object's place among the names, and the names; a class beyond them is none, -1."""
    numbers = sorted(names) if names is not None else np.unique(classes).tolist()
    table = np.full(MAX_CLASS, -1)
    for place, number in enumerate(numbers):
        if 0 <= number < MAX_CLASS:
            table[number] = place
    shown = tuple(str(number) if names is None else names[number] for number in numbers)
    return table[classes], shown


YOLO = Format(
    "yolo",
    msg("YOLO txt"),
    msg("YOLO txt (with data.yaml and the images)"),
    (".txt", *YAML),
    _find,
    _read,
    _suspect,
)
