"""Sentences for the visitor that must outlive the run in which they arose."""

from __future__ import annotations

import streamlit as st

_KEY = "_notices"


def notice(topic: str, *sentences: str) -> None:
    """Replace what is said about a topic; without sentences, forget it."""
    said: dict[str, tuple[str, ...]] = st.session_state.setdefault(_KEY, {})
    said.pop(topic, None)
    if sentences:
        said[topic] = sentences


def show_notices() -> None:
    """Show every sentence until its topic is settled."""
    said: dict[str, tuple[str, ...]] = st.session_state.get(_KEY, {})
    # In one container, so that a sentence that comes or goes does not rebuild the canvas below.
    with st.container():
        for sentences in said.values():
            for sentence in sentences:
                st.warning(plain(sentence), icon=":material/info:")


def plain(sentence: str) -> str:
    """Escape text that may quote a file name: what Markdown would render is shown as it is.

    >>> plain("*a*.jpg")
    '\\\\*a\\\\*.jpg'
    """
    return "".join("\\" + c if c in "\\`*_[]<>#$:~|" else c for c in sentence)
