"""Every control of the settings: drawn from the core's table, filled from settings, read back."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import streamlit as st

from rpn_core.errors import UserError
from rpn_core.models.card import ModelCard
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

COMMON_SIZES = ("8", "16", "32", "64", "128", "256", "512")
COMMON_RATIOS = ("0.33", "0.5", "0.75", "1", "1.33", "2", "3")


def spell(number: float) -> str:
    """The shortest text that reads back as the same number: 0.5, 2, 50.8."""
    return str(int(number)) if number == int(number) else repr(float(number))


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


def fill_widgets(settings: Settings) -> None:
    """Make every control show these settings; call it before the controls are drawn."""
    state = st.session_state
    state["min_side"], state["max_side"] = settings.input.min_side, settings.input.max_side
    anchors = settings.anchors
    for level, (sizes, ratios) in enumerate(zip(anchors.sizes, anchors.aspect_ratios, strict=True)):
        state[f"sizes_{level}"] = [spell(size) for size in sizes]
        state[f"ratios_{level}"] = [spell(ratio) for ratio in ratios]
    state["ratios_apart"] = len(set(anchors.aspect_ratios)) > 1
    state["ratios"] = [spell(ratio) for ratio in max(anchors.aspect_ratios, key=len)]
    state["size_factor"] = float(anchors.size_factor)
    state["offset"] = float(anchors.offset)
    state["convention"] = anchors.convention
    state["pre_nms_top_n"] = settings.selection.pre_nms_top_n
    state["min_size"] = float(settings.selection.min_size)
    state["score_thresh"] = float(settings.selection.score_thresh)
    state["drop_cross_border"] = settings.selection.drop_cross_border
    state["nms_thresh"] = float(settings.nms.nms_thresh)
    state["post_nms_top_n"] = settings.nms.post_nms_top_n
    state["foreign_anchors"] = settings.foreign_anchors


def _help(name: str) -> str:
    return f"{CONTROLS[name].reason} Unit: {CONTROLS[name].unit}."


def _slider(name: str, *, whole: bool = False) -> float:
    control = CONTROLS[name]
    kind = int if whole else float
    return st.slider(  # type: ignore[no-any-return]
        control.label, kind(control.low), kind(control.high),
        step=kind(control.step), key=name, help=_help(name),
    )  # fmt: skip


def _count(name: str, step: int) -> int:
    control = CONTROLS[name]
    return st.number_input(
        control.label, int(control.low), int(control.high), step=step, key=name, help=_help(name)
    )


def _decimal(name: str, step: float) -> float:
    control = CONTROLS[name]
    low, high = float(control.low), float(control.high)
    return st.number_input(
        control.label, low, high, step=step, format="%g", key=name, help=_help(name)
    )


def _number_list(name: str, label: str, key: str, common: tuple[str, ...]) -> tuple[float, ...]:
    shown = st.session_state.get(key, [])
    options = sorted({*common, *shown}, key=lambda text: _sort_key(text))
    texts = st.multiselect(
        label, options, key=key, accept_new_options=True, help=_help(name),
        placeholder="none: no anchors here", max_selections=10,
    )  # fmt: skip
    return _read_list(name, texts)


def _sort_key(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("inf")


def read_widgets(card: ModelCard) -> Settings:
    """Draw every control and return what they say.

    Raises:
        UserError: a typed value is out of range, or two settings contradict each other.
    """
    nms_tab, anchor_tab, input_tab = st.tabs(["Filter and NMS", "Anchors", "Input"])
    with nms_tab:
        selection, nms = _selection(), _nms()
    with anchor_tab:
        anchors = _anchors(card)
    with input_tab:
        size = (int(_slider("min_side", whole=True)), int(_slider("max_side", whole=True)))
        foreign: ForeignAnchors = "borrow"
        if not card.any_anchor:
            foreign = _foreign()
    return Settings(InputSettings(*size), anchors, selection, nms, foreign)


def _selection() -> SelectionSettings:
    return SelectionSettings(
        score_thresh=_slider("score_thresh"),
        pre_nms_top_n=_count("pre_nms_top_n", 100),
        min_size=_decimal("min_size", 1.0),
        drop_cross_border=st.toggle(
            "Drop anchors that cross the border",
            key="drop_cross_border",
            help="The paper's rule for training: such anchors are left out. Their fate is counted.",
        ),
    )  # fmt: skip


def _nms() -> NmsSettings:
    return NmsSettings(
        nms_thresh=_slider("nms_thresh"), post_nms_top_n=_count("post_nms_top_n", 100)
    )


def _anchors(card: ModelCard) -> AnchorSettings:
    factor = _slider("size_factor")
    apart = st.session_state.get("ratios_apart", False)
    shared = () if apart else _number_list(
        "aspect_ratios", CONTROLS["aspect_ratios"].label, "ratios", COMMON_RATIOS
    )  # fmt: skip
    sizes, ratios = [], []
    for level, stride in enumerate(card.strides):
        sizes.append(
            _number_list("sizes", f"Sizes at stride {stride}, px", f"sizes_{level}", COMMON_SIZES)
        )
        ratios.append(
            _number_list(
                "aspect_ratios", f"Ratios at stride {stride}, h/w", f"ratios_{level}", COMMON_RATIOS
            )
            if apart
            else shared
        )
    st.toggle("Ratios of its own for each level", key="ratios_apart")
    offset = _slider("offset")
    convention: AnchorConvention = st.selectbox(
        "Convention",
        get_args(AnchorConvention),
        key="convention",
        help="How stride and corners are rounded. torchvision: padded size divided by the grid, "
        "whole pixels. detectron2: nominal stride, no rounding.",
    )
    return AnchorSettings(tuple(sizes), tuple(ratios), factor, offset, convention)


def _foreign() -> ForeignAnchors:
    words = {
        "borrow": "borrow: score and box of the trained anchor of nearest shape",
        "geometry": "geometry only: no scores",
    }
    return st.radio(
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
