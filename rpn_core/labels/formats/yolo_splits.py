"""Which images a data.yaml means: its `path`, `train`, `val`, `test`, followed as ultralytics does.

    path: ../data          below which the others are; else the file's own folder
    train: images/train    a folder with all below it, a list of such, or a text file of paths

A path only chooses among the files that came: from an upload or a zip nothing outside of it is
ever opened. Where a data.yaml itself was given on this machine, `files_of_yaml` lists the folders
that it points to.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from rpn_core.counts import part_of_images
from rpn_core.errors import UserError
from rpn_core.labels.finding import Findings, Rule, Severity, of_data_set
from rpn_core.labels.format import Texts
from rpn_core.labels.formats.txt_files import FOLDERS, decoded, label_folders
from rpn_core.labels.formats.yolo_names import MAX_YAML_BYTES, DataYaml, read_data_yaml
from rpn_core.labels.stores.files import Files, FolderFiles, read_file, read_start
from rpn_core.messages import Message, msg
from rpn_core.photo.file_name import display_name

_MAX_LIST_BYTES = 64 << 20  # COCO's train2017.txt has 4 MB
_ROOTS = 50  # folders that a list of images may point to
YAML = (".yaml", ".yml")
NOT_IN_SPLITS = Rule(
    "not-in-splits",
    Severity.NOTE,
    msg("Images that data.yaml does not name"),
    msg("They are left out with their labels, as in training."),
    msg("Nothing, if it is meant so; otherwise name their folder under train, val or test."),
)
ELSEWHERE = Rule(
    "points-elsewhere",
    Severity.WARNING,
    msg("data.yaml points to a place that is not here"),
    msg("What lies here in its stead is read; training looks where data.yaml says, and stops."),
    msg("Correct path, train, val or test, or give what they point to."),
)


@dataclass(eq=False, slots=True)
class Splits:
    """The places of images that data.yaml files name, as far as they are among the files.

    Attributes:
        folders: of images, with all below them; "" is the top.
        beside: folders of their labels.
        listed: images that a text file names.
        found: how many of the values lead to something.
        elsewhere: what is not where it should be, and what is read in its stead.
    """

    folders: set[str] = field(default_factory=set)
    beside: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    found: int = 0
    elsewhere: list[Message] = field(default_factory=list)

    def add(self, folder: str) -> None:
        """A folder of images."""
        self.folders.add(folder)
        self.beside |= {"/".join(one) for one in label_folders(folder.split("/"))}

    def holds(self, image: str, label: str | None) -> bool:
        """Whether an image is in one of them, or its label beside one: they may come apart."""
        if image in self.listed or _below(image, self.folders):
            return True
        return label is not None and _below(label, self.beside)

    def holds_label(self, label: str) -> bool:
        """Whether a label file lies where those of these places do."""
        return bool(self.listed) or _below(label, self.folders) or _below(label, self.beside)

    def nothing_there(self) -> None:
        """What they name holds no image: all that came counts instead."""
        self.elsewhere.append(
            msg("{places} without an image", places=sorted(self.folders | self.listed)[:4])
        )
        self.folders, self.listed, self.found = {""}, set(), 0

    def remarks(self, left_out: int, images: int) -> tuple[Findings, ...]:
        """What is not where it should be, and how many images none of them names."""
        found = []
        if self.elsewhere:
            nowhere = np.full(len(self.elsewhere), -1)
            values = np.arange(len(self.elsewhere), dtype=np.float64)[:, None]
            came = partial(_said, tuple(self.elsewhere))
            found.append(Findings(ELSEWHERE, nowhere, nowhere, values, came))
        if left_out:
            found.append(of_data_set(NOT_IN_SPLITS, _images, left_out, images))
        return tuple(found)


def yamls_of(texts: Texts) -> list[tuple[str, DataYaml]]:
    """The data.yaml files among the files; the one that was asked for counts alone.

    Raises:
        UserError: one of them is damaged.
    """
    names = [texts.named] if texts.named else texts.ending_in(*YAML)
    found = []
    for name in names:
        document = _read_yaml(texts.files, name)
        if document is not None:
            found.append((name, document))
    return found


def follow(texts: Texts, yamls: Sequence[tuple[str, DataYaml]]) -> Splits:
    """Look for all that data.yaml files name."""
    found = Splits()
    places = _Places(texts)
    for name, document in yamls:
        own = name.rpartition("/")[0]
        for key, value in document.splits:
            written = _joined(document.path, value)
            place, exact = places.find(own, document.path, value)
            if place is None:
                found.elsewhere.append(msg("{key}: {value}", key=key, value=written[:200]))
                continue
            found.found += 1
            if not exact:
                found.elsewhere.append(
                    msg(
                        "{key}: {value}; {here} is read",
                        key=key,
                        value=written[:200],
                        here=place or texts.files.shown,
                    )
                )
            if place in places.lists:
                found.listed |= _images_of_list(texts, place, own, document.path)
            else:
                found.add(place)
    if not found.found:
        found.add("")
    return found


def _below(name: str, folders: Iterable[str]) -> bool:
    return any(not one or name.startswith(f"{one}/") for one in folders)


def leads_out(texts: Texts, name: str) -> UserError:
    """What to say of a data.yaml beside which there are no labels."""
    document = _read_yaml(texts.files, name)
    shown = display_name(name)
    if document is None or not document.splits:
        return UserError(
            "{file} names classes, but there are no labels beside it: give the folder or zip with "
            "labels and images.",
            file=shown,
        )
    key, value = document.splits[0]
    written = _joined(document.path, value)
    if texts.named:
        return UserError(
            "{file} has its images at {value!r} ({key}), but there are no labels of theirs there: "
            "correct path and {key}, or give the folder with labels and images.",
            file=shown,
            value=written[:200],
            key=key,
        )
    return UserError(
        "{file} has its images at {value!r} ({key}), outside of what was given: give the folder or "
        "zip that holds them or, on the command line, {file} itself.",
        file=shown,
        value=written[:200],
        key=key,
    )


def files_of_yaml(path: Path) -> tuple[Files, str]:
    """What a data.yaml on this machine stands for: the folders it points to, and its name there.

    Where it points to nothing that exists, its own folder.

    Raises:
        UserError: it is damaged or cannot be read.
    """
    path = path.resolve()
    own = path.parent
    document = _read_yaml(FolderFiles(own, [path.name]), path.name)
    roots = set() if document is None else _roots(own, document)
    roots -= {Path(own.anchor)}  # nobody means the whole machine
    outermost = [one for one in roots if not any(one.is_relative_to(o) for o in roots - {one})]
    if not outermost:
        outermost = [own]
    if outermost == [own]:
        return FolderFiles(own), path.name
    top = Path(os.path.commonpath([own, *outermost]))
    named = path.relative_to(top).as_posix()
    shown = display_name(outermost[0].name if len(outermost) == 1 else path.name)
    return FolderFiles(top, [named], shown, within=outermost), named


def _roots(own: Path, document: DataYaml) -> set[Path]:
    """The folders with the images and labels that a data.yaml names, if they exist."""
    found: set[Path] = set()
    bases = _bases(own, document.path)
    for _, value in document.splits:
        ways = [base / one for base in bases for one in _spellings(value)]
        place = next((there for way in ways if (there := _there(way))), None)
        if place is None:
            continue
        base = next((one for one in bases if place.is_relative_to(one)), None)
        if base is not None and (place != base or place.name not in FOLDERS):
            found.add(base)
        elif place.is_dir():
            found.add(_above_images(place))
        if place.is_file():
            found.add(place.parent if base is None else base)
            found |= _roots_of_list(place)
    return found


def _bases(own: Path, path: str) -> list[Path]:
    """The folders that `path` can mean, as far as they exist; else the file's own."""
    found = [own / path, Path.cwd() / path] if path else []
    return [there for one in found if (there := _there(one)) and there.is_dir()] + [own]


def _there(path: Path) -> Path | None:
    """A path without its links, if there is something that may be looked at."""
    try:
        return path.resolve() if path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, forbidden, a circle of links
        return None


def _above_images(folder: Path) -> Path:
    parts = folder.parts
    for place in reversed(range(1, len(parts))):
        if parts[place] in FOLDERS:
            return Path(*parts[:place])
    return folder


def _roots_of_list(path: Path) -> set[Path]:
    found: set[Path] = set()
    store = FolderFiles(path.parent, [path.name])
    for line in decoded(read_file(store, path.name, _MAX_LIST_BYTES)).splitlines():
        one = Path(line.strip())
        if line.strip() and len(found) < _ROOTS:
            folder = _there((path.parent / one).parent)
            if folder is not None and folder.is_dir():
                found.add(_above_images(folder))
    return found


class _Places:
    """Folders of images or of labels, and lists of images, among the files."""

    def __init__(self, texts: Texts) -> None:
        self.root = texts.files.root
        self.lists = frozenset(texts.ending_in(".txt"))
        folders: set[str] = {""}
        for name in (*texts.images.names, *texts.names):
            folder = name.rpartition("/")[0]
            while folder and folder not in folders:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        self.folders = folders
        self._ends: dict[str, str | None] = {}
        for one in sorted((folders - {""}) | self.lists):
            parts = one.split("/")
            for place in range(len(parts)):
                end = "/".join(parts[place:])
                self._ends[end] = None if end in self._ends else one

    def find(self, own: str, path: str, value: str) -> tuple[str | None, bool]:
        """What a value means, and whether it is there where it says.

        Args:
            own: folder of the data.yaml.
            path: as the data.yaml has it.
        """
        for one in _spellings(value):
            for base in (
                _joined(own, path),
                *([os.path.abspath(path)] if self.root and path else []),
            ):
                place = self._inside(_joined(base, one))
                if place is not None:
                    return place, True
        for one in _spellings(value):
            place = self._inside(_joined(own, one)) if path else None
            if place is not None:
                return place, False
        parts = [part for part in _joined(path, value).replace("\\", "/").split("/") if part]
        parts = [part for part in parts if part not in (".", "..")]
        for start in range(len(parts)):
            found = self._ends.get("/".join(parts[start:]))
            if found is not None:
                return found, False
        return None, False

    def _inside(self, path: str) -> str | None:
        """A folder or list of this path, "" for the top; None where there is none."""
        path = path.replace("\\", "/")
        if posixpath.isabs(path):
            if self.root is None:
                return None
            path = os.path.relpath(path, self.root).replace(os.sep, "/")
        path = posixpath.normpath(path) if path else "."
        path = "" if path == "." else path
        if path in self.lists or path in self.folders:
            return path
        beside = ("/".join(one) for one in label_folders(path.split("/")))
        return path if any(one in self.folders for one in beside) else None


def _spellings(value: str) -> list[str]:
    """As it is written and, as ultralytics tries, without the ../ that Roboflow puts before it."""
    return [value, value[3:]] if value.startswith("../") else [value]


def _joined(base: str, path: str) -> str:
    return posixpath.join(base.replace("\\", "/"), path.replace("\\", "/"))


def _images_of_list(texts: Texts, name: str, own: str, path: str) -> set[str]:
    """The images that a text file names; a path that begins with ./ is below the file's folder."""
    here = name.rpartition("/")[0]
    bases = (here, _joined(own, path), own)
    known = frozenset(texts.images.names)
    found = set()
    for line in decoded(read_file(texts.files, name, _MAX_LIST_BYTES)).splitlines():
        line = line.strip().replace("\\", "/")
        if not line:
            continue
        ways = (posixpath.normpath(posixpath.join(base, line)) for base in bases)
        image = next((way for way in ways if way in known), None) or texts.images.find(line)
        if image is not None:
            found.add(image)
    return found


def _read_yaml(files: Files, name: str) -> DataYaml | None:
    if files.size(name) > MAX_YAML_BYTES and b"names" not in read_start(
        files, name, MAX_YAML_BYTES
    ):
        return None  # of another tool
    return read_data_yaml(read_file(files, name, MAX_YAML_BYTES), display_name(name))


# What came, in the numbers of a finding.


def _said(said: tuple[Message, ...], which: float) -> Message:
    return said[int(which)]


def _images(left_out: float, images: float) -> Message:
    return part_of_images(int(left_out), int(images))
