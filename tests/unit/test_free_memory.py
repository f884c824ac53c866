"""Free memory goes back to the system, and only after work."""

from __future__ import annotations

import ctypes
import threading

import pytest

from pages._server import free_memory


class Over(Exception):
    """Ends the loop that would go on for ever."""


class Libc:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def mallopt(self, name: int, value: int) -> int:
        self.asked.append((f"mallopt {name}", value))
        return 1

    def malloc_trim(self, pad: int) -> int:
        self.asked.append(("trim", pad))
        return 1


@pytest.fixture
def libc(monkeypatch):
    used = Libc()
    monkeypatch.setattr(free_memory, "_glibc", lambda: used)
    return used


@pytest.mark.parametrize(
    ("cpu_s", "trims"), [((0, 0.1, 0.3), 0), ((0, 0.1, 0.9, 0.9), 1), ((0, 1, 1, 2, 2), 2)]
)
def test_only_work_is_followed_by_a_trim(monkeypatch, libc, cpu_s, trims):
    clock = iter(cpu_s)

    def now():
        try:
            return next(clock)
        except StopIteration:
            raise Over from None

    monkeypatch.setattr(free_memory.time, "process_time", now)
    monkeypatch.setattr(free_memory.time, "sleep", lambda _: None)
    with pytest.raises(Over):
        free_memory._trim_for_ever(libc)
    assert libc.asked == [("trim", 0)] * trims


@pytest.mark.parametrize(("set_", "asked"), [("", [("mallopt -8", 2)]), ("4", [])])
def test_the_environment_s_number_of_heaps_goes_before(monkeypatch, libc, set_, asked):
    monkeypatch.setattr(free_memory, "_trim_for_ever", lambda _: None)
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    if set_:
        monkeypatch.setenv("MALLOC_ARENA_MAX", set_)
    free_memory.return_free_memory()
    assert libc.asked == asked


def test_where_the_allocator_is_another_nothing_is_started(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    before = threading.active_count()
    free_memory.return_free_memory()
    assert threading.active_count() == before


def test_glibc_s_own_trim_is_found_and_harmless():
    libc = free_memory._glibc()
    if libc is None:
        pytest.skip("not glibc")
    assert libc.malloc_trim(0) in (0, 1)
