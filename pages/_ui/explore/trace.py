"""The selected box, from its address to its fate, with the numbers of each step."""

from __future__ import annotations

import streamlit as st

from pages._ui.scene.selection import CanvasResult
from rpn_core.anchors.lay import Address
from rpn_core.figures.trace_formula import Step, formula_lines
from rpn_core.messages import Message, msg, tr
from rpn_core.results.trace import Box, Trace, trace_anchor
from rpn_core.settings.spelling import spell_sides
from rpn_core.stages.fate import Fate
from rpn_core.stages.stage_results import StageResults

_TITLES: dict[Step, Message] = {
    "score": msg("1. Logit to score"),
    "anchor": msg("2. The anchor's centre and size"),
    "decode": msg("3. Decode: the offsets move and stretch it"),
    "corners": msg("4. Back to corners"),
    "clip": msg("5. Clip to the image"),
    "original": msg("6. In pixels of the original photo"),
}


def draw_trace(stages: StageResults, chosen: CanvasResult) -> None:
    """Show the trace of the selected box, or how to select one."""
    if chosen.anchor is None:
        st.info(tr("Click a box in the picture to see every number that led to it."))
        return
    trace = trace_anchor(stages, chosen.anchor)
    _summary(trace)
    lines = formula_lines(trace)
    columns = st.columns(2)
    for place, (step, title) in enumerate(_TITLES.items()):
        with columns[place % 2].expander(str(title), expanded=step in ("score", "decode")):
            for line in lines:
                if line.step == step:
                    st.latex(line.latex)
                    if line.note:
                        st.caption(str(line.note))


def _place(address: Address) -> Message:
    return msg(
        "level {level}, row {row}, column {column}, shape {shape}",
        level=address.level,
        row=address.y,
        column=address.x,
        shape=address.shape,
    )


def _box(box: Box) -> str:
    return ", ".join(f"{side:.1f}" for side in box)


def _summary(trace: Trace) -> None:
    dx, dy, dw, dh = trace.deltas
    lines = (
        tr(
            "**Box {box}** · {place} (stride {stride:g} px), anchor {sides} px, size {size:g} px, "
            "ratio h/w {ratio:.2f}",
            box=trace.index,
            place=_place(trace.address),
            stride=trace.stride_hw[0],
            sides=spell_sides((trace.decoding.wa, trace.decoding.ha)),
            size=trace.size,
            ratio=trace.ratio,
        ),
        tr(
            "logit {logit:.3f} → score **{score:.3f}** · offsets (dx, dy, dw, dh) = ({dx:.3f}, "
            "{dy:.3f}, {dw:.3f}, {dh:.3f})",
            logit=trace.logit,
            score=trace.score,
            dx=dx,
            dy=dy,
            dw=dw,
            dh=dh,
        ),
        tr(
            "box in the network input: {in_input} px · in the original photo: {in_photo} px",
            in_input=_box(trace.clipped_box),
            in_photo=_box(trace.original_box),
        ),
    )
    st.markdown("  \n".join(lines))
    st.markdown(tr("**Fate: {fate}.** {why}", fate=trace.fate.label, why=_why(trace)))
    if trace.decayed_score is not None and trace.decayed_score != trace.score:
        st.markdown(
            tr("Soft-NMS lowered its score to **{decayed:.3f}**.", decayed=trace.decayed_score)
        )


def _why(trace: Trace) -> Message | str:
    """One sentence on the place or the neighbour that decided."""
    ranks, suppressor = trace.ranks, trace.suppressor
    if suppressor is not None:
        return msg(
            "Box {box} ({place}) has score {score:.3f} and overlaps it with IoU {iou:.3f}.",
            box=suppressor.index,
            place=_place(suppressor.address),
            score=suppressor.score,
            iou=suppressor.iou,
        )
    if trace.fate is Fate.BELOW_PRE_NMS_TOP_N:
        return msg(
            "By its logit it is number {rank} of {ranked} on its level.",
            rank=ranks.level,
            ranked=ranks.level_of,
        )
    if ranks.survivor is not None:
        return msg(
            "It is number {rank} of the {ranked} that survived NMS.",
            rank=ranks.survivor,
            ranked=ranks.survivor_of,
        )
    return ""
