"""The page's own settings: kept for the visit, each drawn by the control that the core describes.

What is kept is the truth, and controls are filled from it before they are drawn: so it outlasts a
visit to another page, and the histogram and the numbers beside it can never disagree.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import streamlit as st

from rpn_core.settings import (
    CONTROLS,
    LossForm,
    MatchSettings,
    TargetSettings,
)

_KEY = "_targets_settings"
_LAMBDAS: dict[str, float] = {"paper": 10.0, "torchvision": 1.0}
_FORMS = {"torchvision": "torchvision", "paper": "the paper's"}


def target_settings() -> TargetSettings:
    """The settings in force."""
    settings: TargetSettings = st.session_state.setdefault(_KEY, TargetSettings())
    return settings


def use_target_settings(settings: TargetSettings) -> None:
    """Put all of them in force, as a link does."""
    st.session_state[_KEY] = settings


def use_match_settings(match: MatchSettings) -> None:
    """Match by other settings from the next run on."""
    st.session_state[_KEY] = replace(target_settings(), match=match)


def use_thresholds(bg: float, fg: float) -> None:
    """Take both thresholds at once, as the histogram gives them."""
    match = target_settings().match
    use_match_settings(replace(match, bg_iou_thresh=bg, fg_iou_thresh=fg))


def reset_targets() -> None:
    """Back to torchvision's settings."""
    st.session_state[_KEY] = TargetSettings()


def resample() -> None:
    """Draw the mini-batch anew, by the next seed."""
    settings = target_settings()
    seed = (settings.sample.seed + 1) % (int(CONTROLS["seed"].high) + 1)
    st.session_state[_KEY] = replace(settings, sample=replace(settings.sample, seed=seed))


def _take(part: str, name: str) -> None:
    """A control moved: what must move with it does."""
    settings = target_settings()
    value = st.session_state[_widget(name)]
    changed = {name: value}
    if name == "fg_iou_thresh":
        changed["bg_iou_thresh"] = min(value, settings.match.bg_iou_thresh)
    if name == "bg_iou_thresh":
        changed["fg_iou_thresh"] = max(
            value, settings.match.fg_iou_thresh, CONTROLS["fg_iou_thresh"].low
        )
    if name == "form":
        if value is None:  # the choice was clicked away
            return
        changed["reg_lambda"] = _LAMBDAS[value]
    slice_: Any = getattr(settings, part)
    st.session_state[_KEY] = replace(settings, **{part: replace(slice_, **changed)})


def _widget(name: str) -> str:
    return f"targets_{name}"


def _bound(part: str, name: str) -> dict[str, Any]:
    """Key and callback of a control, which is filled with what is in force."""
    st.session_state[_widget(name)] = getattr(getattr(target_settings(), part), name)
    return {"key": _widget(name), "on_change": _take, "args": (part, name)}


def _help(name: str) -> str:
    return f"{CONTROLS[name].reason} Unit: {CONTROLS[name].unit}."


def _decimal(part: str, name: str, format_: str = "%.2f") -> None:
    control = CONTROLS[name]
    st.number_input(
        control.label, float(control.low), float(control.high), step=float(control.step),
        format=format_, help=_help(name), **_bound(part, name),
    )  # fmt: skip


def _count(part: str, name: str, step: int) -> None:
    control = CONTROLS[name]
    st.number_input(
        control.label, int(control.low), int(control.high), step=step, help=_help(name),
        **_bound(part, name),
    )  # fmt: skip


def draw_thresholds() -> None:
    """The two IoU thresholds as numbers."""
    left, right = st.columns(2)
    with left:
        _decimal("match", "bg_iou_thresh")
    with right:
        _decimal("match", "fg_iou_thresh")


def draw_rules(*, crowds: int) -> None:
    """The other rules of matching.

    Args:
        crowds: crowd regions in this photo; without one their rule decides nothing.
    """
    st.toggle(
        "Low-quality matches",
        help="The anchor with the highest IoU of all for some object is positive, however low that "
        "IoU is (Ren et al. 2015, sec. 3.1.2, rule i). As in torchvision it then learns from the "
        "object that it overlaps most.",
        **_bound("match", "allow_low_quality"),
    )
    st.toggle(
        "Leave out anchors that cross the border",
        help="The paper's rule for training; torchvision and detectron2 keep such anchors.",
        **_bound("match", "drop_cross_border"),
    )
    if crowds:
        _decimal("match", "crowd_iof_thresh")
    st.button(
        "Reset to torchvision's", key="targets_reset", on_click=reset_targets,
        help="Thresholds, rules, mini-batch and loss.",
    )  # fmt: skip


def draw_sampling() -> None:
    """Size, share and seed of the mini-batch, and another draw."""
    size, share, seed, again = st.columns(4, vertical_alignment="bottom")
    with size:
        _count("sample", "batch_size_per_image", 16)
    with share:
        _decimal("sample", "positive_fraction")
    with seed:
        _count("sample", "seed", 1)
    again.button(
        "Resample", key="targets_resample", icon=":material/casino:", on_click=resample,
        width="stretch",
    )  # fmt: skip


def draw_loss_settings() -> None:
    """Form of the loss and its constants."""
    form, reg_lambda, beta = st.columns(3, vertical_alignment="bottom")
    with form:
        st.segmented_control(
            "Form", get_args(LossForm), format_func=_FORMS.__getitem__,
            help="torchvision divides both sums by the number of drawn anchors. The paper divides "
            "the scores' by the size of the mini-batch and the offsets' by the number of anchor "
            "locations, and weights those by lambda = 10.",
            required=True, **_bound("loss", "form"),
        )  # fmt: skip
    with reg_lambda:
        _decimal("loss", "reg_lambda", "%g")
    with beta:
        _decimal("loss", "beta", "%.3f")
