"""What the first visitor would wait for is begun before it is asked for."""

from __future__ import annotations

import threading

import streamlit as st

from rpn_core.nms import warm_up


@st.cache_resource(show_spinner=False)
def start_warm_up() -> None:
    """Compile NMS in a thread of its own while the model loads; once a process."""
    threading.Thread(target=warm_up, daemon=True, name="warm-up").start()
