"""Files of a data set wherever they lie: in a folder, in a zip, or uploaded one by one.

Whatever a data set says about paths, only files that a store lists can be read from it: none
outside its folder, no link that leads out of it, and none that grows beyond a limit.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from rpn_core.errors import UserError
from rpn_core.messages import Message, nmsg
from rpn_core.photo.file_name import display_name

Shown = str | Message  # a file's name, or several in words
MAX_ENTRIES = 500_000  # COCO's training set as YOLO has 236,000
MAX_TEXT_BYTES = 1 << 30  # of one annotation file; COCO's largest has 0.45 GB


class Files(Protocol):
    """Named files, read-only.

    Attributes:
        names: sorted, with "/" between folders; hidden files and macOS's leavings are left out.
        shown: what to call the store in a sentence.
        root: the folder of this machine that the names are below; None for what was uploaded.
    """

    @property
    def names(self) -> Sequence[str]: ...

    @property
    def shown(self) -> Shown: ...

    @property
    def root(self) -> Path | None: ...

    def open(self, name: str) -> BinaryIO:
        """Open one of `names` for reading. Raises UserError when it cannot be opened."""

    def size(self, name: str) -> int:
        """Its bytes when read."""


def read_file(files: Files, name: str, limit: int = MAX_TEXT_BYTES) -> bytes:
    """Read one file, at most `limit` bytes.

    Raises:
        UserError: it is larger, damaged, or gone.
    """
    size = files.size(name)
    if size > limit:
        raise _too_large(name, limit)
    # Room for all that the limit allows would take longer to make than a photo to read.
    data = read_start(files, name, size + 1)
    if len(data) > size:  # it has grown
        data = read_start(files, name, limit + 1)
    if len(data) > limit:
        raise _too_large(name, limit)
    return data


def read_start(files: Files, name: str, count: int) -> bytes:
    """Read at most the first `count` bytes of a file.

    Raises:
        UserError: it is damaged or gone.
    """
    try:
        with files.open(name) as file:
            return file.read(count)
    except UserError:
        raise
    except Exception as error:  # zipfile and zlib raise freely on damaged bytes
        raise UserError(
            "{name} in {files} is damaged and cannot be read: make the file again.",
            name=display_name(name),
            files=files.shown,
        ) from error


def _too_large(name: str, limit: int) -> UserError:
    units = ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB"))
    size = next((f"{limit // unit} {short}" for unit, short in units if limit >= unit), None)
    return UserError(
        "{name} is larger than the {size} that can be read of such a file: split it.",
        name=display_name(name),
        size=size or nmsg("{count} byte", "{count} bytes", count=limit),
    )


def hidden(name: str) -> bool:
    """Whether a file is none of the data set's.

    >>> [hidden(name) for name in ("__MACOSX/a.xml", "a/.git/x", "a/._b.xml", "./a.xml")]
    [True, True, True, False]
    """
    parts = [part for part in name.split("/") if part != "."]
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _is_text(name: str) -> bool:
    """Whether a name on disk is UTF-8; one that is not cannot be meant by any label."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file: a name that proves nothing, and its bytes."""

    name: str
    data: bytes


class UploadedFiles:
    """Files that came one by one, without folders."""

    root = None

    def __init__(self, uploads: Sequence[Upload], shown: Shown) -> None:
        self._data = {
            upload.name.replace("\\", "/").rpartition("/")[2]: upload.data for upload in uploads
        }
        self.names: Sequence[str] = sorted(self._data)
        self.shown = shown

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self._data[name])

    def size(self, name: str) -> int:
        return len(self._data[name])


class FolderFiles:
    """Files below a folder, or only those of them that are named or lie in some folders below it.

    A link is followed to a file inside the same folder and nowhere else, unless `trusted`; linked
    folders are not entered.

    Attributes:
        links: names of the links that were not followed.
    """

    def __init__(
        self,
        root: Path,
        only: Sequence[str] | None = None,
        shown: str = "",
        *,
        within: Sequence[Path] = (),
        trusted: bool = False,
    ) -> None:
        self.root: Path = root.resolve()
        self._trusted = trusted
        self.links: list[str] = []
        self.shown: Shown = shown or display_name(self.root.name or str(self.root))
        self._within = [folder.resolve() for folder in within]
        if only is None and not within:
            self._within = [self.root]
        names = set(only or ())
        for folder in self._within:
            names.update(self._listed(folder))
        self.names: Sequence[str] = sorted(names)

    def _listed(self, below: Path) -> list[str]:
        found = []
        start = str(self.root)
        for folder, folders, files in os.walk(below):  # which enters no linked folder
            folders[:] = sorted(name for name in folders if not hidden(name))
            inside = os.path.relpath(folder, start).replace(os.sep, "/")
            self.links += [
                os.path.normpath(f"{inside}/{name}")
                for name in (*folders, *files)
                if os.path.islink(path := os.path.join(folder, name))
                and not hidden(name)
                and not (name in files and self._stays(path))
            ]
            found += [
                os.path.normpath(f"{inside}/{name}")
                for name in files
                if not hidden(name) and _is_text(name) and self._stays(os.path.join(folder, name))
            ]
            if len(found) > MAX_ENTRIES:
                raise UserError(
                    "{folder} holds more than {most:,} files: "
                    "name the folder of the data set itself.",
                    folder=self.shown,
                    most=MAX_ENTRIES,
                )
        return found

    def _stays(self, path: str) -> bool:
        if os.path.islink(path):
            target = Path(os.path.realpath(path))
            inside = any(map(target.is_relative_to, self._within))
            return target.is_file() and (self._trusted or inside)
        return os.path.isfile(path)  # no pipe: reading one could wait without end

    def open(self, name: str) -> BinaryIO:
        try:
            return (self.root / name).open("rb")
        except OSError as error:
            raise UserError(
                "{name} in {folder} cannot be opened ({reason}): "
                "see whether it is still there and readable.",
                name=display_name(name),
                folder=self.shown,
                reason=error.strerror,
            ) from None

    def size(self, name: str) -> int:
        try:
            return (self.root / name).stat().st_size
        except OSError:
            return 0  # opening it will tell


class JoinedFiles:
    """Several stores as one; of two files of the same name the earlier store's is read."""

    root = None

    def __init__(self, stores: Sequence[Files], shown: Shown) -> None:
        self._home: dict[str, Files] = {}
        for store in stores:
            for name in store.names:
                self._home.setdefault(name, store)
        self.names: Sequence[str] = sorted(self._home)
        self.shown = shown

    def open(self, name: str) -> BinaryIO:
        return self._home[name].open(name)

    def size(self, name: str) -> int:
        return self._home[name].size(name)
