"""Which controls stand where in the side bar: preset, reset, three tabs, a settings file."""

from __future__ import annotations

import streamlit as st

from pages._ui.controls import inputs
from pages._ui.controls.anchor_lists import draw_anchor_lists
from pages._ui.controls.in_force import apply_preset, open_settings_file
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.visit import OPEN_TAB, PRESET, SETTINGS_FILE, SETTINGS_TAB
from rpn_core.messages import msg, tr
from rpn_core.models.catalogue.card import ModelCard
from rpn_core.settings.presets import PRESETS

FILTER, ANCHORS, INPUT = TABS = (msg("Filter and NMS"), msg("Anchors"), msg("Input"))


def draw_settings(card: ModelCard) -> None:
    """Draw the preset, the controls of the open tab, and the upload of a settings file."""
    choice, reset = st.columns([3, 2], vertical_alignment="bottom")
    about = {entry.name: entry for entry in PRESETS}
    name = choice.selectbox(
        tr("Preset"), list(about), key=PRESET.key, on_change=in_slot(apply_preset),
        format_func=lambda name: str(about[name].label),
        help=" ".join(f"**{entry.label}**: {entry.description}" for entry in PRESETS),
    )  # fmt: skip
    reset.button(
        tr("Reset"), key=slotted("reset"), on_click=in_slot(apply_preset), width="stretch",
        help=tr("Set every control back to the preset: {preset}.", preset=about[name].label),
    )  # fmt: skip
    _draw_tabs(card)
    with st.expander(tr("Settings from a file")):
        st.file_uploader(
            tr("Settings (JSON)"), key=SETTINGS_FILE.key, on_change=in_slot(open_settings_file),
            max_upload_size=1, help=tr("A file that was saved under the picture."),
        )  # fmt: skip


def _draw_tabs(card: ModelCard) -> None:
    """Draw the controls of the open tab only: each costs the browser time."""
    if OPEN_TAB and not SETTINGS_TAB:  # Streamlit forgets the open tab when the page changes
        SETTINGS_TAB.set(OPEN_TAB.require())
    names = [str(name) for name in TABS]
    filter_tab, anchor_tab, input_tab = st.tabs(names, key=SETTINGS_TAB.key, on_change="rerun")
    OPEN_TAB.set(SETTINGS_TAB.get_or(names[0]))
    if filter_tab.open:
        with filter_tab:
            inputs.draw(
                "selection.score_thresh", "selection.pre_nms_top_n", "selection.min_size",
                "selection.drop_cross_border", "nms.method", "nms.nms_thresh", "nms.sigma",
                "nms.soft_score_thresh", "nms.across_levels", "nms.post_nms_top_n",
            )  # fmt: skip
    elif anchor_tab.open:
        with anchor_tab:
            inputs.draw("anchors.size_factor")
            draw_anchor_lists(card.strides)
            inputs.draw("anchors.offset", "anchors.convention")
    else:
        with input_tab:
            inputs.draw("input.min_side", "input.max_side")
            if not card.any_anchor:
                inputs.draw("head.foreign_anchors")
