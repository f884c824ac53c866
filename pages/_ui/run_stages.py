"""The results of all stages for a page, with a word while they are waited for."""

from __future__ import annotations

import streamlit as st

from pages._ui.stages import Results, compute
from pages._ui.workbench import Workbench
from rpn_core.errors import UserError


def run_stages(bench: Workbench) -> Results | None:
    """Compute or fetch everything; None after an error, which has then been shown."""
    waiting = st.empty()
    try:
        return compute(
            bench, lambda ahead: waiting.info(f"The network is busy: {ahead} ahead of you.")
        )
    except UserError as error:
        st.error(str(error))
        return None
    finally:
        waiting.empty()
