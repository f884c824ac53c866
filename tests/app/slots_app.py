"""A page of the tests: two runs of the app side by side, each with its own settings."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages._ui.controls import inputs
from pages._ui.controls.anchor_lists import draw_anchor_lists
from pages._ui.controls.bound import use_settings
from pages._ui.state.notices import show_notices
from pages._ui.state.slot import in_slot, slot
from pages._ui.state.visit import EXPLORE_PANEL, SETTINGS
from rpn_core.settings import NmsSettings, Settings


def _lower() -> None:
    settings = SETTINGS.require()
    use_settings(replace(settings, nms=NmsSettings(nms_thresh=0.1)))


show_notices()
for column, name in zip(st.columns(2), ("a", "b"), strict=True):
    with column, slot(name):
        if not SETTINGS:
            use_settings(Settings())
        inputs.draw("nms.method", "nms.nms_thresh", "nms.sigma", "input.min_side", "input.max_side")
        draw_anchor_lists((8, 16, 32, 64))
        st.button("Lower", key=f"lower_{name}", on_click=in_slot(_lower))
        st.segmented_control("Panel", ["one", "two"], default="one", **EXPLORE_PANEL.kept)
        st.text(f"{name}: {SETTINGS.require().nms.nms_thresh:g} {EXPLORE_PANEL.get()}")
