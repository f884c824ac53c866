"""A slot: a run of the app of its own, with a photo, a model, settings and what was chosen in them.

Pages show one, `a`; a page that compares two draws the other within `with slot("b"):`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Literal, ParamSpec, TypeVar, get_args

Value = TypeVar("Value")
Given = ParamSpec("Given")
Slot = Literal["a", "b"]
SLOTS: tuple[Slot, ...] = get_args(Slot)
_slot: ContextVar[Slot] = ContextVar("slot", default="a")


@contextmanager
def slot(name: Slot) -> Iterator[None]:
    """Read and write the state of this slot in the body."""
    before = _slot.set(name)
    try:
        yield
    finally:
        _slot.reset(before)


def in_slot(callback: Callable[Given, Value]) -> Callable[Given, Value]:
    """A callback, or a fragment, for the slot that is in force now: Streamlit calls it later."""
    mine = _slot.get()

    @wraps(callback)
    def called(*args: Given.args, **kwargs: Given.kwargs) -> Value:
        with slot(mine):
            return callback(*args, **kwargs)

    return called


def slotted(key: str) -> str:
    """The key as it is in slot a, and one of its own in every other."""
    return key if _slot.get() == "a" else f"{_slot.get()}:{key}"
