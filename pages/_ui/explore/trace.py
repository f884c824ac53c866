"""The selected box, from its address to its fate, with the numbers of each step."""

from __future__ import annotations

import streamlit as st

from pages._ui.canvas import CanvasResult
from rpn_core.anchors import Address
from rpn_core.fate import Fate
from rpn_core.figures.trace_formula import Step, formula_lines
from rpn_core.pipeline import Stages
from rpn_core.trace import Box, Trace, trace_anchor

_TITLES: dict[Step, str] = {
    "score": "1. Logit to score",
    "anchor": "2. The anchor's centre and size",
    "decode": "3. Decode: the offsets move and stretch it",
    "corners": "4. Back to corners",
    "clip": "5. Clip to the image",
    "original": "6. In pixels of the original photo",
}


def draw_trace(stages: Stages, chosen: CanvasResult) -> None:
    """Show the trace of the selected box, or how to select one."""
    if chosen.anchor is None:
        st.info("Click a box in the picture to see every number that led to it.")
        return
    trace = trace_anchor(stages, chosen.anchor)
    _summary(trace)
    lines = formula_lines(trace)
    columns = st.columns(2)
    for place, (step, title) in enumerate(_TITLES.items()):
        with columns[place % 2].expander(title, expanded=step in ("score", "decode")):
            for line in lines:
                if line.step == step:
                    st.latex(line.latex)
                    if line.note:
                        st.caption(str(line.note))


def _place(address: Address) -> str:
    return f"level {address.level}, row {address.y}, column {address.x}, shape {address.shape}"


def _box(box: Box) -> str:
    return ", ".join(f"{side:.1f}" for side in box)


def _summary(trace: Trace) -> None:
    dx, dy, dw, dh = trace.deltas
    st.markdown(
        f"**Box {trace.index}** · {_place(trace.address)} (stride {trace.stride_hw[0]:g} px), "
        f"size {trace.size:g} px, ratio h/w {trace.ratio:.2f}  \n"
        f"logit {trace.logit:.3f} → score **{trace.score:.3f}** · "
        f"offsets (dx, dy, dw, dh) = ({dx:.3f}, {dy:.3f}, {dw:.3f}, {dh:.3f})  \n"
        f"box in the network input: {_box(trace.clipped_box)} px · "
        f"in the original photo: {_box(trace.original_box)} px"
    )
    st.markdown(f"**Fate: {trace.fate.words}.** {_why(trace)}")
    if trace.decayed_score is not None and trace.decayed_score != trace.score:
        st.markdown(f"Soft-NMS lowered its score to **{trace.decayed_score:.3f}**.")


def _why(trace: Trace) -> str:
    """One sentence on the place or the neighbour that decided."""
    ranks, suppressor = trace.ranks, trace.suppressor
    if suppressor is not None:
        return (
            f"Box {suppressor.index} ({_place(suppressor.address)}) has score "
            f"{suppressor.score:.3f} and overlaps it with IoU {suppressor.iou:.3f}."
        )
    if trace.fate is Fate.BELOW_PRE_NMS_TOP_N:
        return f"By its logit it is number {ranks.level} of {ranks.level_of} on its level."
    if ranks.survivor is not None:
        return f"It is number {ranks.survivor} of the {ranks.survivor_of} that survived NMS."
    return ""
