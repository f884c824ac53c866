"""A control for a setting, by the kind of its declaration: label, range, step and reason."""

from __future__ import annotations

import streamlit as st

from pages._ui.controls.bound import bind
from pages._ui.state.visit import SETTINGS
from rpn_core.messages import Message, tr
from rpn_core.settings import BY_NAME
from rpn_core.settings.declare import Choice, Number, Setting, ShapesPerLevel, applies


def draw(*names: str) -> None:
    """Draw the controls of these settings, as far as they decide anything now."""
    for name in names:
        entry = BY_NAME[name]
        if applies(entry.setting, getattr(SETTINGS.require(), entry.slice)):
            _draw(name, entry.setting)


def help_of(setting: Setting) -> str:
    """Why the setting is there, and its unit."""
    if isinstance(setting, Number | ShapesPerLevel):
        return tr("{reason} Unit: {unit}.", reason=setting.reason, unit=setting.unit)
    return str(setting.reason)


def chosen_label(name: str) -> Message:
    """What the choice in force is called."""
    entry = BY_NAME[name]
    assert isinstance(entry.setting, Choice)
    return entry.setting.options[entry.value(SETTINGS.require())]


def _draw(name: str, setting: Setting) -> None:
    if isinstance(setting, Number):
        _draw_number(name, setting)
    elif isinstance(setting, Choice):
        _draw_choice(name, setting)
    else:
        st.toggle(str(setting.label), help=help_of(setting), **bind(name))


def _draw_number(name: str, setting: Number) -> None:
    kind = int if setting.whole else float
    label, low, high = str(setting.label), kind(setting.low), kind(setting.high)
    bound = bind(name, show=kind)
    if setting.form == "slider":
        st.slider(label, low, high, step=kind(setting.step), help=help_of(setting), **bound)
        return
    shown = None if setting.whole else "%g"
    if setting.decimals is not None:
        shown = f"%.{setting.decimals}f"
    st.number_input(
        label, low, high, step=kind(setting.step), format=shown, help=help_of(setting), **bound
    )


def _draw_choice(name: str, setting: Choice) -> None:
    label, options, bound = str(setting.label), list(setting.options), bind(name)

    def words(option: str) -> str:
        return str(setting.options[option])

    if setting.look == "radio":
        st.radio(label, options, format_func=words, help=help_of(setting), **bound)
    elif setting.look == "segmented":
        st.segmented_control(
            label, options, format_func=words, required=True, help=help_of(setting), **bound
        )
    else:
        st.selectbox(label, options, format_func=words, help=help_of(setting), **bound)
