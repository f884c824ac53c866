"""The files of a zip, read in place: nothing is ever unpacked to disk."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, BinaryIO, cast

from rpn_core.errors import UserError
from rpn_core.labels.stores.files import MAX_ENTRIES, Shown, hidden
from rpn_core.labels.stores.text import NotText, guess_encoding, is_utf8
from rpn_core.photo.file_name import display_name

MAX_UNPACKED_BYTES = 64 << 30
# Deflate reaches 1,032 at most. Annotations of real data sets reach about 30, an image 1.
MAX_RATIO = 400
RATIO_COUNTS_FROM = 16 << 20  # a small file may have any ratio
# zipfile reads the list of entries in one piece and makes an object of each before it can be
# asked how many there are. COCO's training set with labels needs 30 MB.
MAX_LIST_BYTES = 48 << 20
_UTF_8_FLAG = 0x800


class _CappedReads(io.RawIOBase):
    """A file that refuses to hand out a huge piece at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > MAX_LIST_BYTES:
            raise OverflowError
        return self._file.read(size if size >= 0 else MAX_LIST_BYTES)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


class ZipFiles:
    """The files of one zip.

    Args:
        source: its bytes, or where it lies.
        shown: what to call it in a sentence.
    Raises:
        UserError: it is no zip, encrypted, too large when unpacked, or has paths that leave it.
    """

    root = None

    def __init__(self, source: bytes | Path, shown: str) -> None:
        self.shown: Shown = shown
        self._source = source
        self._opened: tuple[int, zipfile.ZipFile] | None = None
        self._entries = self._checked(self._zip().infolist())
        self.names: Sequence[str] = sorted(self._entries)

    def _zip(self) -> zipfile.ZipFile:
        """Opened once in each process: in a file that two of them share, one moves the other."""
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = (os.getpid(), self._open_zip())
        return self._opened[1]

    def _open_zip(self) -> zipfile.ZipFile:
        source = self._source
        try:
            opened = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
            return zipfile.ZipFile(cast(IO[bytes], _CappedReads(opened)))
        except OverflowError:
            raise UserError(
                "{zip} lists more than {most:,} files: split it.", zip=self.shown, most=MAX_ENTRIES
            ) from None
        except Exception as error:  # BadZipFile, and on hostile bytes almost anything
            raise UserError("{zip} is not a whole zip: make it again.", zip=self.shown) from error

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_opened": None}

    def _checked(self, entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        if len(entries) > MAX_ENTRIES:
            raise UserError(
                "{zip} holds more than {most:,} files: split it.", zip=self.shown, most=MAX_ENTRIES
            )
        found: dict[str, zipfile.ZipInfo] = {}
        unpacked = 0
        for entry, spelt in zip(entries, _names_of(entries), strict=True):
            name = spelt.replace("\\", "/")
            if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
                raise UserError(
                    "{zip} holds a path that leads out of it ({name}): make it again from inside "
                    "the data set's folder.",
                    zip=self.shown,
                    name=display_name(name),
                )
            no_file = not name or name.endswith("/") or stat.S_ISLNK(entry.external_attr >> 16)
            if no_file or hidden(name):
                continue
            self._check_entry(entry, name)
            unpacked += entry.file_size
            found[name] = entry
        if unpacked > MAX_UNPACKED_BYTES:
            raise UserError(
                "{zip} would have {unpacked:,.0f} GB unpacked, but at most {most} GB can be read: "
                "split it.",
                zip=self.shown,
                unpacked=unpacked / 2**30,
                most=MAX_UNPACKED_BYTES >> 30,
            )
        return found

    def _check_entry(self, entry: zipfile.ZipInfo, name: str) -> None:
        shown = display_name(name)
        if entry.flag_bits & 1:
            raise UserError(
                "{zip} is encrypted ({name}): make it again without a password.",
                zip=self.shown,
                name=shown,
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UserError(
                "{zip} is compressed in an uncommon way ({name}): make it again as an ordinary "
                "zip.",
                zip=self.shown,
                name=shown,
            )
        packed = max(entry.compress_size, 1)
        if entry.file_size > RATIO_COUNTS_FROM and entry.file_size > MAX_RATIO * packed:
            raise UserError(
                "{zip} holds a file that unpacks to {times:,.0f} times its size ({name}), as a "
                "zip bomb does: make it again from the files themselves.",
                zip=self.shown,
                times=entry.file_size / packed,
                name=shown,
            )

    def open(self, name: str) -> BinaryIO:
        try:
            return cast(BinaryIO, self._zip().open(self._entries[name]))
        except Exception as error:  # BadZipFile, NotImplementedError, ... on hostile headers
            raise UserError(
                "{zip} is damaged: {name} cannot be read: make it again.",
                zip=self.shown,
                name=display_name(name),
            ) from error

    def size(self, name: str) -> int:
        return self._entries[name].file_size


def _names_of(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The entries' names. Those without the UTF-8 flag are in one encoding, which no zip tells.

    zipfile takes them for CP437, as the format's first version did (APPNOTE 6.3.10, appendix D);
    programs write UTF-8, or the encoding of the machine.
    """
    names = [entry.orig_filename for entry in entries]
    raw = {
        place: entry.orig_filename.encode("cp437")
        for place, entry in enumerate(entries)
        if not entry.flag_bits & _UTF_8_FLAG and not entry.orig_filename.isascii()
    }
    if not raw:
        return names
    together = list(raw.values())
    if all(map(is_utf8, together)):
        codec = "utf-8"
    else:
        try:
            codec = guess_encoding(together)
        except NotText:
            codec = "cp437"
    for place, name in raw.items():
        names[place] = name.decode(codec)
    return names
