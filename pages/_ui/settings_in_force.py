"""The settings in force: from a link, a file, a preset or the controls; for the model in force."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages._ui.notices import notice
from pages._ui.settings_widgets import carry_over, draw_widgets, fill_widgets, read_widgets
from pages._ui.uploads import uploaded
from rpn_core.errors import UserError
from rpn_core.models.card import ModelCard
from rpn_core.models.table import CARDS
from rpn_core.presets import MODELS_OWN, PRESETS, preset
from rpn_core.settings import AnchorSettings, InputSettings, NmsSettings, Settings
from rpn_core.settings_file import from_json
from rpn_core.settings_query import QUERY_KEYS, from_query

PRESET, SETTINGS_FILE = "preset", "settings_upload"
# For the card in force: name of its model, its last valid settings, and their preset.
_CARD, _SETTINGS = "_settings_card", "_settings"
_FROM_ADDRESS = "_settings_from_address"  # set until the controls were filled from it
_CONTROLS = "controls"  # topic of notices


def preset_settings(card: ModelCard) -> Settings:
    """Those of the preset that is chosen, for a model."""
    return preset(st.session_state[PRESET], card.strides, card.own_settings)


def _settings_for(card: ModelCard) -> None:
    """Fill the controls when they do not yet belong to this model or this address."""
    state = st.session_state
    state.setdefault(PRESET, MODELS_OWN.name)
    from_address = state.pop(_FROM_ADDRESS, False) or _CARD not in state
    if state.get(_CARD) == card.name and not from_address:
        return
    base = preset_settings(card)
    if not from_address:
        old = preset_settings(CARDS[state[_CARD]])
        settings = carry_over(state[_SETTINGS], old, base)
    else:
        query = {key: st.query_params[key] for key in QUERY_KEYS if key in st.query_params}
        settings, sentences = from_query(query, base)
        notice("settings", *sentences)
    state[_CARD] = card.name
    _put(settings)


def settings_from_address() -> None:
    """Have the controls filled from the address; to be called before they are read."""
    st.session_state[_FROM_ADDRESS] = True


def _put(settings: Settings) -> None:
    st.session_state[_SETTINGS] = settings
    fill_widgets(settings)


def apply_anchors(anchors: AnchorSettings) -> None:
    """Make these the app's anchors, on every page and in every control.

    To be called in a widget's callback: a control that is drawn already cannot be filled.

    Raises:
        UserError: they are for another number of levels than the model has.
    """
    levels = len(CARDS[st.session_state[_CARD]].strides)
    if len(anchors.sizes) != levels:
        raise UserError(
            f"The anchors are for {len(anchors.sizes)} levels, but the model has {levels}: choose "
            "the model that they were made for."
        )
    _put(replace(st.session_state[_SETTINGS], anchors=anchors))
    notice("settings")


def apply_input(size: InputSettings) -> None:
    """Make this the app's input size; to be called in a widget's callback."""
    _put(replace(st.session_state[_SETTINGS], input=size))
    notice("settings")


def apply_nms(nms: NmsSettings) -> None:
    """Make these the app's settings of NMS; to be called in a widget's callback."""
    _put(replace(st.session_state[_SETTINGS], nms=nms))
    notice("settings")


def _apply_preset() -> None:
    card = CARDS[st.session_state[_CARD]]
    _put(preset_settings(card))
    notice("settings")


def _open_settings() -> None:
    upload = uploaded(SETTINGS_FILE)
    if upload is None:
        return
    card = CARDS[st.session_state[_CARD]]
    try:
        _put(from_json(upload.getvalue(), levels=len(card.strides)))
        notice("settings")
    except UserError as error:
        notice("settings", f"{error} The settings stay as they were.")


def read_settings(card: ModelCard) -> Settings:
    """What the controls say or, where that does not fit together, what they said before."""
    _settings_for(card)
    try:
        st.session_state[_SETTINGS] = read_widgets(card, st.session_state[_SETTINGS])
        notice(_CONTROLS)
    except UserError as error:
        notice(_CONTROLS, f"{error} The last settings that fit together stay in force.")
    settings: Settings = st.session_state[_SETTINGS]
    return settings


def draw_settings(card: ModelCard) -> None:
    """Draw the preset, every control, and the upload of a settings file."""
    choice, reset = st.columns([3, 2], vertical_alignment="bottom")
    about = {entry.name: entry.description for entry in PRESETS}
    name = choice.selectbox(
        "Preset", list(about), key=PRESET, on_change=_apply_preset,
        help=" ".join(f"**{key}**: {text}" for key, text in about.items()),
    )  # fmt: skip
    reset.button("Reset", key="reset", on_click=_apply_preset, width="stretch",
                 help=f"Set every control back to the preset: {name}.")  # fmt: skip
    draw_widgets(card, st.session_state[_SETTINGS])
    with st.expander("Settings from a file"):
        st.file_uploader(
            "Settings (JSON)", key=SETTINGS_FILE, on_change=_open_settings, max_upload_size=1,
            help="A file that was saved under the picture.",
        )  # fmt: skip
