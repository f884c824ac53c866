"""The controls of NMS: those that the chosen method uses are drawn, the others keep their value."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import streamlit as st

from pages._ui.setting_inputs import count, decimal, slider
from rpn_core.settings import NmsMethod, NmsSettings

_DRAWN_FOR = "_nms_controls_of"  # the method whose controls are drawn
_WORDS: dict[NmsMethod, str] = {
    "greedy": "greedy",
    "soft-linear": "Soft-NMS, linear",
    "soft-gaussian": "Soft-NMS, Gaussian",
    "none": "none",
}
_USED: dict[NmsMethod, tuple[str, ...]] = {
    "greedy": ("nms_thresh", "across_levels"),
    "soft-linear": ("nms_thresh", "soft_score_thresh", "across_levels"),
    "soft-gaussian": ("sigma", "soft_score_thresh", "across_levels"),
    "none": (),
}


def fill_nms(nms: NmsSettings) -> None:
    """Make the controls show these settings."""
    state = st.session_state
    state["method"], state["post_nms_top_n"] = nms.method, nms.post_nms_top_n
    _fill_used(nms)


def _fill_used(nms: NmsSettings) -> None:
    for name in _USED[nms.method]:
        value = getattr(nms, name)
        st.session_state[name] = value if isinstance(value, bool) else float(value)
    st.session_state[_DRAWN_FOR] = nms.method


def read_nms(last: NmsSettings) -> NmsSettings:
    """What the controls say.

    Args:
        last: the settings in force, by which the controls were drawn. What was not drawn is
            taken from it: Streamlit would remember an old value of it.
    Raises:
        UserError: a value is out of range.
    """
    state = st.session_state
    names = ("method", "post_nms_top_n", *_USED[last.method])
    return replace(last, **{name: state[name] for name in names})


def draw_nms(nms: NmsSettings) -> None:
    """Draw the controls of the method in force."""
    st.selectbox(
        "NMS method", get_args(NmsMethod), key="method", format_func=_WORDS.__getitem__,
        help="Greedy drops a box that overlaps a better one. Soft-NMS (Bodla et al. 2017) lowers "
        "its score instead, by the overlap. None keeps every box, best score first.",
    )  # fmt: skip
    if st.session_state[_DRAWN_FOR] != nms.method:
        _fill_used(nms)
    used = _USED[nms.method]
    for name in ("nms_thresh", "sigma"):
        if name in used:
            slider(name)
    if "soft_score_thresh" in used:
        decimal("soft_score_thresh", 0.001)
    if "across_levels" in used:
        st.toggle(
            "NMS across levels",
            key="across_levels",
            help="Boxes of different levels then meet in NMS too. Off: each level for itself, as "
            "in torchvision and detectron2.",
        )
    count("post_nms_top_n", 100)
