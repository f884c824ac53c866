"""YOLO: a text file per image, with a line per object in fractions of the image.

class  cx  cy  w  h        centre and size, as fractions of the image's width and height
class  x1  y1  x2  y2 ...  an outline of three points or more; its bounds are the box
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.labels.finding import Rule, Severity, of_data_set
from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats.yolo_names import MAX_YAML_BYTES, names_of_text, names_of_yaml
from rpn_core.labels.label_set import label_set
from rpn_core.labels.stores.files import Files, read_file, read_start
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.messages import Message, msg, nmsg
from rpn_core.photo.file_name import display_name
from rpn_core.photo.kinds import without_suffix
from rpn_core.progress import Progress, part, told

MAX_TEXT_BYTES = 8 << 20  # of one label file; 200,000 objects
_MAX_CLASS = 100_000
_CLASS_LISTS = ("classes.txt", "obj.names", "predefined_classes.txt")
_YAML = (".yaml", ".yml")
_PEEK = 4096
NO_IMAGE = Rule(
    "no-image-for-fractions",
    Severity.ERROR,
    msg("Labels without their image"),
    msg("Their boxes are left out: fractions of an unknown size are no boxes."),
    msg("Give the image, with the name that its label file has."),
)


def _read(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    """Read the boxes of YOLO label files into pixels of the original images.

    An image's label file has its path with `labels` for the last folder `images`, or its path
    alone, and the ending .txt. Images without one are listed without boxes, as YOLO trains on
    them. Of an image only the header is read, for its size. Categories are called as data.yaml or a
    list of classes calls them; without, by their numbers.

    Args:
        names: of the label files.
    Raises:
        UserError: a line is no object, no label file has an image, or the classes have several
            names.
    """
    files, images = texts.files, texts.images
    labels_of = _matched(names, images)
    if names and not labels_of:
        raise UserError(
            "{files} has YOLO labels but no image of theirs ({first} and {more:,} more): give the "
            "images too, since the boxes are fractions of their sizes.",
            files=files.shown,
            first=display_name(names[0]),
            more=len(names) - 1,
        )
    listed = images.names
    sizes = images.sizes_hw(listed, part(progress, 0.0, 0.5))
    readable = [height > 0 for height in sizes[:, 0].tolist()]
    rows: list[NDArray[np.float64]] = []
    image: list[NDArray[np.int64]] = []
    for place, name in enumerate(told(listed, part(progress, 0.5, 1.0))):
        own = labels_of.get(name)
        if own is not None:
            found = _objects(read_file(files, own, MAX_TEXT_BYTES), own)
            if readable[place]:
                rows.append(found)
                image.append(np.full(len(found), place))
    objects = np.concatenate([np.zeros((0, 5)), *rows])
    place_of = np.concatenate([np.zeros(0, np.int64), *image])
    classes = objects[:, 0].astype(np.int64)
    category, shown_names = _categories(classes, _class_names(texts))
    matched = sum(1 for name in listed if name in labels_of)
    unread = sum(
        1 for name, read in zip(listed, readable, strict=True) if name in labels_of and not read
    )
    lost = len(names) - matched + unread
    return ReadLabels(
        label_set(
            listed,
            _in_pixels(objects[:, 1:], sizes[place_of]),
            place_of,
            sizes_hw=np.maximum(sizes, 0),
            categories=shown_names,
            category=category,
        ),
        (of_data_set(NO_IMAGE, _label_files, lost, len(names)),) if lost else (),
    )


def _find(texts: Texts) -> Sequence[str]:
    """Label files are .txt in a folder `labels` or beside an image of their name.

    So a README.txt is none, and a list of images (train.txt) is none.
    """
    loose = [name for name in texts.ending_in(".txt") if not _is_class_list(name)]
    images = texts.images.names
    if not images:  # which the reader will ask for
        in_place = [name for name in loose if "labels" in name.split("/")[:-1]]
        return in_place or [name for name in loose if _begins_with_an_object(texts.files, name)]
    stems = {label_stem(name) for name in images} | {without_suffix(name) for name in images}
    bases = {stem.rpartition("/")[2] for stem in stems}
    return [
        name
        for name in loose
        if "labels" in name.split("/")[:-1] or without_suffix(name).rpartition("/")[2] in bases
    ]


def _is_class_list(name: str) -> bool:
    return name.rpartition("/")[2].lower() in _CLASS_LISTS


def _begins_with_an_object(files: Files, name: str) -> bool:
    first = read_start(files, name, _PEEK).lstrip().partition(b"\n")[0].split()
    try:
        return len([float(text) for text in first]) >= 5
    except ValueError:
        return False


def _class_names(texts: Texts) -> dict[int, str] | None:
    """Number -> name, where a data.yaml or a list of classes says so."""
    found: dict[int, str] | None = None
    for name in texts.ending_in(*_YAML):
        named = names_of_yaml(read_file(texts.files, name, MAX_YAML_BYTES), display_name(name))
        if named is not None and found is not None and named != found:
            raise UserError(
                "{files} has several YAML files with different names of the classes: keep one.",
                files=texts.files.shown,
            )
        found = found if named is None else named
    lists = [name for name in texts.names if _is_class_list(name)]
    if found is None and lists:
        return names_of_text(read_file(texts.files, lists[0], MAX_YAML_BYTES))
    return found


def label_stem(image: str) -> str:
    """Where an image's label file lies, without its ending.

    >>> label_stem("train/images/a.b.jpg"), label_stem("a.jpg")
    ('train/labels/a.b', 'a')
    """
    folders, slash, base = image.rpartition("/")
    parts = folders.split("/")
    for place in reversed(range(len(parts))):
        if parts[place] == "images":
            parts[place] = "labels"
            break
    return without_suffix("/".join(parts) + slash + base)


def _matched(names: Sequence[str], images: ImageSource) -> dict[str, str]:
    """Image -> its label file.

    Exact paths come first; label files that are left (their images came apart from them, in
    another zip perhaps) mean the image of their name, if there is one such image.
    """
    stems = {without_suffix(name): name for name in names}
    found: dict[str, str] = {}
    for image in images.names:
        for stem in (label_stem(image), without_suffix(image)):
            if stem in stems:
                found[image] = stems[stem]
                break
    taken = set(found.values())
    for name in names:
        if name not in taken:
            stem = without_suffix(name)
            image_name = images.find(stem)
            if image_name is not None and image_name not in found:
                found[image_name] = name
    return found


def _objects(data: bytes, name: str) -> NDArray[np.float64]:
    """(objects, 5) class, cx, cy, w, h of a label file."""
    try:
        lines = [line.split() for line in data.decode().splitlines()]
        rows = [line for line in lines if line]
        if all(len(row) == 5 for row in rows):
            found = np.array(rows, np.float64).reshape(-1, 5)
        else:
            found = np.array([_object(row) for row in rows])
        if found.size and not _classes_are_numbers(found[:, 0]):
            raise ValueError
        return found
    except (ValueError, OverflowError):
        raise UserError(_complaint(data, name)) from None


def _classes_are_numbers(classes: NDArray[np.float64]) -> bool:
    return bool(((classes >= 0) & (classes < _MAX_CLASS) & (classes == np.floor(classes))).all())


def _object(row: Sequence[str]) -> list[float]:
    numbers = [float(text) for text in row]
    if len(numbers) == 5:
        return numbers
    if len(numbers) < 7 or len(numbers) % 2 == 0:
        raise ValueError
    xs, ys = numbers[1::2], numbers[2::2]
    x1, x2, y1, y2 = min(xs), max(xs), min(ys), max(ys)
    return [numbers[0], (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]


def _complaint(data: bytes, name: str) -> Message:
    """Name the first line that is wrong."""
    for number, line in enumerate(data.decode().splitlines(), 1):
        row = line.split()
        try:
            if not row or _classes_are_numbers(np.array([_object(row)[0]])):
                continue
        except (ValueError, OverflowError):
            pass
        if len(row) == 5:
            return msg(
                "Line {line} of {file} reads {text!r}: YOLO labels have five numbers per line, "
                "class cx cy w h, or a class and an outline.",
                line=number,
                file=display_name(name),
                text=line.strip()[:40],
            )
        if len(row) == 6:
            return msg(
                "Line {line} of {file} has 6 values (a score too, perhaps: then they are "
                "detections): YOLO labels have five numbers per line, class cx cy w h, or a class "
                "and an outline.",
                line=number,
                file=display_name(name),
            )
        return nmsg(
            "Line {line} of {file} has {count} value: YOLO labels have five numbers per line, "
            "class cx cy w h, or a class and an outline.",
            "Line {line} of {file} has {count} values: YOLO labels have five numbers per line, "
            "class cx cy w h, or a class and an outline.",
            count=len(row),
            line=number,
            file=display_name(name),
        )
    return msg(
        "{file} is no text: YOLO labels have five numbers per line.", file=display_name(name)
    )


def _label_files(lost: float, files: float) -> Message:
    return nmsg(
        "{lost:,.0f} of {count} label file",
        "{lost:,.0f} of {count:,} label files",
        count=int(files),
        lost=lost,
    )


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
    table = np.full(_MAX_CLASS, -1)
    for place, number in enumerate(numbers):
        if 0 <= number < _MAX_CLASS:
            table[number] = place
    shown = tuple(str(number) if names is None else names[number] for number in numbers)
    return table[classes], shown


YOLO = Format(
    "yolo",
    msg("YOLO txt"),
    msg("YOLO txt (with data.yaml and the images)"),
    (".txt", *_YAML),
    _find,
    _read,
)
