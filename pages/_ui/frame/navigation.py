"""The names of the pages, as links that carry the whole state along.

Streamlit's own list of pages drops the query on a click. The address would be bare until the page
has run, and with a server that was restarted in between every setting would be lost; a page opened
in another tab would not show the same state.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.navigation.page import StreamlitPage


def draw_navigation(
    pages: Sequence[StreamlitPage], shown: StreamlitPage, link: dict[str, str]
) -> None:
    """Draw a link for each page.

    Args:
        pages: those to choose from.
        shown: the page that runs; it may be another address of one of them.
        link: query that reopens the present state.
    """
    with st.container(gap="xsmall", key="navigation"):
        for page in pages:
            target = shown if shown.title == page.title else page
            st.page_link(target, query_params=link or None, width="stretch")
