"""One forward pass at a time, first come first served, with a visible queue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# How long a waiting visitor may go without a sign of life.
_ANNOUNCE_EVERY_S = 0.5


class ForwardQueue:
    """A fair lock whose queue can be seen.

    Two passes at once would share the processor's cores and double the peak memory, so that both
    end later than the second one would have in line.
    """

    def __init__(self) -> None:
        self._line: list[object] = []  # its first ticket is the one that runs
        self._moved = threading.Condition()

    @property
    def waiting(self) -> int:
        """How many wait, not counting the one that runs."""
        return max(0, len(self._line) - 1)

    @contextmanager
    def turn(self, on_position: Callable[[int], None] | None = None) -> Iterator[None]:
        """Wait in line, then run the body alone.

        Args:
            on_position: called from the waiting thread with the number of those ahead, twice a
                second and whenever it changes; never when nobody is ahead. If it raises, as a
                page does whose visitor has left, the place in the line is given up.
        The body must not take another turn: it would wait for itself.
        """
        ticket = object()
        with self._moved:
            self._line.append(ticket)
        try:
            while ahead := self._ahead(ticket):
                if on_position is not None:
                    on_position(ahead)
                self._wait(ticket, ahead)
            yield
        finally:
            with self._moved:
                self._line.remove(ticket)
                self._moved.notify_all()

    def _wait(self, ticket: object, ahead: int) -> None:
        """Return when the place in the line has changed, or after a while."""
        with self._moved:
            self._moved.wait_for(
                lambda: self._line.index(ticket) != ahead, timeout=_ANNOUNCE_EVERY_S
            )

    def _ahead(self, ticket: object) -> int:
        with self._moved:
            return self._line.index(ticket)


forward_queue = ForwardQueue()
