"""A file that is there whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from rpn_core.errors import UserError
from rpn_core.given_file import printable


@contextmanager
def atomic_writer(path: Path) -> Iterator[TextIO]:
    """Write beside `path` and move it there at the end; on any exception nothing is left.

    A device or a pipe is written to as it is.

    Raises:
        UserError: `path` is a folder, or nothing can be written where it is to lie.
    """
    if path.is_dir():
        raise UserError("{path} is a folder: name a file to write to.", path=printable(path))
    # A device or a pipe: nothing takes its place. Of /dev/stdout the end of the links has no path.
    if path.exists() and not path.is_file():
        with _opened(path, path) as file:
            yield file
        return
    # A link stays one. `realpath` rather than `resolve`, which fails where links go in a circle.
    target = Path(os.path.realpath(path))
    part = target.with_name(f".{target.name[:200]}.{os.getpid()}.part")
    # All in one try: an interruption may come between any two lines, and the name is ours alone.
    try:
        with _opened(part, path) as file:
            yield file
        os.replace(part, target)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _opened(part: Path, path: Path) -> TextIO:
    try:
        return part.open("w", encoding="utf-8")
    except OSError as error:
        raise UserError(
            "{path} cannot be written ({reason}): name another file.",
            path=printable(path),
            reason=error.strerror,
        ) from error
