"""The store: one budget, one computation of a key, and no waiting that cannot be ended."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rpn_core.stages import kept
from rpn_core.stages.kept import KeptResults


@pytest.fixture(autouse=True)
def _quick_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "ANNOUNCE_EVERY_S", 0.01)


class Computation:
    """One that waits to be let go, and counts how often it began."""

    def __init__(self, *failures: Exception) -> None:
        self.begun = 0
        self.under_way = threading.Event()
        self.let_go = threading.Event()
        self._failures = list(failures)

    def __call__(self) -> np.ndarray:
        self.begun += 1
        self.under_way.set()
        assert self.let_go.wait(30)
        if self._failures:
            raise self._failures.pop(0)
        return np.arange(3)


def ask(store: KeptResults, computation: Computation, threads: int, waiting: threading.Event):
    """Four threads ask for one key, the first of them well ahead."""
    pool = ThreadPoolExecutor(threads)
    first = pool.submit(store.get, "key", computation)
    assert computation.under_way.wait(30)
    others = [pool.submit(store.get, "key", computation, waiting.set) for _ in range(threads - 1)]
    assert waiting.wait(30)
    computation.let_go.set()
    return first, others


def test_four_threads_that_ask_at_once_have_it_computed_once():
    store, computation = KeptResults(10**6), Computation()
    first, others = ask(store, computation, 4, threading.Event())
    assert first.result(30).computed
    results = [other.result(30) for other in others]
    assert computation.begun == 1
    assert not any(result.computed for result in results)
    assert all(result.result is first.result().result for result in results)
    assert {result.seconds for result in results} == {first.result().seconds}


def test_after_a_failure_the_next_in_line_computes():
    store, computation = KeptResults(10**6), Computation(ValueError("stopped"))
    first, others = ask(store, computation, 4, threading.Event())
    with pytest.raises(ValueError, match="stopped"):
        first.result(30)
    results = [other.result(30) for other in others]
    assert computation.begun == 2
    assert sorted(result.computed for result in results) == [False, False, True]


def test_who_waits_can_leave():
    store, computation = KeptResults(10**6), Computation()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(store.get, "key", computation)
        assert computation.under_way.wait(30)

        def leave() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            store.get("key", computation, leave)
        computation.let_go.set()
        assert first.result(30).computed
    assert not store.get("key", computation).computed


def test_other_keys_do_not_wait():
    store, computation = KeptResults(10**6), Computation()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(store.get, "key", computation)
        assert computation.under_way.wait(30)
        assert store.get("other", lambda: 7).result == 7
        computation.let_go.set()
        first.result(30)


def test_a_computation_may_ask_for_other_results_but_not_for_its_own():
    store = KeptResults(10**6)
    assert store.get("a", lambda: store.get("b", lambda: 2).result + 1).result == 3
    with pytest.raises(RuntimeError, match="asks for its own result"):
        store.get("c", lambda: store.get("c", lambda: 1))
    assert store.get("c", lambda: 5).result == 5


def test_the_least_recently_used_goes_first_and_what_is_too_large_is_not_kept():
    store = KeptResults(10_000)
    large = np.zeros(3000, np.uint8)
    for key in "ab":
        store.get(key, lambda: large)
    store.get("a", lambda: large)
    store.get("c", lambda: large)
    assert store.bytes_held <= 10_000
    assert not store.get("a", lambda: large).computed
    assert store.get("b", lambda: large).computed
    assert store.get("huge", lambda: np.zeros(20_000, np.uint8)).computed
    assert store.get("huge", lambda: np.zeros(20_000, np.uint8)).computed


def test_what_was_made_elsewhere_is_kept_until_it_is_forgotten():
    store = KeptResults(10_000)
    store.offer("a", 1)
    assert store.get("a", lambda: 2).result == 1
    store.forget("a")
    store.forget("a")
    assert store.get("a", lambda: 2).result == 2
