"""Which photos a command was given: files as they are, folders with all pictures in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rpn_core.errors import UserError
from rpn_core.given_file import printable
from rpn_core.labels.stores.files import FolderFiles, read_start
from rpn_core.messages import Message, msg, nmsg
from rpn_core.photo.kinds import PEEK, READ, is_image_name, looks_like_image


@dataclass(frozen=True, slots=True)
class PhotoPath:
    """Where a photo lies on the disk; `name` is what results call it."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class FoundPhotos:
    """What a command was given.

    Attributes:
        photos: what is read, each once.
        unread: files of folders that are pictures of kinds that are not read, or whose ending says
            nothing of the picture in them.
        others: how many files of folders are no pictures.
    """

    photos: tuple[PhotoPath, ...]
    unread: tuple[PhotoPath, ...] = ()
    others: int = 0


def find_photos(sources: Sequence[Path]) -> FoundPhotos:
    """List the photos of files and folders, each once.

    A file is taken whatever it is called. A folder is searched with all below it, sorted, for
    the endings of kinds that are read, as a data set's folder is. The name is the path below the
    folder, or the name of the file; photos that would share it are called by their paths as given.

    Raises:
        UserError: a source does not exist, or there is no photo in all of them.
    """
    photos: dict[Path, PhotoPath] = {}
    unread: dict[Path, PhotoPath] = {}
    others: set[Path] = set()
    for source in sources:
        if source.is_file():
            photos.setdefault(source.resolve(), PhotoPath(source, source.name))
            continue
        if not source.is_dir():
            raise UserError(
                "{source} is neither a file nor a folder: give photos or folders of photos.",
                source=printable(source),
            )
        files = FolderFiles(source, trusted=True)
        for name in files.names:
            photo = PhotoPath(source / name, name)
            if is_image_name(name):
                photos.setdefault(photo.path.resolve(), photo)
            elif looks_like_image(_start(files, name), name):
                unread.setdefault(photo.path.resolve(), photo)
            else:
                others.add(photo.path.resolve())
    left = tuple(photo for path, photo in unread.items() if path not in photos)
    if not photos:
        raise UserError(_none(sources, left))
    uses = Counter(photo.name for photo in photos.values())
    return FoundPhotos(
        tuple(
            photo if uses[photo.name] == 1 else replace(photo, name=photo.path.as_posix())
            for photo in photos.values()
        ),
        left,
        len(others - photos.keys()),
    )


def _start(files: FolderFiles, name: str) -> bytes:
    try:
        return read_start(files, name, PEEK)
    except UserError:
        return b""


def _none(sources: Sequence[Path], unread: Sequence[PhotoPath]) -> Message:
    places = tuple(printable(source) for source in sources)
    if unread:
        return nmsg(
            "There is no photo in {places} that can be read, but {first}: save it as JPEG or PNG, "
            "with that ending.",
            "There is no photo in {places} that can be read, but {count:,} files such as {first}: "
            "save them as JPEG or PNG, with that ending.",
            count=len(unread),
            places=places,
            first=printable(unread[0].path),
        )
    return msg(
        "There is no photo in {places}: a folder is searched for {extensions}.",
        places=places,
        extensions=tuple(sorted(READ)),
    )
