"""How many threads torch uses: all cores for the network, fewer for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch

_ALL = torch.get_num_threads()  # the cores, or what OMP_NUM_THREADS allows


def keep_to_one_thread() -> None:
    """For an app whose browsers and event loop share the cores; to be called in every thread.

    A new thread takes the number in force when it first computes, which is all cores while another
    thread is in `network_threads`.

    The stages after the network take a few milliseconds on one thread. Two threads that wait for
    each other at every operation, with a busy browser beside them, took up to ten times as long.
    """
    torch.set_num_threads(1)


def network_threads() -> AbstractContextManager[None]:
    """Run the body on all cores, then go back to the number of threads before."""
    return _threads(_ALL)


def one_thread() -> AbstractContextManager[None]:
    """Run the body on one thread, then go back to the number of threads before."""
    return _threads(1)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
