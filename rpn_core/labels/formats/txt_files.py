"""Label files of plain text, one for each image: which of the files they are, and whose.

A README, a list of images or of classes, a log or a caption is none: it neither lies in a folder of
labels nor beside an image of its name, or does not hold what a format's lines hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rpn_core.labels.format import Texts
from rpn_core.labels.stores.files import read_start
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.photo.kinds import is_image_name, without_suffix

# Folder of images -> folders beside it where their labels are looked for.
FOLDERS: dict[str, tuple[str, ...]] = {
    "images": ("labels", "labelTxt", "labelTxt-v1.0", "labelTxt-v1.5", "annotations", "annfiles"),
    "JPEGImages": ("labels",),  # as Darknet does
    "image_2": ("label_2",),  # KITTI
    "image_02": ("label_02",),
}
_OF_LABELS = frozenset(label for labels in FOLDERS.values() for label in labels)
_CLASS_LISTS = ("classes.txt", "obj.names", "predefined_classes.txt")
_PEEK = 4096
_LINES = 20  # of a file by which its format is known
_SAMPLE = 24  # files of a folder
_ENOUGH = 0.3  # of them: the first files may be bad ones

Looks = Callable[[Sequence[str]], bool]


def most(is_entry: Callable[[str], bool]) -> Looks:
    """Whether most lines are entries of a format."""
    return lambda lines: 2 * sum(map(is_entry, lines)) > len(lines)


def parses(parse: Callable[[str], object], line: str) -> bool:
    """Whether a format makes something of a line."""
    try:
        parse(line)
    except ValueError:
        return False
    return True


def txt_labels(texts: Texts, looks: Looks) -> list[str]:
    """The label files of a format, known by the lines in some files of each folder.

    Empty files belong to the format of the others, since an image without objects has one.

    Args:
        looks: whether the first lines of a file, blank ones left out, are of the format.
    """
    placed, loose = _by_place(texts)
    if not placed:
        return [name for name in loose if (lines := first_lines(texts, name)) and looks(lines)]
    found: list[str] = []
    empty: list[str] = []
    for names in _by_folder(placed).values():
        filled = [lines for name in _spread(names) if (lines := first_lines(texts, name))]
        if not filled:
            empty += names
        elif sum(map(looks, filled)) >= _ENOUGH * len(filled):
            found += names
    return sorted(found + empty) if found else []


def placed_txt(texts: Texts) -> list[str]:
    """The .txt files that lie where label files do, whatever is in them."""
    return _by_place(texts)[0]


def is_class_list(name: str) -> bool:
    return name.rpartition("/")[2].lower() in _CLASS_LISTS


def first_lines(texts: Texts, name: str) -> list[str]:
    """The first lines of a file that are not blank; whole ones, if there is more than one."""
    if name not in texts.seen:
        start = read_start(texts.files, name, _PEEK)
        cut = len(start) == _PEEK
        lines = [line.strip() for line in decoded(start).splitlines()]
        texts.seen[name] = "\n".join(
            [line for line in (lines[:-1] if cut and len(lines) > 1 else lines) if line][:_LINES]
        )
    return texts.seen[name].splitlines()


def decoded(data: bytes) -> str:
    """Text of numbers: UTF-8, or UTF-16 that says so; what is neither is marked in it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data[: len(data) & ~1].decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def labels_of(names: Sequence[str], images: ImageSource) -> dict[str, str]:
    """Image -> its label file, where it has one.

    By the path: that of `images/train/a.jpg` is `labels/train/a.txt`, or else `images/train/a.txt`.
    Where no file at all is an image's in this way (they came apart, in another zip perhaps), each
    means the image whose path ends as its own does, if there is but one.
    """
    stems = {without_suffix(name): name for name in names}
    found: dict[str, str] = {}
    for image in images.names:
        own = next((one for one in label_stems(image) if one in stems), None)
        if own is not None:
            found[image] = stems[own]
    if found:
        return found
    for stem, name in stems.items():
        meant = images.find(stem)
        if meant is not None:
            found.setdefault(meant, name)
    return found


def label_stems(image: str) -> list[str]:
    """Where an image's label file may lie, without its ending.

    >>> label_stems("train/images/a.b.jpg")[0], label_stems("a.jpg")
    ('train/labels/a.b', ['a'])
    """
    stem = without_suffix(image)
    *folders, base = stem.split("/")
    return [*("/".join([*beside, base]) for beside in label_folders(folders)), stem]


def label_folders(folders: Sequence[str]) -> list[list[str]]:
    """The same path with a folder of labels for the last folder of images."""
    for place in reversed(range(len(folders))):
        if folders[place] in FOLDERS:
            return [
                [*folders[:place], other, *folders[place + 1 :]]
                for other in FOLDERS[folders[place]]
            ]
    return []


def _by_place(texts: Texts) -> tuple[list[str], list[str]]:
    """The .txt files that lie where labels do, and the others."""
    names = [name for name in texts.ending_in(".txt") if not is_class_list(name)]
    bases = {without_suffix(name).rpartition("/")[2] for name in texts.images.names}
    placed = [
        name
        for name in names
        if any(part in _OF_LABELS for part in name.split("/")[:-1])
        or without_suffix(name).rpartition("/")[2] in bases
    ]
    known = set(placed)
    return placed, [name for name in names if name not in known]


def _by_folder(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.rpartition("/")[0], []).append(name)
    return found


def _spread(names: Sequence[str]) -> Sequence[str]:
    return names[:: max(1, len(names) // _SAMPLE)][:_SAMPLE]


def lists_images(lines: Sequence[str]) -> bool:
    """Whether lines are paths of images and nothing else, as in Darknet's train.txt."""
    return bool(lines) and all(map(is_image_name, lines))
