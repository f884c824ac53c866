"""What was seen and what was wrong, from all threads."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.soak.photos import MarkedPhoto


@dataclass(frozen=True, slots=True)
class Upload:
    """From the choice of a file to its painted picture."""

    session: int
    rush: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Download:
    """What a visitor took along, and the address at that moment."""

    session: int
    photo: MarkedPhoto
    link: dict[str, str]
    csv: str
    funnel: dict[str, int]


@dataclass(frozen=True, slots=True)
class Sample:
    """The server at one moment; `at_s` from the start of the run."""

    at_s: float
    generation: int
    memory_mb: float | None
    waiting: int


@dataclass
class Records:
    """Shared by all visitors; appending to a list is one step for threads."""

    started: float = field(default_factory=time.monotonic)
    actions: Counter[tuple[int, str]] = field(default_factory=Counter)
    uploads: list[Upload] = field(default_factory=list)
    downloads: list[Download] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    marks_read: Counter[int] = field(default_factory=Counter)
    busy_seen: Counter[int] = field(default_factory=Counter)
    second_clicks: Counter[int] = field(default_factory=Counter)
    said_lost: set[int] = field(default_factory=set)
    came_back: set[int] = field(default_factory=set)
    interrupted: Counter[int] = field(default_factory=Counter)
    killed: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        return time.monotonic() - self.started

    def did(self, session: int, action: str) -> None:
        with self._lock:
            self.actions[(session, action)] += 1

    def count(self, counter: Counter[int], session: int) -> None:
        with self._lock:
            counter[session] += 1

    def fault(self, who: str, what: str) -> None:
        self.faults.append(f"{self.now():6.1f} s, {who}: {what}")
