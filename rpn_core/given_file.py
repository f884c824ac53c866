"""Files that an argument of a command names."""

from __future__ import annotations

import stat
from pathlib import Path

from rpn_core.errors import UserError


def printable(text: object) -> str:
    """Text for a terminal: what could steer it, or is not valid Unicode, becomes an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def read_file(path: Path) -> bytes:
    """The bytes of a file; of a pipe too, as a shell makes of `<(command)`.

    Raises:
        UserError: it cannot be read, or is a device, which may have no end.
    """
    try:
        kind = path.stat().st_mode
        if stat.S_ISCHR(kind) or stat.S_ISBLK(kind):
            raise UserError("{file} is a device: name a file.", file=printable(path))
        return path.read_bytes()
    except OSError as error:
        raise UserError(
            "{file} cannot be read ({reason}).", file=printable(path), reason=error.strerror
        ) from error
