"""Recall stage by stage: where each object was lost on its way to a proposal."""

from __future__ import annotations

import streamlit as st

from pages._ui.run.results import Results
from pages._ui.state.notices import plain
from pages._ui.state.slot import slotted
from pages._ui.state.visit import RECALL_IOU
from pages._ui.targets.results import Targets
from rpn_core.counts import part_of_objects
from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.figures.targets_recall import stage_recall_figure
from rpn_core.labels.objects import Objects
from rpn_core.messages import Message, msg, ntr, sentences, tr
from rpn_core.stages.stage_results import StageResults
from rpn_core.targets.stage_recall import StageRecall, explain_loss

IOU_THRESHS = (0.5, 0.7)
MOST_SENTENCES = 12


def recall_thresh() -> float:
    """From which IoU on an object counts as found, on the picture and in the words."""
    chosen = RECALL_IOU.get()
    return IOU_THRESHS[0] if chosen is None else chosen


def draw_recall(truth: Objects, results: Results, targets: Targets) -> None:
    """Draw the chart and the table, or say why there is none."""
    recall = targets.recall
    if recall is None:
        st.info(
            tr(
                "{sentence} So there are no proposals to look for objects in.",
                sentence=results.score_note,
            )
        )
        return
    if not targets.followed:
        st.info(tr("There is no object to follow: draw one on the picture."))
        return
    if results.score_note:
        st.warning(str(results.score_note))
    thresh = recall_thresh()
    found = int(recall.found(thresh)[-1].sum())
    count = len(targets.followed)
    st.markdown(
        ntr(
            "**{objects}** is found by a proposal with IoU ≥ {thresh:g}.",
            "**{objects}** are found by a proposal with IoU ≥ {thresh:g}.",
            count=found,
            objects=part_of_objects(found, count),
            thresh=thresh,
        )
    )
    left_out = len(truth) - count
    if left_out:
        st.caption(
            tr(
                "{left_out:,} without area or marked as a crowd are not followed.",
                left_out=left_out,
            )
        )
    chart, words = st.columns([2, 3])
    with chart:
        st.plotly_chart(
            stage_recall_figure(recall, IOU_THRESHS),
            key=slotted("targets_recall"),
            config=CHART_CONFIG,
        )
    with words:
        st.segmented_control(
            tr("An object is found from IoU"),
            IOU_THRESHS,
            default=IOU_THRESHS[0],
            **RECALL_IOU.kept,
            required=True,
            format_func=lambda thresh: f"{thresh:g}",
        )
        st.dataframe(
            _columns(truth, targets, recall, thresh),
            hide_index=True,
            height="auto" if count <= 8 else 360,
        )
        st.caption(
            tr(
                "Best IoU with the anchors as they lie, with all decoded boxes, and with the "
                "proposals, which are all that a detector's second stage sees."
            )
        )
    if results.stages is not None:
        _draw_lost(truth, results.stages, targets, recall, thresh)


def _columns(
    truth: Objects, targets: Targets, recall: StageRecall, thresh: float
) -> dict[str, list[object]]:
    places = range(len(targets.followed))
    best = recall.best_iou.tolist()
    return {
        tr("object"): [number + 1 for number in targets.followed],
        tr("category"): [truth.categories[number] for number in targets.followed],
        tr("anchors"): [round(best[0][place], 2) for place in places],
        tr("decoded"): [round(best[1][place], 2) for place in places],
        tr("proposals"): [round(best[-1][place], 2) for place in places],
        tr("lost at"): [_lost_at(recall, place, thresh) for place in places],
    }


def _lost_at(recall: StageRecall, place: int, thresh: float) -> str:
    stage = recall.lost_at(place, thresh)
    return tr("found") if stage is None else str(recall.labels[stage])


def _draw_lost(
    truth: Objects, stages: StageResults, targets: Targets, recall: StageRecall, thresh: float
) -> None:
    """A sentence for each object that was lost, with the box that was the last to find it."""
    lost = [p for p in range(len(targets.followed)) if recall.lost_at(p, thresh) is not None]
    for place in lost[:MOST_SENTENCES]:
        number = targets.followed[place]
        category = truth.categories[number]
        named = f" ({plain(category)})" if category else ""
        said = sentences(
            [explain_loss(recall, place, thresh), *_last_box(stages, recall, place, thresh)]
        )
        st.markdown(
            tr(
                "**Object {number}**{named}: {sentence}",
                number=number + 1,
                named=named,
                sentence=plain(str(said)),
            )
        )
    if len(lost) > MOST_SENTENCES:
        st.caption(
            tr(
                "{most_sentences} of {count:,} lost objects shown.",
                most_sentences=MOST_SENTENCES,
                count=len(lost),
            )
        )


def _last_box(
    stages: StageResults, recall: StageRecall, place: int, thresh: float
) -> list[Message]:
    """Which box found it last, and which one suppressed it; [] where there was none."""
    stage = recall.lost_at(place, thresh)
    anchor = -1 if stage is None else int(recall.lost_anchor[stage, place])
    if anchor < 0:
        return []
    scores, by = stages.selection.scores, int(stages.ledger.suppressed_by[anchor])
    if by < 0:
        return [
            msg("It is box {box} with score {score:.3f}.", box=anchor, score=float(scores[anchor]))
        ]
    return [
        msg(
            "It is box {box} with score {score:.3f}; box {by} with score {by_score:.3f} overlaps "
            "it with IoU {iou:.2f}.",
            box=anchor,
            score=float(scores[anchor]),
            by=by,
            by_score=float(scores[by]),
            iou=float(stages.ledger.suppressed_iou[anchor]),
        )
    ]
