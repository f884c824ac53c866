"""The objects in NMS: which it loses, at which thresholds they come back, duplicates of each."""

from __future__ import annotations

import streamlit as st

from pages._ui.ground_truth import GroundTruth
from pages._ui.nms.results import NmsView
from pages._ui.notices import plain
from rpn_core.nms.curves import ThresholdCurves

MOST_SENTENCES = 12


def draw_objects_panel(truth: GroundTruth, view: NmsView, threshold: float) -> None:
    """List the objects, the lost ones first in words."""
    if view.curves is None:
        st.info(str(view.complaint))
        return
    if not view.followed:
        st.info(
            "There is no object to follow: press Edit boxes above the picture and draw a box "
            "around each thing that a detector should find, or open a label set in the side bar."
        )
        return
    curves, percent = view.curves, round(threshold * 100)
    lost = curves.lost(percent)
    count = len(view.followed)
    found = int(curves.found[percent].sum())
    never = count - int(curves.covered.sum())
    st.markdown(
        f"With greedy NMS at IoU {percent / 100:g}, a proposal covers **{found:,} of {count:,} "
        f"objects** with IoU ≥ {curves.object_iou:g}; NMS and the cut after it lose "
        f"**{len(lost):,}**." + (f" {never:,} had no such box before NMS either." if never else "")
    )
    for place in lost[:MOST_SENTENCES]:
        st.markdown(f"**{_name(truth, view, place)}** is lost: {_comes_back(curves, place)}")
    if len(lost) > MOST_SENTENCES:
        st.caption(f"{MOST_SENTENCES} of {len(lost):,} lost objects shown.")
    st.dataframe(
        {
            "object": [number + 1 for number in view.followed],
            "category": [truth.categories[number] for number in view.followed],
            "now": [_state(curves, percent, place) for place in range(count)],
            "duplicates": curves.duplicates[percent].tolist(),
            "found at IoU threshold": [_ranges(curves, place) for place in range(count)],
        },
        hide_index=True,
        height="auto" if count <= 8 else 320,
    )


def _name(truth: GroundTruth, view: NmsView, place: int) -> str:
    number = view.followed[place]
    category = truth.categories[number]
    return f"Object {number + 1}" + (f" ({plain(category)})" if category else "")


def _state(curves: ThresholdCurves, percent: int, place: int) -> str:
    if curves.found[percent, place]:
        return "found"
    return "lost" if curves.covered[place] else "no box before NMS"


def _ranges(curves: ThresholdCurves, place: int) -> str:
    found = curves.found_from_to(place)
    words = [f"{low:.2f} to {high:.2f}" if low < high else f"{low:.2f}" for low, high in found]
    return ", ".join(words) or "none"


def _comes_back(curves: ThresholdCurves, place: int) -> str:
    if not curves.found_from_to(place):
        return "no threshold brings it back, since its boxes are beyond the best N after NMS."
    return f"it is found at thresholds {_ranges(curves, place)}."
