"""The line in front of the network: one at a time, in order, visible, and never stuck."""

from __future__ import annotations

import threading
import time

import pytest

from rpn_core.models.runtime.forward_queue import ForwardQueue


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
        _until(lambda i=i: len(queue._line) + (queue._running is not None) == i + 1)
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
        _until(lambda i=i: len(queue._line) + (queue._running is not None) == i + 1)
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


def enter(queue, session, served, gates, positions=None):
    """A thread of `session` that stays inside until its own gate opens; returns when it stands."""
    gate = threading.Event()
    gates.append(gate)
    before = queue._arrivals

    def visit():
        with queue.turn(positions.append if positions is not None else None, session=session):
            served.append(session)
            assert gate.wait(10)

    threading.Thread(target=visit, daemon=True).start()
    _until(lambda: queue._arrivals == before + 1)
    return gate


def test_one_turn_each_before_the_second_of_anyone(queue):
    served, gates = [], []
    enter(queue, "drags", served, gates)
    _until(lambda: served == ["drags"])
    enter(queue, "looks", served, gates)
    enter(queue, "waits", served, gates)
    gates[0].set()
    _until(lambda: served == ["drags", "looks"])
    # Here while "waits" is not served yet, and so is a newcomer.
    enter(queue, "drags", served, gates)
    enter(queue, "new", served, gates)
    for gate in gates:
        gate.set()
    _until(lambda: len(served) == 5)
    assert served == ["drags", "looks", "waits", "new", "drags"]


def test_a_dragging_session_lets_every_other_one_go_between_two_of_its_turns(queue):
    """Real threads, each asking again at once, one session with three of them."""
    counts = dict.fromkeys("abcd", 0)
    stop, asking = threading.Event(), threading.Semaphore(0)

    def ask(name):
        asking.release()
        while not stop.is_set():
            with queue.turn(session=name):
                counts[name] += 1
                time.sleep(0.001)

    threads = [threading.Thread(target=ask, args=(name,), daemon=True) for name in "aaabcd"]
    with queue.turn(session="before them all"):  # or the first to start would have a lead
        for thread in threads:
            thread.start()
            asking.acquire()
        time.sleep(0.2)
    _until(lambda: sum(counts.values()) >= 80)
    stop.set()
    for thread in threads:
        thread.join(10)
    assert max(counts.values()) - min(counts.values()) <= 4


def test_a_page_that_is_run_again_finds_its_place_again(queue):
    class Rerun(Exception):
        pass

    def interrupt(ahead):
        raise Rerun

    served, gates = [], []
    enter(queue, "first", served, gates)
    with pytest.raises(Rerun), queue.turn(interrupt, session="moves a slider"):
        pytest.fail("the turn of a run that was interrupted")
    enter(queue, "came later", served, gates)
    enter(queue, "moves a slider", served, gates)
    for gate in gates:
        gate.set()
    _until(lambda: len(served) == 3)
    assert served == ["first", "moves a slider", "came later"]


def test_who_comes_back_after_long_does_not_get_the_turns_it_did_not_ask_for(queue):
    for _ in range(50):
        with queue.turn(session="busy"):
            pass
    with queue.turn(session="new"):
        pass
    served, gates = [], []
    enter(queue, "other", served, gates)
    for name in ("new", "busy", "new"):
        enter(queue, name, served, gates)
    for gate in gates:
        gate.set()
    _until(lambda: len(served) == 4)
    assert served.index("busy") <= 2


def test_only_so_many_sessions_are_remembered(queue, monkeypatch):
    monkeypatch.setattr("rpn_core.models.runtime.forward_queue._SESSIONS_REMEMBERED", 10)
    for i in range(100):
        with queue.turn(session=i):
            pass
    assert len(queue._places) == 10


def test_how_long_the_present_pass_takes_is_known(queue):
    assert queue.running_for() == 0
    with queue.turn():
        time.sleep(0.01)
        assert queue.running_for() >= 0.01
    assert queue.running_for() == 0
