"""One thing that a visit remembers, in Streamlit's session state, of the slot in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, Self, TypeVar

import streamlit as st

from pages._ui.state.slot import slotted

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class Remembered(Generic[Value]):
    """One thing that the pages remember themselves.

    Attributes:
        name: in Streamlit's session state.
        of_visit: there once, whatever the slot.
    """

    name: str
    of_visit: bool = False

    @property
    def key(self) -> str:
        return self.name if self.of_visit else slotted(self.name)

    def get(self) -> Value | None:
        """None where nothing is remembered."""
        value: Value | None = st.session_state.get(self.key)
        return value

    def require(self) -> Value:
        """Raises KeyError where nothing is remembered."""
        value: Value = st.session_state[self.key]
        return value

    def get_or(self, default: Value) -> Value:
        value: Value = st.session_state.get(self.key, default)
        return value

    def get_or_make(self, make: Callable[[], Value]) -> Value:
        """What is remembered; made and remembered where there is nothing."""
        if self.key not in st.session_state:
            st.session_state[self.key] = make()
        return self.require()

    def set(self, value: Value) -> None:
        st.session_state[self.key] = value

    def forget(self) -> None:
        st.session_state.pop(self.key, None)

    def __bool__(self) -> bool:
        """Whether anything is remembered."""
        return self.key in st.session_state

    def of(self, part: object) -> Self:
        """What is remembered of one of several things of a kind."""
        return replace(self, name=f"{self.name}_{part}")


@dataclass(frozen=True, eq=False)
class Control(Remembered[Value]):
    """A control that keeps its value in itself."""

    @property
    def kept(self) -> dict[str, Any]:
        """Arguments of the control: its key, and that its value outlasts a change of page."""
        return {"key": self.key, "persist_state": "session"}
