"""A part of a page that is drawn again alone, in the language and slot that it was drawn in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from pages._ui.state.language import in_visit_language
from pages._ui.state.slot import in_slot

Given = ParamSpec("Given")


def fragment(draw: Callable[Given, None]) -> Callable[Given, None]:
    """As `st.fragment`, of which Streamlit calls the body again outside of app.py."""

    @wraps(draw)
    def drawn(*args: Given.args, **kwargs: Given.kwargs) -> None:
        # Only now is it known which slot the page is drawing.
        st.fragment(in_slot(in_visit_language(draw)))(*args, **kwargs)

    return drawn
