"""The frame around every page: photo, model and settings live here and outlast a change of page.

The page is drawn before the side bar: it is what a visitor waits for while a control moves.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages._ui.model_picker import MODEL, current_model, draw_model_picker, nothing_to_load
from pages._ui.notices import notice
from pages._ui.photo_picker import current_photo, draw_photo_picker, open_sample
from pages._ui.settings_widgets import carry_over, draw_widgets, fill_widgets, read_widgets
from pages._ui.targets_settings import target_settings, use_target_settings
from pages._ui.uploads import uploaded
from pages._ui.workbench import Workbench, publish
from rpn_core.errors import UserError
from rpn_core.models.card import ModelCard
from rpn_core.models.table import CARDS, DEFAULT_MODEL
from rpn_core.presets import MODELS_OWN, PRESETS, preset
from rpn_core.samples import samples
from rpn_core.settings import AnchorSettings, InputSettings, NmsSettings, Settings
from rpn_core.settings_file import from_json
from rpn_core.settings_query import QUERY_KEYS, from_query, to_query
from rpn_core.target_query import targets_from_query, targets_to_query

PRESET, SETTINGS_FILE = "preset", "settings_upload"
# For the card in force: name of its model, its last valid settings, and their preset.
_CARD, _SETTINGS = "_settings_card", "_settings"
_CONTROLS = "controls"  # topic of notices
_DRAWN = "_side_bar_drawn"


# Streamlit leaves 6rem above the page; the picture is worth more than that.
_STYLE = """<style>
.stMainBlockContainer { padding: 2.5rem 2rem 2rem; max-width: 1800px; }
.st-key-model_card button { min-height: 0; padding: 0; text-decoration: underline; }
[data-stale] { opacity: 1 !important; transition: none !important; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 3.5rem 0.75rem 1rem; } }
</style>"""


def _base(card: ModelCard, preset_name: str) -> Settings:
    return preset(preset_name, card.strides, card.own_settings)


def _follow_link() -> None:
    """Once a visit: take model, photo, preset and training targets from the link."""
    if "_link_read" in st.session_state:
        return
    st.session_state["_link_read"] = True
    query = st.query_params.to_dict()
    sentences = []
    if query.get("model", DEFAULT_MODEL) in CARDS:
        st.session_state[MODEL] = query.get("model", DEFAULT_MODEL)
    else:
        sentences.append("The link's model is unknown: the default model is used.")
    if query.get("preset", MODELS_OWN.name) in {entry.name for entry in PRESETS}:
        st.session_state[PRESET] = query.get("preset", MODELS_OWN.name)
    else:
        sentences.append("The link's preset is unknown: the model's own settings are used.")
    targets, complaints = targets_from_query(query)
    use_target_settings(targets)
    notice("link", *sentences, *complaints)
    _open_photo_of_link(query.get("photo"))


def _open_photo_of_link(name: str | None) -> None:
    """What is said of it is true until another photo is opened."""
    current_photo()  # the first sample, unless another one opens now
    if name == "own":
        notice(
            "photo",
            "The link was made for an uploaded photo, which does not travel with it: "
            "the settings are as in the link, the photo is a sample.",
        )
    elif name is not None:
        try:
            open_sample(name)
        except UserError as error:
            notice("photo", str(error))


def _settings_for(card: ModelCard) -> None:
    """Fill the controls when they do not yet belong to this model."""
    state = st.session_state
    state.setdefault(PRESET, MODELS_OWN.name)
    if state.get(_CARD) == card.name:
        return
    base = _base(card, state[PRESET])
    if _CARD in state:
        old = _base(CARDS[state[_CARD]], state[PRESET])
        settings = carry_over(state[_SETTINGS], old, base)
    else:
        query = {key: st.query_params[key] for key in QUERY_KEYS if key in st.query_params}
        settings, sentences = from_query(query, base)
        notice("settings", *sentences)
    state[_CARD] = card.name
    _put(settings)


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
    _put(_base(card, st.session_state[PRESET]))
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


def _read_settings(card: ModelCard) -> None:
    _settings_for(card)
    try:
        st.session_state[_SETTINGS] = read_widgets(card, st.session_state[_SETTINGS])
        notice(_CONTROLS)
    except UserError as error:
        notice(_CONTROLS, f"{error} The last settings that fit together stay in force.")


def _draw_settings(card: ModelCard) -> None:
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


def _link(card: ModelCard, sample: str | None, settings: Settings) -> dict[str, str]:
    """The shortest query that reopens this state."""
    link = {}
    if card.name != DEFAULT_MODEL:
        link["model"] = card.name
    if sample is None:
        link["photo"] = "own"
    elif sample != samples()[0].name:
        link["photo"] = sample
    if st.session_state[PRESET] != MODELS_OWN.name:
        link["preset"] = st.session_state[PRESET]
    link |= to_query(settings, _base(card, st.session_state[PRESET]))
    return link | targets_to_query(target_settings())


def _publish() -> dict[str, str]:
    """Hand what the controls say to the page; returns the query that reopens this state."""
    photo, sample = current_photo()
    rpn, model_key = current_model()
    _read_settings(rpn.card)
    settings: Settings = st.session_state[_SETTINGS]
    link = _link(rpn.card, sample, settings)
    publish(Workbench(photo, sample, rpn, model_key, settings, st.session_state[PRESET], link))
    return link


def _show_link(link: dict[str, str]) -> None:
    """Keep the address up to date; the browser is busy with it for as long as with a picture."""
    if st.query_params.to_dict() != link:
        st.query_params.from_dict(link)


def run_in_frame(page: StreamlitPage) -> None:
    """Draw the page, and the side bar with the photo, the model and the settings."""
    st.html(_STYLE)
    _follow_link()
    with st.sidebar:
        st.markdown("### RPN Explorer")
        photo_part, model_part, settings_part = (st.container() for _ in range(3))
    # The first time, something to choose from should not wait for the network; and a model that
    # is not there must be loaded, under a visible bar, before the page can use it.
    first = _DRAWN not in st.session_state or not nothing_to_load()

    def draw_choices() -> None:
        with photo_part:
            draw_photo_picker()
        with model_part:
            draw_model_picker()

    def draw_settings() -> None:
        with settings_part:
            _draw_settings(current_model()[0].card)

    if first:
        draw_choices()
    link = _publish()
    if not st.query_params:  # of a page that was just opened: what is lost meanwhile comes back
        _show_link(link)
    if first:
        draw_settings()
    failure = None
    try:
        page.run()
        _show_link(link)
    except Exception as error:
        # The side bar is drawn all the same: Streamlit forgets the values of controls that a run
        # did not draw, and no later run could read them.
        failure = error
    if not first:
        draw_choices()
        draw_settings()
    st.session_state[_DRAWN] = True
    if failure is not None:
        raise failure
