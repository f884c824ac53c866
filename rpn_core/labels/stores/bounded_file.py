"""A file of which a reader gets so much and no more, however often it asks."""

from __future__ import annotations

import io
import zipfile
from typing import IO

from rpn_core.photo.reader import MAX_FILE_BYTES

# A header takes tens of reads, with a large colour profile or XMP hundreds.
MAX_READS = 5_000


class TooMuchRead(Exception):
    """A reader wants more of a file than it is to get."""


class BoundedFile:
    """What Pillow needs of a file: read, seek and tell.

    Raises, in `read` and `seek`:
        TooMuchRead: after `max_reads` reads, or after `max_bytes` bytes in all.
    """

    def __init__(
        self, file: IO[bytes], max_reads: int = MAX_READS, max_bytes: int = MAX_FILE_BYTES
    ) -> None:
        # In a zip each step back would unpack the file from its beginning.
        unpacks = isinstance(file, zipfile.ZipExtFile)
        self._file = _UnpackedOnce(file, max_bytes) if unpacks else file
        self._reads_left, self._bytes_left = max_reads, max_bytes

    def read(self, size: int | None = -1) -> bytes:
        self._reads_left -= 1
        if self._reads_left < 0:
            raise TooMuchRead
        most = self._bytes_left + 1
        data = self._file.read(most if size is None or size < 0 else min(size, most))
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise TooMuchRead
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


class _UnpackedOnce:
    """A file that can only be read forward, with what was read of it kept."""

    def __init__(self, file: IO[bytes], max_bytes: int) -> None:
        self._file, self._max_bytes = file, max_bytes
        self._kept, self._at = bytearray(), 0

    def _keep(self, end: int) -> None:
        if end > self._max_bytes:
            raise TooMuchRead
        if end > len(self._kept):
            self._kept += self._file.read(end - len(self._kept))

    def read(self, size: int) -> bytes:
        self._keep(min(self._at + size, self._max_bytes))
        data = bytes(self._kept[self._at : self._at + size])
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            self._keep(self._max_bytes)
            offset += len(self._kept)
        elif whence == io.SEEK_CUR:
            offset += self._at
        self._at = max(0, offset)
        return self._at

    def tell(self) -> int:
        return self._at
