"""One input for one setting, with label, range, step and reason from the core's table."""

from __future__ import annotations

import streamlit as st

from rpn_core.settings import CONTROLS


def help_of(name: str) -> str:
    """Why the setting is there, and its unit."""
    return f"{CONTROLS[name].reason} Unit: {CONTROLS[name].unit}."


def slider(name: str, *, whole: bool = False) -> None:
    """A slider over the whole range."""
    control = CONTROLS[name]
    kind = int if whole else float
    st.slider(
        control.label, kind(control.low), kind(control.high),
        step=kind(control.step), key=name, help=help_of(name),
    )  # fmt: skip


def count(name: str, step: int) -> None:
    """A field for a whole number; `step` is that of its buttons."""
    control = CONTROLS[name]
    st.number_input(
        control.label, int(control.low), int(control.high), step=step, key=name, help=help_of(name)
    )


def decimal(name: str, step: float) -> None:
    """A field for a number; `step` is that of its buttons."""
    control = CONTROLS[name]
    low, high = float(control.low), float(control.high)
    st.number_input(control.label, low, high, step=step, format="%g", key=name, help=help_of(name))
