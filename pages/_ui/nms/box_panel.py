"""One box in NMS: its fate, the chain of reasons behind it, and the boxes that it suppresses."""

from __future__ import annotations

import streamlit as st
import torch

from pages._ui.nms.scene import choose_box
from pages._ui.state import in_slot
from rpn_core.fate import Fate
from rpn_core.nms.chains import Link, chain_at
from rpn_core.nms.every_threshold import EveryThreshold, place_of
from rpn_core.nms.survival import THRESHOLDS
from rpn_core.pipeline import Stages
from rpn_core.settings import NmsSettings

MOST_LINKS, MOST_VICTIMS = 12, 200


def draw_box_panel(
    stages: Stages, every: EveryThreshold | None, nms: NmsSettings, anchor: int | None
) -> None:
    """Say why the selected box stays or goes; nothing selected: how to select one."""
    if anchor is None:
        st.info("Click a box in the picture: this panel says who suppressed it, and why.")
        return
    fate = Fate(int(stages.ledger.fate[anchor]))
    st.markdown(f"**Box {anchor}**, {_score(stages, anchor)}. **Fate: {fate.words}.**")
    if fate < Fate.SUPPRESSED:
        st.caption("It did not enter NMS, so nothing there decided about it.")
        return
    reasons, victims = st.columns(2)
    with reasons:
        if nms.method == "greedy":
            _draw_chain(stages, every, nms.nms_thresh, anchor)
        else:
            _draw_taker(stages, nms, anchor)
    with victims:
        _draw_victims(stages, anchor)


def _score(stages: Stages, anchor: int) -> str:
    score = f"score {float(stages.selection.scores[anchor]):.3f}"
    decayed = stages.suppression.decayed
    if decayed is None or decayed[anchor] == stages.selection.scores[anchor]:
        return score
    return f"{score}, after Soft-NMS {float(decayed[anchor]):.3f}"


def _draw_chain(
    stages: Stages, every: EveryThreshold | None, threshold: float, anchor: int
) -> None:
    suppressed = int(stages.ledger.suppressed_by[anchor]) >= 0
    st.markdown(
        "**Who suppressed it, and why that box stays**" if suppressed else "**Why it stays**"
    )
    if every is None or threshold not in THRESHOLDS:
        by = int(stages.ledger.suppressed_by[anchor])
        if by >= 0:
            iou = float(stages.ledger.suppressed_iou[anchor])
            st.markdown(f"Box {by} ({_score(stages, by)}) suppresses it: IoU {iou:.3f}.")
        st.caption("Chains are told where the threshold is a whole hundredth.")
        return
    place = place_of(stages.selection, anchor)
    if place is None:
        return
    links = chain_at(every.graph, every.masks, threshold, place)
    anchors = stages.selection.candidates.tolist()
    lines = [
        _sentence(stages, link, anchors[link.box], anchors[link.other], threshold)
        for link in links[:MOST_LINKS]
    ]
    last = anchors[links[-1].other] if links else anchor
    if len(links) <= MOST_LINKS:
        lines.append(f"No better box overlaps box {last} by more than {threshold:g}.")
    st.markdown("\n".join(f"{i}. {line}" for i, line in enumerate(lines, start=1)))
    if len(links) > MOST_LINKS:
        st.caption(f"{MOST_LINKS} of {len(links)} links shown.")
    for number, link in enumerate(links[:4]):
        other = anchors[link.other]
        st.button(
            f"Select box {other}", key=f"nms_link_{number}", on_click=in_slot(choose_box),
            args=(other,),
        )  # fmt: skip


def _sentence(stages: Stages, link: Link, box: int, other: int, threshold: float) -> str:
    who = f"box {other} ({_score(stages, other)})"
    if link.suppressed:
        return f"Box {box} is suppressed by {who}: IoU {link.iou:.3f} > {threshold:g}."
    return (
        f"Box {box} survives: {who} overlaps it by {link.iou:.3f} > {threshold:g}, but is "
        "suppressed itself, and only survivors suppress."
    )


def _draw_taker(stages: Stages, nms: NmsSettings, anchor: int) -> None:
    if nms.method == "none":
        st.caption("Without NMS no box suppresses another.")
        return
    by = int(stages.ledger.suppressed_by[anchor])
    if by < 0:
        st.caption("Soft-NMS left it enough of its score to stay.")
        return
    iou = float(stages.ledger.suppressed_iou[anchor])
    st.markdown(
        f"Box {by} ({_score(stages, by)}) took most from its score: IoU {iou:.3f}. What is left "
        f"is below {nms.soft_score_thresh:g}."
    )


def _draw_victims(stages: Stages, anchor: int) -> None:
    victims = torch.nonzero(stages.ledger.suppressed_by == anchor).flatten()
    iou = stages.ledger.suppressed_iou[victims]
    order = torch.sort(iou, descending=True, stable=True).indices[:MOST_VICTIMS]
    count = "1 box" if len(victims) == 1 else f"{len(victims):,} boxes"
    st.markdown(f"**It suppresses {count if len(victims) else 'nothing'}**")
    if len(victims) == 0:
        return
    chosen = victims[order]
    st.dataframe(
        {
            "box": chosen.tolist(),
            "IoU": [round(value, 3) for value in iou[order].tolist()],
            "score": [round(value, 3) for value in stages.selection.scores[chosen].tolist()],
        },
        hide_index=True,
        height=240,
    )
    if len(victims) > MOST_VICTIMS:
        st.caption(f"{MOST_VICTIMS} of {len(victims):,} shown, largest IoU first.")
