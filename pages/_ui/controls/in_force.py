"""The settings in force: from a link, a file, a preset or the controls; for the model in force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from pages._ui.controls.bound import use_settings
from pages._ui.state.notices import notice
from pages._ui.state.uploads import uploaded
from pages._ui.state.visit import CARD, FROM_ADDRESS, PRESET, SETTINGS, SETTINGS_FILE
from rpn_core.errors import UserError
from rpn_core.messages import msg, nmsg
from rpn_core.models.catalogue.card import ModelCard
from rpn_core.models.catalogue.table import CARDS
from rpn_core.settings import Settings
from rpn_core.settings.file import from_json
from rpn_core.settings.presets import MODELS_OWN, carry_over, preset, with_preset
from rpn_core.settings.url import QUERY_KEYS, from_query


def preset_settings(card: ModelCard) -> Settings:
    """Those of the preset that is chosen, for a model."""
    return preset(PRESET.require(), card.strides, card.own_settings)


def settings_from_address() -> None:
    """Have the settings taken from the address; to be called before they are read."""
    FROM_ADDRESS.set(True)


def settings_for(card: ModelCard) -> Settings:
    """Those in force: from the address where it was followed, else carried to this model."""
    if not PRESET:
        PRESET.set(MODELS_OWN.name)
    base = preset_settings(card)
    if FROM_ADDRESS.get() or not CARD:
        FROM_ADDRESS.forget()
        query = {key: st.query_params[key] for key in QUERY_KEYS if key in st.query_params}
        settings, sentences = from_query(query, base)
        notice("settings", *sentences)
        use_settings(settings)
    elif CARD.require() != card.name:
        old = preset_settings(CARDS[CARD.require()])
        use_settings(carry_over(SETTINGS.require(), old, base))
    CARD.set(card.name)
    return SETTINGS.require()


def apply(**slices: Any) -> None:
    """Make these slices the app's, on every page and in every control.

    Args:
        slices: by name, as in `Settings`.
    Raises:
        UserError: anchors are for another number of levels than the model has.
    """
    settings = replace(SETTINGS.require(), **slices)
    levels, there = len(CARDS[CARD.require()].strides), len(settings.anchors.sizes)
    if there != levels:
        raise UserError(
            nmsg(
                "The anchors are for {count} level, but the model has {levels}: choose the model "
                "that they were made for.",
                "The anchors are for {count} levels, but the model has {levels}: choose the model "
                "that they were made for.",
                count=there,
                levels=levels,
            )
        )
    use_settings(settings)
    notice("settings")


def apply_preset() -> None:
    """Set everything that presets speak of back to the one that is chosen."""
    use_settings(with_preset(SETTINGS.require(), preset_settings(CARDS[CARD.require()])))
    notice("settings")


def open_settings_file() -> None:
    """Put what was uploaded in force, or say why not."""
    upload = uploaded(SETTINGS_FILE.key)
    if upload is None:
        return
    try:
        levels = len(CARDS[CARD.require()].strides)
        use_settings(from_json(upload.getvalue(), levels=levels, absent=SETTINGS.get()))
        notice("settings")
    except UserError as error:
        notice("settings", msg("{error} The settings stay as they were.", error=error))
