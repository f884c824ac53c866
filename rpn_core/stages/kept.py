"""One store for the results of all stages and all visitors, bounded by bytes."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from cachetools import LRUCache
from torch import Tensor

Result = TypeVar("Result")

# How long one who waits for another's computation goes without a sign of life.
ANNOUNCE_EVERY_S = 0.3


@dataclass(frozen=True, eq=False, slots=True)
class KeptResult(Generic[Result]):
    """A result, how long it took to compute, and whether that was now."""

    result: Result
    seconds: float
    computed: bool


@dataclass(eq=False, slots=True)
class _Flight:
    """A computation that is under way; those who want the same wait for its end."""

    thread: int
    landed: threading.Event = field(default_factory=threading.Event)


def size_in_bytes(value: Any) -> int:
    """Bytes of the tensors, arrays and byte strings inside a result; its own objects count little.

    >>> size_in_bytes((b"12345", {"a": np.zeros(3, np.float32)}))
    17
    """
    if isinstance(value, Tensor | np.ndarray):
        return int(value.nbytes)
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, tuple | list):
        return sum(size_in_bytes(part) for part in value)
    if isinstance(value, Mapping):
        return sum(size_in_bytes(part) for part in value.values())
    if is_dataclass(value):
        return sum(size_in_bytes(getattr(value, part.name)) for part in fields(value))
    return 0


class KeptResults:
    """Least recently used results go first when the budget is full.

    Results are shared between visitors, so they must not be changed. A key must hold everything
    that its result depends on: `run.Run` derives it from the graph. A key that several threads ask
    for at once is computed by the first; if that fails or is stopped, by the next.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._results: LRUCache[Hashable, tuple[Any, float]] = LRUCache(
            budget_bytes, getsizeof=lambda entry: size_in_bytes(entry[0]) + 1000
        )
        self._flights: dict[Hashable, _Flight] = {}
        self._lock = threading.Lock()

    def get(
        self,
        key: Hashable,
        compute: Callable[[], Result],
        on_wait: Callable[[], None] | None = None,
    ) -> KeptResult[Result]:
        """The result of a key, computed at most once while the budget lasts.

        Args:
            key: everything the result depends on.
            compute: called without arguments when the result is not there. It may ask for results
                of other keys, but not for one that waits for this.
            on_wait: called now and then while another thread computes this key; what it raises
                ends the waiting.
        """
        while True:
            with self._lock:
                found = self._results.get(key)
                flight = self._flights.get(key)
                if found is None and flight is None:
                    flight = self._flights[key] = _Flight(threading.get_ident())
                    break
            if found is not None:
                return KeptResult(found[0], found[1], computed=False)
            assert flight is not None
            if flight.thread == threading.get_ident():
                raise RuntimeError(f"the computation of {key!r} asks for its own result")
            while not flight.landed.wait(ANNOUNCE_EVERY_S):
                if on_wait is not None:
                    on_wait()
        try:
            started = time.perf_counter()
            result = compute()
            seconds = time.perf_counter() - started
            self._keep(key, result, seconds)
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()
        return KeptResult(result, seconds, computed=True)

    def offer(self, key: Hashable, result: object) -> None:
        """Keep a result that was made elsewhere."""
        self._keep(key, result, 0.0)

    def forget(self, key: Hashable) -> None:
        """Drop a result that is no longer of use, if it is there."""
        with self._lock:
            self._results.pop(key, None)

    @property
    def bytes_held(self) -> int:
        """Of the results that are kept now."""
        with self._lock:
            return int(self._results.currsize)

    def _keep(self, key: Hashable, result: object, seconds: float) -> None:
        # ValueError: larger than the whole budget, so this one is not kept.
        with self._lock, contextlib.suppress(ValueError):
            self._results[key] = (result, seconds)
