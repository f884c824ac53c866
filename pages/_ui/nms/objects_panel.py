"""The objects in NMS: which it loses, at which thresholds they come back, duplicates of each."""

from __future__ import annotations

import streamlit as st

from pages._ui.nms.results import NmsView
from pages._ui.state.notices import plain
from rpn_core.counts import part_of_objects
from rpn_core.labels.objects import Objects
from rpn_core.messages import Message, msg, tr
from rpn_core.nms_analysis.curves import ThresholdCurves

MOST_SENTENCES = 12


def draw_objects_panel(truth: Objects, view: NmsView, threshold: float) -> None:
    """List the objects, the lost ones first in words."""
    if view.curves is None:
        st.info(str(view.complaint))
        return
    if not view.followed:
        st.info(
            tr(
                "There is no object to follow: press Edit boxes above the picture and draw a box "
                "around each thing that a detector should find, or open a label set in the side "
                "bar."
            )
        )
        return
    curves, percent = view.curves, round(threshold * 100)
    lost = curves.lost(percent)
    count = len(view.followed)
    never = count - int(curves.covered.sum())
    sentences = [
        tr(
            "With greedy NMS at IoU {threshold:g}, a proposal covers **{objects}** with IoU ≥ "
            "{iou:g}; NMS and the cut after it lose **{lost:,}**.",
            threshold=percent / 100,
            objects=part_of_objects(int(curves.found[percent].sum()), count),
            iou=curves.object_iou,
            lost=len(lost),
        )
    ]
    if never:
        sentences.append(tr("{never:,} had no such box before NMS either.", never=never))
    st.markdown(" ".join(sentences))
    for place in lost[:MOST_SENTENCES]:
        st.markdown(str(_is_lost(curves, _name(truth, view, place), place)))
    if len(lost) > MOST_SENTENCES:
        st.caption(
            tr(
                "{shown} of {present:,} lost objects shown.",
                shown=MOST_SENTENCES,
                present=len(lost),
            )
        )
    st.dataframe(
        {
            tr("object"): [number + 1 for number in view.followed],
            tr("category"): [truth.categories[number] for number in view.followed],
            tr("now"): [_state(curves, percent, place) for place in range(count)],
            tr("duplicates"): curves.duplicates[percent].tolist(),
            tr("found at IoU threshold"): [_ranges(curves, place) for place in range(count)],
        },
        hide_index=True,
        height="auto" if count <= 8 else 320,
    )


def _name(truth: Objects, view: NmsView, place: int) -> Message:
    number = view.followed[place]
    category = truth.categories[number]
    if not category:
        return msg("Object {number}", number=number + 1)
    return msg("Object {number} ({category})", number=number + 1, category=plain(category))


def _state(curves: ThresholdCurves, percent: int, place: int) -> str:
    if curves.found[percent, place]:
        return tr("found")
    return tr("lost") if curves.covered[place] else tr("no box before NMS")


def _ranges(curves: ThresholdCurves, place: int) -> str:
    ranges = [
        tr("{low:.2f} to {high:.2f}", low=low, high=high) if low < high else f"{low:.2f}"
        for low, high in curves.found_from_to(place)
    ]
    return ", ".join(ranges) or tr("none")


def _is_lost(curves: ThresholdCurves, name: Message, place: int) -> Message:
    if not curves.found_from_to(place):
        return msg(
            "**{name}** is lost: no threshold brings it back, since its boxes are beyond the best "
            "N after NMS.",
            name=name,
        )
    return msg(
        "**{name}** is lost: it is found at thresholds {ranges}.",
        name=name,
        ranges=_ranges(curves, place),
    )
