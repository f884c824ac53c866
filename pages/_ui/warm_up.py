"""What the first visitor would wait for is begun before it is asked for."""

from __future__ import annotations

import threading
import time

import streamlit as st

from rpn_core.nms import warm_up, warm_up_rest

# By then the first picture is there, and compiling takes nothing from it.
REST_AFTER_S = 15


@st.cache_resource(show_spinner=False)
def start_warm_up() -> None:
    """Compile NMS in a thread of its own while the model loads; once a process."""
    threading.Thread(target=_warm_up, daemon=True, name="warm-up").start()


def _warm_up() -> None:
    warm_up()
    time.sleep(REST_AFTER_S)
    warm_up_rest()
