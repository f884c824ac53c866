"""One store for the results of all stages and all visitors, bounded by bytes."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
from cachetools import LRUCache
from torch import Tensor

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class StageRun:
    """One stage in one run of the page: `milliseconds` are those of when it was computed."""

    stage: str
    milliseconds: float
    recomputed: bool


def size_in_bytes(value: Any) -> int:
    """Bytes of the tensors, arrays and byte strings inside a result; its own objects count little.

    >>> size_in_bytes((b"12345", np.zeros(3, np.float32)))
    17
    """
    if isinstance(value, Tensor | np.ndarray):
        return int(value.nbytes)
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, tuple | list):
        return sum(size_in_bytes(part) for part in value)
    if is_dataclass(value):
        return sum(size_in_bytes(getattr(value, field.name)) for field in fields(value))
    return 0


class StageCache:
    """Least recently used results go first when the budget is full.

    Results are shared between sessions, so they must not be changed. A key must hold everything
    that its result depends on; a photo enters by the SHA-256 of its file.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._results: LRUCache[Hashable, tuple[Any, float]] = LRUCache(
            budget_bytes, getsizeof=lambda entry: size_in_bytes(entry[0]) + 1000
        )
        self._lock = threading.Lock()

    def get(
        self, stage: str, key: Hashable, compute: Callable[[], Result], log: list[StageRun]
    ) -> Result:
        """The result of a stage, computed at most once while the budget lasts.

        Args:
            stage: its name for people; also part of the key.
            key: everything the result depends on.
            compute: called without arguments when the result is not there.
            log: gets one entry, whether it was computed now or before.
        """
        with self._lock:
            found = self._results.get((stage, key))
        if found is not None:
            log.append(StageRun(stage, found[1], recomputed=False))
            return found[0]  # type: ignore[no-any-return]
        started = time.perf_counter()
        result = compute()
        milliseconds = (time.perf_counter() - started) * 1000
        log.append(StageRun(stage, milliseconds, recomputed=True))
        # ValueError: larger than the whole budget, so this one is not kept.
        with self._lock, contextlib.suppress(ValueError):
            self._results[(stage, key)] = (result, milliseconds)
        return result

    def forget(self, stage: str, key: Hashable) -> None:
        """Drop a result that is no longer of use, if it is there."""
        with self._lock:
            self._results.pop((stage, key), None)
