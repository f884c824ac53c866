"""How far a long reading or check has come, reported as a share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Progress = Callable[[float], None]  # of 0..1; rises, and ends with 1
_T = TypeVar("_T")


def no_progress(share: float) -> None:
    """Report nothing."""


def part(progress: Progress, first: float, last: float) -> Progress:
    """The progress of a part that takes the whole from `first` to `last`.

    >>> part(lambda share: print(share), 0.5, 1.0)(0.5)
    0.75
    """
    return lambda share: progress(first + (last - first) * share)


def told(items: Sequence[_T], progress: Progress, tellings: int = 100) -> Iterator[_T]:
    """Hand out the items and tell progress now and then, at most `tellings` times and at the end.

    >>> list(told(["a", "b"], lambda share: print(share)))
    0.0
    0.5
    1.0
    ['a', 'b']
    """
    every = max(1, -(-len(items) // tellings))
    for place, item in enumerate(items):
        if place % every == 0:
            progress(place / len(items))
        yield item
    progress(1.0)
