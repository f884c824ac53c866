"""Which photos a command was given: files as they are, folders with all pictures in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rpn_core.errors import UserError
from rpn_core.given_file import printable

EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")


@dataclass(frozen=True, slots=True)
class PhotoPath:
    """Where a photo lies on the disk; `name` is what results call it."""

    path: Path
    name: str


def find_photos(sources: Sequence[Path]) -> list[PhotoPath]:
    """List the photos of files and folders, each once.

    A file is taken whatever it is called. A folder is searched with all below it, sorted, for
    EXTENSIONS in any case; files whose name begins with a dot are left out. The name is the path
    below the folder, or the name of the file; photos that would share it are called by their
    paths as given.

    Raises:
        UserError: a source does not exist, or there is no photo in all of them.
    """
    found: dict[Path, PhotoPath] = {}
    for source in sources:
        for photo in _photos_of(source):
            found.setdefault(photo.path.resolve(), photo)
    if not found:
        raise UserError(
            "There is no photo in {places}: a folder is searched for {extensions}.",
            places=tuple(printable(source) for source in sources),
            extensions=EXTENSIONS,
        )
    uses = Counter(photo.name for photo in found.values())
    return [
        photo if uses[photo.name] == 1 else replace(photo, name=photo.path.as_posix())
        for photo in found.values()
    ]


def _photos_of(source: Path) -> list[PhotoPath]:
    if source.is_file():
        return [PhotoPath(source, source.name)]
    if not source.is_dir():
        raise UserError(
            "{source} is neither a file nor a folder: give photos or folders of photos.",
            source=printable(source),
        )
    return [
        PhotoPath(path, path.relative_to(source).as_posix())
        for path in sorted(source.rglob("*"))
        if path.suffix.lower() in EXTENSIONS and path.name[0] != "." and path.is_file()
    ]
