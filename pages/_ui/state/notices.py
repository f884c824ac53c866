"""Sentences for the visitor that must outlive the run in which they arose."""

from __future__ import annotations

from itertools import chain

import streamlit as st

from pages._ui.state.slot import SLOTS, slot
from pages._ui.state.visit import NOTICES
from rpn_core.messages import Message


def notice(topic: str, *sentences: Message) -> None:
    """Replace what is said about a topic in this slot; without sentences, forget it."""
    said = NOTICES.get_or_make(dict)
    said.pop(topic, None)
    if sentences:
        said[topic] = sentences


def show_notices() -> None:
    """Show every sentence of both slots until its topic is settled."""
    # In one container, so that a sentence that comes or goes does not rebuild the canvas below.
    with st.container():
        for name in SLOTS:
            with slot(name):
                said = NOTICES.get_or({})
            for sentence in chain.from_iterable(said.values()):
                st.warning(plain(str(sentence)), icon=":material/info:")


def plain(sentence: str) -> str:
    """Escape text that may quote a file name: what Markdown would render is shown as it is.

    >>> plain("*a*.jpg")
    '\\\\*a\\\\*.jpg'
    """
    return "".join("\\" + c if c in "\\`*_[]<>#$:~|" else c for c in sentence)
