"""The images behind the labels, found by the names that the labels give them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.labels.stores.files import Files, read_file
from rpn_core.labels.stores.find_image import (
    Fit,
    Meant,
    PathIndex,
    meant_by,
    other_spellings,
    path_parts,
)
from rpn_core.labels.stores.image_header import image_size_hw
from rpn_core.messages import nmsg
from rpn_core.photo.file_name import display_name
from rpn_core.photo.kinds import is_image_name, is_picture_name, is_unread_name, without_suffix
from rpn_core.photo.reader import MAX_FILE_BYTES
from rpn_core.progress import Progress, no_progress, told

_MISSING, _UNREADABLE = (0, 0), (-1, -1)
_NOBODY = Meant({}, {}, {})


class ImageSource:
    """Images in a folder or a zip, or none at all.

    A name from the labels may be a bare file name, a path below the folder, or an absolute path
    of the machine on which the labels were made. It only chooses among the files that the store
    lists: the one of that name, else the one whose path ends as the name does, as long as there is
    one such file, and not one of another folder where the name's own is there.

    Attributes:
        files: where they lie.
        names: of the images of kinds that are read.
        unread: names of those that are of other kinds, unless the same is there to be read.
        meant: what the names of the labels mean, once they are known.
    """

    def __init__(self, files: Files | None = None) -> None:
        names = files.names if files else ()
        self.names: tuple[str, ...] = tuple(name for name in names if is_image_name(name))
        stems = set(map(without_suffix, self.names))
        self.unread: tuple[str, ...] = tuple(
            name for name in names if is_unread_name(name) and without_suffix(name) not in stems
        )
        self.files = files
        self.meant = _NOBODY
        self._known = frozenset(self.names)
        self._by_name: PathIndex | None = None
        self._by_stem: PathIndex | None = None
        self._sizes: dict[str, tuple[int, int]] = {}

    def __bool__(self) -> bool:
        """Whether there is any image."""
        return bool(self.names or self.unread)

    def meant_by(self, names: Iterable[str]) -> Self:
        """The same images for labels of these names: no two of them mean the same file."""
        self.meant = meant_by(names, self._find)
        return self

    def find(self, name: str) -> str | None:
        """Which file a name of the labels means; None where none or several would do.

        A name without an image's suffix means the image of that stem, whatever its kind.
        """
        if name in self.meant.files:
            return self.meant.files[name]
        found = self._find(name)
        return found[0] if found else None

    def _find(self, name: str) -> tuple[str, Fit] | None:
        if name in self._known:
            return name, Fit(True, True, 0)
        found = self._by_end(name)
        for spelt in other_spellings(name) if found is None else ():
            found = found or self._by_end(spelt)
        return found

    def _by_end(self, name: str) -> tuple[str, Fit] | None:
        parts = path_parts(name)
        if not parts:
            return None
        if is_picture_name(parts[-1]):
            self._by_name = self._by_name or PathIndex(self.names, path_parts)
            return self._by_name.find(parts)
        self._by_stem = self._by_stem or PathIndex(
            self.names, lambda one: path_parts(without_suffix(one))
        )
        return self._by_stem.find(parts)

    def find_unread(self, names: Iterable[str]) -> dict[str, str]:
        """Name -> file, of those that mean an image of a kind that is not read."""
        if not self.unread:
            return {}
        by_name = PathIndex(self.unread, path_parts)
        found = {name: by_name.find(path_parts(name)) for name in names if self.find(name) is None}
        return {name: one[0] for name, one in found.items() if one is not None}

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
            return _MISSING
        if found not in self._sizes:
            try:
                with self.files.open(found) as file:
                    self._sizes[found] = image_size_hw(file) or _UNREADABLE
            except UserError:
                self._sizes[found] = _UNREADABLE
        return self._sizes[found]
