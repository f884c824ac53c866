"""What is loaded once is not searched for garbage again and again."""

from __future__ import annotations

import gc

import streamlit as st


@st.cache_resource(show_spinner=False)
def freeze_heap() -> None:
    """Take everything that is loaded by now out of the garbage collector's rounds; once a process.

    Streamlit runs a full collection after every run of the script. Walking all objects of torch,
    numba and Plotly took 0.33 s of CPU each time, more than all stages of a changed slider.
    """
    gc.collect()
    gc.freeze()
