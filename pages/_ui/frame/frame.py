"""The frame around every page: photo, model and settings live here and outlast a change of page.

The page is drawn before the side bar: it is what a visitor waits for while a control moves.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages._ui.controls.in_force import settings_for
from pages._ui.controls.side_bar import draw_settings
from pages._ui.frame.address import follow_address, link_to, show_link
from pages._ui.frame.model_picker import current_model, draw_model_picker, nothing_to_load
from pages._ui.frame.navigation import draw_navigation
from pages._ui.frame.photo_picker import current_photo, draw_photo_picker
from pages._ui.state.visit import NETWORK_RAN_FOR, PRESET, SIDE_BAR_DRAWN, WORKBENCH
from pages._ui.state.workbench import Workbench

# Streamlit leaves 6rem above the page; the picture is worth more than that.
_STYLE = """<style>
.stMainBlockContainer { padding: 2.5rem 2rem 2rem; max-width: 1800px; }
.st-key-model_card button { min-height: 0; padding: 0; text-decoration: underline; }
[data-stale] { opacity: 1 !important; transition: none !important; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 3.5rem 0.75rem 1rem; } }
</style>"""


def _publish() -> Workbench:
    """Hand what the controls say to the page."""
    photo, sample = current_photo()
    rpn, model_key = current_model()
    settings = settings_for(rpn.card)
    link = link_to(rpn.card, sample, settings)
    bench = Workbench(photo, sample, rpn, model_key, settings, PRESET.require(), link)
    WORKBENCH.set(bench)
    return bench


def _network_must_run(bench: Workbench) -> bool:
    """Whether photo, model or input size are others than in the run before."""
    now: Hashable = (bench.photo.sha256, bench.model_key, bench.settings.input)
    before = NETWORK_RAN_FOR.get()
    NETWORK_RAN_FOR.set(now)
    return now != before


def run_in_frame(page: StreamlitPage, pages: Sequence[StreamlitPage]) -> None:
    """Draw the page, and the side bar with the pages, the photo, the model and the settings."""
    st.html(_STYLE)
    follow_address()
    with st.sidebar:
        st.markdown("### RPN Explorer")
        pages_part, photo_part, model_part, settings_part = (st.container() for _ in range(4))
    # The first time, something to choose from should not wait for the network; and a model that
    # is not there must be loaded, under a visible bar, before the page can use it.
    first = not SIDE_BAR_DRAWN or not nothing_to_load()

    def draw_choices() -> None:
        with photo_part:
            draw_photo_picker()
        with model_part:
            draw_model_picker()

    def draw_rest(link: dict[str, str]) -> None:
        with pages_part:
            draw_navigation(pages, page, link)
        with settings_part:
            draw_settings(current_model()[0].card)

    if first:
        draw_choices()
    bench = _publish()
    # The network takes longer than what the browser does for a new address.
    if _network_must_run(bench):
        show_link(bench.link)
    if first:
        draw_rest(bench.link)
    failure = None
    try:
        page.run()
        show_link(bench.link)
    except Exception as error:
        # The side bar is drawn all the same: Streamlit forgets the values of controls that a run
        # did not draw, and no later run could read them.
        failure = error
    if not first:
        draw_choices()
        draw_rest(bench.link)
    SIDE_BAR_DRAWN.set(True)
    if failure is not None:
        raise failure
