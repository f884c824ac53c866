"""Where a command writes: seen to before it works for minutes, and whole or not there at all."""

from __future__ import annotations

import os
from pathlib import Path

from rpn_core.cli.atomic_file import atomic_writer
from rpn_core.errors import UserError
from rpn_core.given_file import printable


def check_folder(path: Path | None) -> None:
    """See whether a folder can be written to, or made; makes nothing.

    Raises:
        UserError: it cannot.
    """
    if path is None:
        return
    if path.exists() and not path.is_dir():
        raise UserError("{path} is a file: name a folder to write to.", path=printable(path))
    _check_writable(path, path)


def check_file(path: Path) -> None:
    """See whether a file can be written, as `check_folder` does of a folder.

    Raises:
        UserError: it cannot.
    """
    if path.is_dir():
        raise UserError("{path} is a folder: name a file to write to.", path=printable(path))
    if path.exists() and not path.is_file():
        raise UserError(
            "{path} is a device or a pipe: name a file to write to.", path=printable(path)
        )
    _check_writable(path, path.parent)


def _check_writable(path: Path, folder: Path) -> None:
    """Its nearest folder that is there decides."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise UserError(
            "{path} cannot be written, since {file} is a file and no folder: name another place.",
            path=printable(path),
            file=printable(folder),
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(
            "{path} cannot be written: this user has no right to write to {folder}.",
            path=printable(path),
            folder=printable(folder),
        )


def write_text(folder: Path, name: str, text: str) -> None:
    """Write a file of a folder, which is made where it is missing; whole, or not at all.

    Raises:
        UserError: the folder cannot be made, or the file not written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            "{path} cannot be a folder ({reason}): name another place.",
            path=printable(folder),
            reason=error.strerror,
        ) from error
    with atomic_writer(folder / name) as file:
        file.write(text)
