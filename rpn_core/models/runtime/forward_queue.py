"""One forward pass at a time, round robin between sessions, with a visible queue."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# How long a waiting visitor may go without a sign of life.
_ANNOUNCE_EVERY_S = 0.5
# Of this many sessions it is remembered when they had their turn, or which place they left.
_SESSIONS_REMEMBERED = 1000


@dataclass(frozen=True, eq=False, slots=True)
class _Ticket:
    """A place in the line.

    Attributes:
        session: who waits.
        round_: of the line, in which this session's turn comes; lower goes first.
        arrival: decides within a round.
    """

    session: Hashable
    round_: int
    arrival: int


class ForwardQueue:
    """A lock that is fair between sessions, and whose queue can be seen.

    Two passes at once would share the processor's cores and double the peak memory, so that both
    end later than the second one would have in line.

    A session that comes again and again, as one does that drags a slider, gets one turn while
    every other session that waits gets one: each turn puts it into the next round (start-time fair
    queueing; Goyal et al. 1996, with a weight of 1). One that leaves the line before its turn, as
    a page does that is run again, finds its place again when it comes back.
    """

    def __init__(self) -> None:
        self._line: list[_Ticket] = []  # waiting, those who go first in front
        self._running: _Ticket | None = None
        self._since = 0.0
        self._moved = threading.Condition()
        self._round = 0  # of the turn that runs or ran last
        self._arrivals = 0
        # session -> its next round and, if it left before its turn, its place in that.
        self._places: OrderedDict[Hashable, tuple[int, int | None]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many wait, not counting the one that runs."""
        return len(self._line)

    def running_for(self) -> float:
        """Seconds since the pass that runs began; 0 when none runs."""
        with self._moved:
            return time.monotonic() - self._since if self._running else 0.0

    @contextmanager
    def turn(
        self,
        on_position: Callable[[int], None] | None = None,
        *,
        session: Hashable | None = None,
    ) -> Iterator[None]:
        """Wait in line, then run the body alone.

        Args:
            on_position: called from the waiting thread with the number of those ahead, twice a
                second and whenever it changes; never with an empty line ahead. If it raises, as a
                page does whose visitor has left, the line moves on.
            session: who waits, for fairness; None is a session of its own.
        The body must not take another turn: it would wait for itself.
        """
        ticket = self._enter(session)
        try:
            while ahead := self._ahead(ticket):
                if on_position is not None:
                    on_position(ahead)
                self._wait(ticket, ahead)
            yield
        finally:
            self._leave(ticket)

    def _enter(self, session: Hashable | None) -> _Ticket:
        with self._moved:
            self._arrivals += 1
            # None is never among the keys: a turn without a session has no earlier round.
            round_, arrival = self._places.get(session, (0, None))
            # A session that was away gets no credit for the rounds that it missed.
            round_ = max(round_, self._round)
            ticket = _Ticket(session, round_, self._arrivals if arrival is None else arrival)
            self._remember(session, round_ + 1, None)
            self._line.append(ticket)
            self._line.sort(key=lambda waits: (waits.round_, waits.arrival))
            self._moved.notify_all()
            return ticket

    def _ahead(self, ticket: _Ticket) -> int:
        """How many go before this one; with 0 its turn has begun."""
        with self._moved:
            return self._place(ticket)

    def _place(self, ticket: _Ticket) -> int:
        if self._running is None and self._line[0] is ticket:
            del self._line[0]
            self._running, self._since = ticket, time.monotonic()
            self._round = ticket.round_
        if self._running is ticket:
            return 0
        return self._line.index(ticket) + (self._running is not None)

    def _wait(self, ticket: _Ticket, ahead: int) -> None:
        """Return when the place in the line has changed, or after a while."""
        with self._moved:
            self._moved.wait_for(lambda: self._place(ticket) != ahead, timeout=_ANNOUNCE_EVERY_S)

    def _leave(self, ticket: _Ticket) -> None:
        with self._moved:
            if self._running is ticket:
                self._running = None
            else:
                self._line.remove(ticket)
                # Its place is given back, unless the session has a second ticket behind this one.
                if self._places.get(ticket.session) == (ticket.round_ + 1, None):
                    self._remember(ticket.session, ticket.round_, ticket.arrival)
            self._moved.notify_all()

    def _remember(self, session: Hashable | None, round_: int, arrival: int | None) -> None:
        if session is None:
            return
        self._places[session] = (round_, arrival)
        self._places.move_to_end(session)
        if len(self._places) > _SESSIONS_REMEMBERED:
            self._places.popitem(last=False)


forward_queue = ForwardQueue()
