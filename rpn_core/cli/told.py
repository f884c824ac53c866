"""What is told on stderr is never worth a result: where nobody can read it, it is lost."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO


class _Forgiving:
    """A stream that may be closed, full, or without a reader."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):  # a full disk, a broken pipe; a stream that was closed
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def forgiving_stderr() -> Iterator[None]:
    """In the body, sys.stderr takes whatever is written to it, also where a shell closed it."""
    before = sys.stderr
    sys.stderr = _Forgiving(io.StringIO() if before is None else before)
    try:
        yield
    finally:
        sys.stderr = before
