"""The line in front of the network: one at a time, in order, visible, and never stuck."""

from __future__ import annotations

import threading
import time

import pytest

from rpn_core.models.forward_queue import ForwardQueue


def _until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited 10 s in vain"
        time.sleep(0.002)


@pytest.fixture
def queue():
    return ForwardQueue()


def start(queue, name, served, gate, positions=None):
    """A visitor in a thread of its own, who stays inside until the gate opens."""

    def visit():
        with queue.turn(positions.append if positions is not None else None):
            served.append(name)
            assert gate.wait(10)

    thread = threading.Thread(target=visit, daemon=True)
    thread.start()
    return thread


def test_visitors_run_alone_and_in_the_order_in_which_they_came(queue):
    served, gates = [], [threading.Event() for _ in range(4)]
    threads = []
    for i, gate in enumerate(gates):
        threads.append(start(queue, i, served, gate))
        _until(lambda i=i: len(queue._line) == i + 1)
    for i, gate in enumerate(gates):
        _until(lambda i=i: len(served) == i + 1)
        assert queue.waiting == 3 - i
        gate.set()
    for thread in threads:
        thread.join(10)
    assert served == [0, 1, 2, 3]
    assert queue.waiting == 0


def test_a_waiting_visitor_sees_the_line_grow_shorter(queue):
    served, positions = [], []
    gates = [threading.Event() for _ in range(3)]
    for i in range(3):
        start(queue, i, served, gates[i], positions if i == 2 else None)
        _until(lambda i=i: len(queue._line) == i + 1)
    _until(lambda: positions[-1:] == [2])
    gates[0].set()
    _until(lambda: positions[-1:] == [1])
    gates[1].set()
    _until(lambda: served == [0, 1, 2])
    gates[2].set()
    assert sorted(set(positions), reverse=True) == [2, 1]


def test_who_is_first_is_told_nothing(queue):
    told = []
    with queue.turn(told.append):
        pass
    assert told == []


def test_an_error_in_the_body_lets_the_next_one_in(queue):
    with pytest.raises(RuntimeError, match="broken"), queue.turn():
        raise RuntimeError("broken")
    with queue.turn():
        assert queue.waiting == 0


def test_a_visitor_who_leaves_the_line_does_not_block_it(queue):
    class Left(Exception):
        pass

    def leave(ahead):
        raise Left

    served, gate = [], threading.Event()
    start(queue, "first", served, gate)
    _until(lambda: served == ["first"])
    with pytest.raises(Left), queue.turn(leave):
        pytest.fail("the turn of someone who left")
    assert queue.waiting == 0
    last = start(queue, "last", served, gate)
    gate.set()
    last.join(10)
    assert served == ["first", "last"]
