"""The results of all stages for a page, with a word while they are waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from pages._ui.stages import Results, compute
from pages._ui.workbench import Workbench
from rpn_core.errors import UserError


def run_stages(bench: Workbench) -> Results | None:
    """Compute or fetch everything; None after an error, which has then been shown."""
    with place_in_line() as told:
        try:
            return compute(bench, told)
        except UserError as error:
            st.error(str(error))
            return None


@contextmanager
def place_in_line() -> Iterator[Callable[[int], None]]:
    """Give what `compute` tells the place in the line to; the sentence goes when the body ends."""
    waiting = st.empty()
    try:
        yield lambda ahead: waiting.info(f"The network is busy: {ahead} ahead of you.")
    finally:
        waiting.empty()
