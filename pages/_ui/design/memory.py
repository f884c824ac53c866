"""Controls of one page that keep their value while a visitor is on another."""

from __future__ import annotations

from typing import Any

import streamlit as st


def recall(key: str, default: Any) -> None:
    """Before a control is drawn: give it the value that it last had.

    Streamlit forgets the value of a control that is not drawn.
    """
    if key not in st.session_state:
        st.session_state[key] = st.session_state.get(f"_kept_{key}", default)


def remember(key: str) -> None:
    """After it was drawn: keep its value."""
    st.session_state[f"_kept_{key}"] = st.session_state[key]
