"""Torch keeps to one thread, save for the network."""

from __future__ import annotations

import streamlit as st

from rpn_core.models.threads import keep_to_one_thread


@st.cache_resource(show_spinner=False)
def one_thread() -> None:
    """Once a process."""
    keep_to_one_thread()
