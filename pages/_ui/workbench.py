"""What the frame hands to every page: the photo, the model and the settings in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from rpn_core.models.rpn import Rpn
from rpn_core.photo_file import PhotoFile
from rpn_core.settings import Settings

_KEY, _ASKED = "_workbench", "_asked_page"


@dataclass(frozen=True, eq=False, slots=True)
class Workbench:
    """The state that all pages share.

    Attributes:
        photo: what was uploaded or picked; `pages._ui.stages.pixels` has its pixels.
        sample: name of the sample photo, or None for a visitor's own.
        rpn: the loaded model.
        model_key: names the model with its weights and device, for caches.
        settings: valid, for this model's levels.
        preset: name of the preset that settings are compared with.
        link: query that reopens this state.
    """

    photo: PhotoFile
    sample: str | None
    rpn: Rpn
    model_key: tuple[str, str, str]
    settings: Settings
    preset: str
    link: dict[str, str]

    @property
    def level_names(self) -> tuple[str, ...]:
        return tuple(f"stride {stride}" for stride in self.rpn.card.strides)


def publish(workbench: Workbench) -> None:
    """Called by the frame, once a run, before the page."""
    st.session_state[_KEY] = workbench


def current() -> Workbench:
    """The state in force, for what a page draws."""
    workbench: Workbench = st.session_state[_KEY]
    return workbench


def enter(page_file: str) -> Workbench:
    """The state in force; each page asks for it first, with its `__file__`."""
    if _KEY not in st.session_state:
        # A fresh server takes pages/ for Streamlit's older kind of pages, which run without the
        # frame, until app.py has called st.navigation once.
        st.session_state[_ASKED] = Path(page_file).stem
        st.switch_page("app.py", query_params=st.query_params.to_dict())
    return current()


def asked_page(pages: Mapping[str, StreamlitPage]) -> StreamlitPage | None:
    """The page that was asked for when it could not yet run, once; called by the frame's owner.

    Args:
        pages: by the name of their file, without its ending.
    """
    return pages.get(st.session_state.pop(_ASKED, ""))
