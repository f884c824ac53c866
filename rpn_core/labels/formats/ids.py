"""Ids of JSON, compared as what they mean: 7, 7.0, "7" and "007" are the same number.

What is written alike is the same first of all, so a file with images "7" and "007" keeps the two
apart; where it does not decide between them, neither is meant. Whole numbers are exact, however
large they are.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence

from rpn_core.messages import Message, msg, nmsg, verbatim

Id = int | float | str | None
_WHOLE = re.compile(r"\s*([+-]?\d{1,4000})(?:\.0*)?\s*", re.ASCII)
_SHOWN = 3


class Ids:
    """The ids that a file lists, each with its place.

    >>> ids = Ids([7, "b", "08"])
    >>> [ids.place(one) for one in ("7", 7.0, "b", 8, 9, None)]
    [0, 0, 1, 2, -1, -1]
    """

    def __init__(self, listed: Sequence[Id]) -> None:
        self._listed = listed
        self._exact: dict[Hashable, int] = {one: place for place, one in enumerate(listed)}
        self._meant: dict[Hashable, int] | None = None

    def twice(self) -> str | None:
        """The first id that is listed a second time, as JSON writes it."""
        if len(self._exact) == len(self._listed):
            return None
        seen: set[Id] = set()
        return next(show_id(one) for one in self._listed if one in seen or seen.add(one))  # type: ignore[func-returns-value]

    def place(self, asked: Id) -> int:
        """Where an id is listed; -1 where it is not, or where several could be meant."""
        found = self._exact.get(asked)
        if found is None:
            found = -1 if asked is None else self._by_meaning().get(meaning(asked), -1)
        return found

    def _by_meaning(self) -> dict[Hashable, int]:
        if self._meant is None:
            self._meant = {}
            for place, one in enumerate(self._listed):
                meant = meaning(one)
                self._meant[meant] = -1 if meant in self._meant else place
        return self._meant

    @property
    def shown(self) -> Message:
        """The first ids, as the file writes them, for a sentence."""
        first = ", ".join(map(show_id, self._listed[:_SHOWN]))
        more = len(self._listed) - _SHOWN
        if not first:
            return msg("none")
        if more <= 0:
            return verbatim(first)
        return nmsg(
            "{first} and {count} more", "{first} and {count:,} more", count=more, first=first
        )


def meaning(one: Id) -> Hashable:
    """The number that an id means, where it means one."""
    if isinstance(one, str) and (found := _WHOLE.fullmatch(one)):
        return int(found.group(1))
    return one


def show_id(one: Id) -> str:
    """As JSON writes it, so that 7 and "7" can be told apart.

    >>> show_id(7), show_id("7")
    ('7', '"7"')
    """
    if one is None:
        return "null"
    return f'"{one[:40]}"' if isinstance(one, str) else str(one)[:40]
