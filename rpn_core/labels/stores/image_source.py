"""The images behind the labels, found by the names that the labels give them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.labels.stores.files import Files, read_file
from rpn_core.labels.stores.image_header import image_size_hw
from rpn_core.messages import nmsg
from rpn_core.photo.file_name import display_name
from rpn_core.photo.reader import MAX_FILE_BYTES
from rpn_core.progress import Progress, no_progress, told

SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
)
_UNREADABLE = (-1, -1)
_MAX_DEPTH = 12  # folders of a path that are compared


def is_image_name(name: str) -> bool:
    return suffix_of(name) in SUFFIXES


def suffix_of(name: str) -> str:
    """In lower case, with its dot; "" where there is none.

    >>> suffix_of("a.b/C.JPG"), suffix_of("a.b/c")
    ('.jpg', '')
    """
    base = name.rpartition("/")[2]
    stem, dot, suffix = base.rpartition(".")
    return f".{suffix.lower()}" if dot and stem else ""


def without_suffix(name: str) -> str:
    return name[: len(name) - len(suffix_of(name))]


def _parts(name: str) -> tuple[str, ...]:
    """A path as labels spell it, cut at both kinds of slash, so that spellings compare equal.

    Composed and decomposed accents and upper and lower case are taken for the same: a zip made on
    macOS and labels written on Windows mean the same file.
    """
    spelt = unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()
    return tuple(part for part in spelt.split("/") if part not in ("", ".", ".."))


class ImageSource:
    """Images in a folder or a zip, or none at all.

    A name from the labels may be a bare file name, a path below the folder, or an absolute path
    of the machine on which the labels were made. It only chooses among the files that the store
    lists: the one whose path ends as the name does, as long as there is one such file.
    """

    def __init__(self, files: Files | None = None) -> None:
        self.names: tuple[str, ...] = (
            tuple(name for name in files.names if is_image_name(name)) if files else ()
        )
        self.files = files
        self._known = frozenset(self.names)
        self._by_end: dict[str, str | None] | None = None
        self._by_stem: dict[str, str | None] | None = None
        self._sizes: dict[str, tuple[int, int]] = {}

    def __bool__(self) -> bool:
        """Whether there is any image."""
        return bool(self.names)

    def find(self, name: str) -> str | None:
        """Which file a name of the labels means; None where none or several would do.

        A name without an image's suffix means the image of that stem, whatever its kind.
        """
        if name in self._known:
            return name
        parts = _parts(name)
        if not parts:
            return None
        if is_image_name(parts[-1]):
            self._by_end = self._by_end or _ends(self.names, _parts)
            return _longest_end(parts, self._by_end)
        self._by_stem = self._by_stem or _ends(self.names, lambda one: _parts(without_suffix(one)))
        return _longest_end(parts, self._by_stem)

    def read(self, name: str) -> bytes:
        """The bytes of the image that a name of the labels means.

        Raises:
            UserError: there is none, or it is damaged or larger than a photo may be.
        """
        found = self.find(name)
        if found is None or self.files is None:
            raise UserError(
                nmsg(
                    "The image {image} is not the one that came with the labels: add it, or "
                    "correct its name in the labels.",
                    "The image {image} is not among the {count:,} images that came with the "
                    "labels: add it, or correct its name in the labels.",
                    count=len(self.names),
                    image=display_name(name),
                )
            )
        return read_file(self.files, found, MAX_FILE_BYTES)

    def sizes_hw(self, names: Iterable[str], progress: Progress = no_progress) -> NDArray[np.int64]:
        """Height and width of many upright images by their headers.

        Returns:
            (N, 2); 0 where there is no such image, -1 where it is there but cannot be read.
        """
        found = [self._size_of(self.find(name)) for name in told(list(names), progress)]
        return np.array(found, np.int64).reshape(-1, 2)

    def _size_of(self, found: str | None) -> tuple[int, int]:
        if found is None or self.files is None:
            return (0, 0)
        if found not in self._sizes:
            try:
                with self.files.open(found) as file:
                    self._sizes[found] = image_size_hw(file) or _UNREADABLE
            except UserError:
                self._sizes[found] = _UNREADABLE
        return self._sizes[found]


def _ends(
    names: Iterable[str], parts_of: Callable[[str], tuple[str, ...]]
) -> dict[str, str | None]:
    """Every end of every path -> the one path that has it, or None where several have it."""
    found: dict[str, str | None] = {}
    for name in names:
        for end in _ends_of(parts_of(name)):
            found[end] = None if end in found else name
    return found


def _longest_end(parts: tuple[str, ...], by_end: dict[str, str | None]) -> str | None:
    return next((by_end[end] for end in _ends_of(parts) if end in by_end), None)


def _ends_of(parts: tuple[str, ...]) -> list[str]:
    """From the longest on: `a/b/c`, `b/c`, `c`."""
    kept = parts[-_MAX_DEPTH:]
    return ["/".join(kept[place:]) for place in range(len(kept))]
