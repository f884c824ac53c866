"""Every control of the settings: filled from settings, read back, drawn from the core's table.

They are read before they are drawn: the picture, which people wait for, is then sent ahead of
some thirty elements of the side bar. Streamlit hands over what a visitor changed when a run
begins, so nothing is lost by it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import streamlit as st

from pages._ui.nms.settings import draw_nms, fill_nms, read_nms
from pages._ui.setting_inputs import count, decimal, help_of, slider
from rpn_core.errors import UserError
from rpn_core.models.card import ModelCard
from rpn_core.query_keys import spell
from rpn_core.settings import (
    CONTROLS,
    AnchorConvention,
    AnchorSettings,
    ForeignAnchors,
    InputSettings,
    NmsSettings,
    SelectionSettings,
    Settings,
)

# Which group of controls is open: key of the tabs, and their names.
TAB = "settings_tab"
FILTER, ANCHORS, INPUT = TABS = ("Filter and NMS", "Anchors", "Input")
_FILLED_TAB, _LAST_TAB = "_filled_settings_tab", "_last_settings_tab"

COMMON_SIZES = ("8", "16", "32", "64", "128", "256", "512")
COMMON_RATIOS = ("0.33", "0.5", "0.75", "1", "1.33", "2", "3")


def _read_list(name: str, texts: list[str]) -> tuple[float, ...]:
    """Numbers as a person typed them into a list, smallest first."""
    numbers = []
    for text in texts:
        try:
            numbers.append(float(text.replace(",", ".")))
        except ValueError:
            raise UserError(
                f"{CONTROLS[name].label} got {text[:40]!r}, but it must be a number "
                f"({CONTROLS[name].unit}): remove it from the list."
            ) from None
    return tuple(sorted(set(numbers)))


# ---- filling ---------------------------------------------------------------------------------


def fill_widgets(settings: Settings) -> None:
    """Make the controls show these settings."""
    # Streamlit forgets a control that is not drawn, so each tab is filled when it is opened.
    _fill_tab(_open_tab(), settings)


def _open_tab() -> str:
    tab: str = st.session_state.get(TAB, FILTER)
    return tab


def _fill_tab(tab: str, settings: Settings) -> None:
    state = st.session_state
    state[_FILLED_TAB] = tab
    if tab == FILTER:
        state["pre_nms_top_n"] = settings.selection.pre_nms_top_n
        state["min_size"] = float(settings.selection.min_size)
        state["score_thresh"] = float(settings.selection.score_thresh)
        state["drop_cross_border"] = settings.selection.drop_cross_border
        fill_nms(settings.nms)
    elif tab == ANCHORS:
        _fill_anchors(settings.anchors)
    else:
        state["min_side"], state["max_side"] = settings.input.min_side, settings.input.max_side
        state["foreign_anchors"] = settings.foreign_anchors


def _fill_anchors(anchors: AnchorSettings) -> None:
    state = st.session_state
    for key, numbers in _number_lists(anchors).items():
        state[key] = [spell(number) for number in numbers]
    state["ratios_apart"] = len(set(anchors.aspect_ratios)) > 1
    state["size_factor"] = float(anchors.size_factor)
    state["offset"] = float(anchors.offset)
    state["convention"] = anchors.convention


def _number_lists(anchors: AnchorSettings) -> dict[str, tuple[float, ...]]:
    """Key of a list of numbers -> what it says for these anchors."""
    lists = {"ratios": max(anchors.aspect_ratios, key=len)}
    for level, (sizes, ratios) in enumerate(zip(anchors.sizes, anchors.aspect_ratios, strict=True)):
        lists |= {f"sizes_{level}": sizes, f"ratios_{level}": ratios}
    return lists


# ---- reading ---------------------------------------------------------------------------------


def read_widgets(card: ModelCard, last: Settings) -> Settings:
    """What the controls say.

    Args:
        last: the settings in force, which the controls of closed tabs repeat.
    Raises:
        UserError: a typed value is out of range, or two settings contradict each other.
    """
    tab, state = _open_tab(), st.session_state
    if state.get(_FILLED_TAB) != tab:  # opened in this very run, and not yet drawn
        return last
    if tab == FILTER:
        selection = SelectionSettings(
            state["pre_nms_top_n"],
            state["min_size"],
            state["score_thresh"],
            state["drop_cross_border"],
        )
        return replace(last, selection=selection, nms=read_nms(last.nms))
    if tab == ANCHORS:
        return replace(last, anchors=_read_anchors(last.anchors))
    size = InputSettings(int(state["min_side"]), int(state["max_side"]))
    foreign = "borrow" if card.any_anchor else state["foreign_anchors"]
    return replace(last, input=size, foreign_anchors=foreign)


def _read_anchors(last: AnchorSettings) -> AnchorSettings:
    state = st.session_state

    def read(name: str, key: str) -> tuple[float, ...]:
        # A list that is about to be drawn for the first time is not there yet.
        return _read_list(name, state[key]) if key in state else _number_lists(last)[key]

    levels = range(len(last.sizes))
    apart = state["ratios_apart"]
    return AnchorSettings(
        tuple(read("sizes", f"sizes_{level}") for level in levels),
        tuple(read("aspect_ratios", f"ratios_{level}" if apart else "ratios") for level in levels),
        state["size_factor"],
        state["offset"],
        state["convention"],
    )


# ---- drawing ---------------------------------------------------------------------------------


def draw_widgets(card: ModelCard, settings: Settings) -> None:
    """Draw the tabs, and the controls of the open one only: each costs the browser time."""
    state = st.session_state
    if _LAST_TAB in state:  # Streamlit forgets the open tab when the page changes
        state.setdefault(TAB, state[_LAST_TAB])
    tabs = st.tabs(list(TABS), key=TAB, on_change="rerun")
    state[_LAST_TAB] = _open_tab()
    if state.get(_FILLED_TAB) != _open_tab():
        _fill_tab(_open_tab(), settings)
    filter_tab, anchor_tab, input_tab = tabs
    if filter_tab.open:
        with filter_tab:
            _draw_filter(settings.nms)
    elif anchor_tab.open:
        with anchor_tab:
            _draw_anchors(card, settings.anchors)
    else:
        with input_tab:
            _draw_input(card)


def _number_list(name: str, label: str, key: str, common: tuple[str, ...]) -> None:
    shown = st.session_state.get(key, [])
    options = sorted({*common, *shown}, key=lambda text: _sort_key(text))
    st.multiselect(
        label, options, key=key, accept_new_options=True, help=help_of(name),
        placeholder="none: no anchors here", max_selections=10,
    )  # fmt: skip


def _sort_key(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("inf")


def _draw_filter(nms: NmsSettings) -> None:
    slider("score_thresh")
    count("pre_nms_top_n", 100)
    decimal("min_size", 1.0)
    st.toggle(
        "Drop anchors that cross the border",
        key="drop_cross_border",
        help="The paper's rule for training: such anchors are left out. Their fate is counted.",
    )
    draw_nms(nms)


def _draw_anchors(card: ModelCard, anchors: AnchorSettings) -> None:
    for key, numbers in _number_lists(anchors).items():
        st.session_state.setdefault(key, [spell(number) for number in numbers])
    slider("size_factor")
    apart = st.session_state["ratios_apart"]
    if not apart:
        _number_list("aspect_ratios", CONTROLS["aspect_ratios"].label, "ratios", COMMON_RATIOS)
    for level, stride in enumerate(card.strides):
        _number_list("sizes", f"Sizes at stride {stride}, px", f"sizes_{level}", COMMON_SIZES)
        if apart:
            _number_list(
                "aspect_ratios", f"Ratios at stride {stride}, h/w", f"ratios_{level}", COMMON_RATIOS
            )
    st.toggle("Ratios of its own for each level", key="ratios_apart")
    slider("offset")
    st.selectbox(
        "Convention",
        get_args(AnchorConvention),
        key="convention",
        help="How stride and corners are rounded. torchvision: padded size divided by the grid, "
        "whole pixels. detectron2: nominal stride, no rounding.",
    )


def _draw_input(card: ModelCard) -> None:
    slider("min_side", whole=True)
    slider("max_side", whole=True)
    if card.any_anchor:
        return
    words = {
        "borrow": "borrow: score and box of the trained anchor of nearest shape",
        "geometry": "geometry only: no scores",
    }
    st.radio(
        "Anchors the model was not trained for",
        get_args(ForeignAnchors),
        key="foreign_anchors",
        format_func=lambda choice: words[choice],
    )


def carry_over(settings: Settings, old_base: Settings, new_base: Settings) -> Settings:
    """Settings for another model: its preset, with what was changed by hand after the network.

    Anchor sizes and input size mean something else to another model, so they start anew.
    """
    selection = settings.selection if settings.selection != old_base.selection else None
    nms = settings.nms if settings.nms != old_base.nms else None
    return replace(new_base, selection=selection or new_base.selection, nms=nms or new_base.nms)
