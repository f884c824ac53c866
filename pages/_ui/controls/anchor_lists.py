"""The lists of sizes and ratios: one for each level, or one list of ratios for all of them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages._ui.controls.bound import ALL_LEVELS, bind, put_in_force, read_numbers
from pages._ui.controls.inputs import help_of
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.visit import PENDING, RATIOS_APART, SETTINGS
from rpn_core.errors import UserError
from rpn_core.messages import tr
from rpn_core.settings import BY_NAME, MAX_VALUES_PER_LEVEL
from rpn_core.settings.declare import NumbersPerLevel
from rpn_core.settings.spelling import spell

COMMON_SIZES = ("8", "16", "32", "64", "128", "256", "512")
COMMON_RATIOS = ("0.33", "0.5", "0.75", "1", "1.33", "2", "3")

SIZES, RATIOS = "anchors.sizes", "anchors.aspect_ratios"
_APART = "ratios_apart"

Levels = tuple[tuple[float, ...], ...]


def draw_anchor_lists(strides: tuple[int, ...]) -> None:
    """Sizes of each level, and ratios of each or of all."""
    apart = _are_apart()
    if not apart:
        label = str(BY_NAME[RATIOS].setting.label)
        _draw_list(RATIOS, ALL_LEVELS, label, COMMON_RATIOS)
    for level, stride in enumerate(strides):
        label = tr("Sizes at stride {stride}, px", stride=stride)
        _draw_list(SIZES, str(level), label, COMMON_SIZES)
        if apart:
            label = tr("Ratios at stride {stride}, h/w", stride=stride)
            _draw_list(RATIOS, str(level), label, COMMON_RATIOS)
    key = slotted(_APART)
    if st.session_state.get(key) != apart:
        st.session_state[key] = apart
    st.toggle(tr("Ratios of its own for each level"), key=key, on_change=in_slot(_set_apart))


def _are_apart() -> bool:
    ratios = SETTINGS.require().anchors.aspect_ratios
    return RATIOS_APART.get_or(False) or len(set(ratios)) > 1


def _set_apart() -> None:
    apart = bool(st.session_state[slotted(_APART)])
    RATIOS_APART.set(apart)
    waiting = PENDING.get_or({})
    rest = {
        field: said
        for field, said in waiting.get("anchors", {}).items()
        if not field.startswith("aspect_ratios.")
    }
    PENDING.set({name: said for name, said in waiting.items() if name != "anchors"})
    if rest:
        PENDING.set(PENDING.require() | {"anchors": rest})
    longest = max(SETTINGS.require().anchors.aspect_ratios, key=len)
    if not apart:
        put_in_force("anchors", {f"aspect_ratios.{ALL_LEVELS}": _spelt(longest)})


def _draw_list(name: str, part: str, label: str, common: tuple[str, ...]) -> None:
    setting = BY_NAME[name].setting
    assert isinstance(setting, NumbersPerLevel)

    def show(levels: Levels) -> list[str]:
        return _spelt(max(levels, key=len) if part == ALL_LEVELS else levels[int(part)])

    def means(said: list[str]) -> Any:
        """In the order and the spelling of what is in force; a person's own may stay."""
        try:
            return _spelt(read_numbers(setting, said))
        except UserError:
            return None

    bound = bind(name, part=part, show=show, means=means)
    options = sorted({*common, *st.session_state[bound["key"]]}, key=_sort_key)
    st.multiselect(
        label, options, accept_new_options=True, help=help_of(setting),
        placeholder=tr("none: no anchors here"), max_selections=MAX_VALUES_PER_LEVEL, **bound,
    )  # fmt: skip


def _spelt(numbers: tuple[float, ...]) -> list[str]:
    return [spell(number) for number in numbers]


def _sort_key(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("inf")
