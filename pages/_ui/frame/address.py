"""The page's address: it is followed once, and then says at any time how to come back."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages._ui.controls.in_force import preset_settings, settings_from_address
from pages._ui.frame.photo_picker import current_photo, open_sample, open_upload_again
from pages._ui.state.notices import notice
from pages._ui.state.visit import ADDRESS, MODEL, PRESET
from rpn_core.errors import UserError
from rpn_core.messages import msg
from rpn_core.models.catalogue.card import ModelCard
from rpn_core.models.catalogue.table import CARDS, DEFAULT_MODEL
from rpn_core.photo.samples import samples
from rpn_core.settings import Settings
from rpn_core.settings.presets import MODELS_OWN, PRESETS
from rpn_core.settings.url import shown_value, to_query

_OWN = "own"  # the name that an uploaded photo has in an address


def follow_address() -> None:
    """Take model, photo, preset and settings from the address.

    Once a visit, and whenever the browser's Back or Forward has changed it: each change of a
    setting is an entry of the browser's history, so that Back takes it back.
    """
    first = not ADDRESS
    if not (first or _went_back_or_forward()):
        return
    query = st.query_params.to_dict()
    ADDRESS.set(query)
    sentences = []
    if query.get("model", DEFAULT_MODEL) in CARDS:
        MODEL.set(query.get("model", DEFAULT_MODEL))
    else:
        sentences.append(
            msg(
                "The link's model={came} is unknown: the default model is used.",
                came=shown_value(query["model"]),
            )
        )
    if query.get("preset", MODELS_OWN.name) in {entry.name for entry in PRESETS}:
        PRESET.set(query.get("preset", MODELS_OWN.name))
    else:
        sentences.append(
            msg(
                "The link's preset={came} is unknown: the model's own settings are used.",
                came=shown_value(query["preset"]),
            )
        )
    settings_from_address()
    notice("link", *sentences)
    _open_photo(query.get("photo"), first=first)


def _went_back_or_forward() -> bool:
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _open_photo(name: str | None, *, first: bool) -> None:
    """Open the photo of an address; what is said of it is true until another one is opened."""
    if name is None and first:
        return  # the first sample opens by itself
    now = None if first else current_photo()[1] or _OWN
    name = name or samples()[0].name
    if name == now or (name == _OWN and not first and open_upload_again()):
        return
    sentence = msg(
        "The link was made for an uploaded photo, which does not travel with it: "
        "the settings are as in the link, the photo is a sample."
    )
    if name != _OWN:
        try:
            open_sample(name)
            return
        except UserError as error:
            sentence = error.message
    current_photo()  # opens the first sample, which must not take back what is said
    notice("photo", sentence)


def link_to(card: ModelCard, sample: str | None, settings: Settings) -> dict[str, str]:
    """The shortest query that reopens this state."""
    link = {}
    if card.name != DEFAULT_MODEL:
        link["model"] = card.name
    if sample is None:
        link["photo"] = _OWN
    elif sample != samples()[0].name:
        link["photo"] = sample
    if PRESET.require() != MODELS_OWN.name:
        link["preset"] = PRESET.require()
    return link | to_query(settings, preset_settings(card))


def show_link(link: dict[str, str]) -> None:
    """Keep the address up to date; the browser is busy with it for as long as with a picture."""
    # Streamlit's own record is not enough: a run that is stopped just here has written it down
    # already, and has not told the browser.
    if ADDRESS.get() != link or st.query_params.to_dict() != link:
        ADDRESS.set(None)
        st.query_params.from_dict(link)
        ADDRESS.set(link)
