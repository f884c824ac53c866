"""One box in NMS: its fate, the chain of reasons behind it, and the boxes that it suppresses."""

from __future__ import annotations

import streamlit as st
import torch

from pages._ui.nms.scene import choose_box
from pages._ui.state.slot import in_slot, slotted
from rpn_core.messages import Message, msg, ntr, tr
from rpn_core.nms_analysis.chains import Link, chain_at
from rpn_core.nms_analysis.survival import THRESHOLDS
from rpn_core.nms_analysis.threshold_sweep import ThresholdSweep, place_of
from rpn_core.settings import NmsSettings
from rpn_core.stages.fate import Fate
from rpn_core.stages.stage_results import StageResults

MOST_LINKS, MOST_VICTIMS = 12, 200


def draw_box_panel(
    stages: StageResults, sweep: ThresholdSweep | None, nms: NmsSettings, anchor: int | None
) -> None:
    """Say why the selected box stays or goes; nothing selected: how to select one."""
    if anchor is None:
        st.info(tr("Click a box in the picture: this panel says who suppressed it, and why."))
        return
    fate = Fate(int(stages.ledger.fate[anchor]))
    st.markdown(
        tr(
            "**Box {box}**, {score}. **Fate: {fate}.**",
            box=anchor,
            score=_score(stages, anchor),
            fate=fate.label,
        )
    )
    if fate < Fate.SUPPRESSED:
        st.caption(tr("It did not enter NMS, so nothing there decided about it."))
        return
    reasons, victims = st.columns(2)
    with reasons:
        if nms.method == "greedy":
            _draw_chain(stages, sweep, nms.nms_thresh, anchor)
        else:
            _draw_taker(stages, nms, anchor)
    with victims:
        _draw_victims(stages, anchor)


def _score(stages: StageResults, anchor: int) -> Message:
    score, decayed = float(stages.selection.scores[anchor]), stages.suppression.decayed
    if decayed is None or float(decayed[anchor]) == score:
        return msg("score {score:.3f}", score=score)
    return msg(
        "score {score:.3f}, after Soft-NMS {decayed:.3f}",
        score=score,
        decayed=float(decayed[anchor]),
    )


def _draw_chain(
    stages: StageResults, sweep: ThresholdSweep | None, threshold: float, anchor: int
) -> None:
    suppressed = int(stages.ledger.suppressed_by[anchor]) >= 0
    st.markdown(
        tr("**Who suppressed it, and why that box stays**")
        if suppressed
        else tr("**Why it stays**")
    )
    if sweep is None or threshold not in THRESHOLDS:
        by = int(stages.ledger.suppressed_by[anchor])
        if by >= 0:
            iou = float(stages.ledger.suppressed_iou[anchor])
            st.markdown(
                tr(
                    "Box {by} ({score}) suppresses it: IoU {iou:.3f}.",
                    by=by,
                    score=_score(stages, by),
                    iou=iou,
                )
            )
        st.caption(tr("Chains are told where the threshold is a whole hundredth."))
        return
    place = place_of(stages.selection, anchor)
    if place is None:
        return
    links = chain_at(sweep.graph, sweep.masks, threshold, place)
    anchors = stages.selection.candidates.tolist()
    lines = [
        _sentence(stages, link, anchors[link.box], anchors[link.other], threshold)
        for link in links[:MOST_LINKS]
    ]
    last = anchors[links[-1].other] if links else anchor
    if len(links) <= MOST_LINKS:
        lines.append(
            msg(
                "No better box overlaps box {last} by more than {threshold:g}.",
                last=last,
                threshold=threshold,
            )
        )
    st.markdown("\n".join(f"{i}. {line}" for i, line in enumerate(lines, start=1)))
    if len(links) > MOST_LINKS:
        st.caption(tr("{shown} of {present} links shown.", shown=MOST_LINKS, present=len(links)))
    for number, link in enumerate(links[:4]):
        other = anchors[link.other]
        st.button(
            tr("Select box {box}", box=other), key=slotted(f"nms_link_{number}"),
            on_click=in_slot(choose_box), args=(other,),
        )  # fmt: skip


def _sentence(stages: StageResults, link: Link, box: int, other: int, threshold: float) -> Message:
    score = _score(stages, other)
    if link.suppressed:
        return msg(
            "Box {box} is suppressed by box {other} ({score}): IoU {iou:.3f} > {threshold:g}.",
            box=box,
            other=other,
            score=score,
            iou=link.iou,
            threshold=threshold,
        )
    return msg(
        "Box {box} survives: box {other} ({score}) overlaps it by {iou:.3f} > {threshold:g}, but "
        "is suppressed itself, and only survivors suppress.",
        box=box,
        other=other,
        score=score,
        iou=link.iou,
        threshold=threshold,
    )


def _draw_taker(stages: StageResults, nms: NmsSettings, anchor: int) -> None:
    if nms.method == "none":
        st.caption(tr("Without NMS no box suppresses another."))
        return
    by = int(stages.ledger.suppressed_by[anchor])
    if by < 0:
        st.caption(tr("Soft-NMS left it enough of its score to stay."))
        return
    iou = float(stages.ledger.suppressed_iou[anchor])
    st.markdown(
        tr(
            "Box {by} ({score}) took most from its score: IoU {iou:.3f}. What is left is below "
            "{least:g}.",
            by=by,
            score=_score(stages, by),
            iou=iou,
            least=nms.soft_score_thresh,
        )
    )


def _draw_victims(stages: StageResults, anchor: int) -> None:
    victims = torch.nonzero(stages.ledger.suppressed_by == anchor).flatten()
    iou = stages.ledger.suppressed_iou[victims]
    order = torch.sort(iou, descending=True, stable=True).indices[:MOST_VICTIMS]
    if len(victims) == 0:
        st.markdown(tr("**It suppresses nothing**"))
        return
    st.markdown(
        ntr(
            "**It suppresses {count} box**", "**It suppresses {count:,} boxes**",
            count=len(victims),
        )
    )  # fmt: skip
    chosen = victims[order]
    st.dataframe(
        {
            tr("box"): chosen.tolist(),
            tr("IoU"): [round(value, 3) for value in iou[order].tolist()],
            tr("score"): [round(value, 3) for value in stages.selection.scores[chosen].tolist()],
        },
        hide_index=True,
        height=240,
    )
    if len(victims) > MOST_VICTIMS:
        st.caption(
            tr(
                "{shown} of {present:,} shown, largest IoU first.",
                shown=MOST_VICTIMS,
                present=len(victims),
            )
        )
