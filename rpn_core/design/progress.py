"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with (done, total), at least once at the end of the work when there is any."""


def nobody_watches(done: int, total: int) -> None:
    """The progress of work that nobody waits for."""
