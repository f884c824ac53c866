"""Which visitor this run of the script is for."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx


def session() -> str | None:
    """The visitor's session, for fairness and for logs; None outside of a page's run."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else None
