"""The loss, term by term: the formula with its numbers, its parts, and every drawn anchor."""

from __future__ import annotations

import streamlit as st

from pages._ui.run.results import Results
from pages._ui.state.slot import slotted
from pages._ui.state.visit import LOSS_TABLE
from pages._ui.targets.results import Targets
from pages._ui.targets.settings import draw_loss_settings
from rpn_core.anchors.lay import Anchors
from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.figures.targets_contributions import contributions_figure
from rpn_core.figures.targets_palette import DELTA_NAMES
from rpn_core.figures.targets_smooth_l1 import smooth_l1_figure
from rpn_core.messages import ntr, tr
from rpn_core.settings.spelling import spell_sides
from rpn_core.targets.loss_terms import LossTerms


def draw_loss(
    results: Results, targets: Targets, level_names: tuple[str, ...], selected: int | None
) -> None:
    """Draw the loss, or say why there is none.

    Args:
        selected: the anchor chosen on the picture, or None.
    """
    terms = targets.terms
    if terms is None:
        st.info(
            tr(
                "{sentence} A loss of scores that mean nothing would mean nothing: choose a "
                "trained model to see one.",
                sentence=results.score_note,
            )
        )
        return
    if results.score_note:
        st.warning(
            tr(
                "{sentence} So it is with this loss.",
                sentence=results.score_note,
            )
        )
    draw_loss_settings()
    st.latex(formula(terms))
    st.caption(
        tr(
            "What training would see in this photo with these boxes: binary cross-entropy of "
            "the score, smooth L1 of the offsets. What the model itself was trained with "
            "stands in its model card."
        )
    )
    order = terms.part.argsort(descending=True, stable=True)
    chosen = _chosen_row(terms, order.tolist(), selected)
    parts, curve = st.columns(2)
    with parts:
        st.plotly_chart(
            contributions_figure(terms), key=slotted("targets_parts"), config=CHART_CONFIG
        )
    with curve:
        positive = chosen if chosen is not None and chosen < len(terms.object) else None
        st.plotly_chart(
            smooth_l1_figure(terms, positive), key=slotted("targets_curve"), config=CHART_CONFIG
        )
    whose = (
        tr("All drawn positives")
        if positive is None
        else tr(
            "Anchor {anchor}",
            anchor=int(terms.anchor[positive]),
        )
    )
    st.caption(
        tr(
            "The curve's marks: {whose}. Choose a positive in the table or the picture to see "
            "its four residuals alone.",
            whose=whose,
        )
    )
    st.dataframe(
        loss_columns(targets.anchors, terms, order.tolist(), level_names),
        hide_index=True,
        key=LOSS_TABLE.key,
        on_select="rerun",
        selection_mode="single-row",
        height=360,
        column_config={
            name: st.column_config.NumberColumn(format="%.4f")
            for name in (tr("loss"), tr("of score"), tr("of offsets"))
        },
    )
    st.caption(
        ntr(
            "The one drawn anchor. Residual: delta of the head minus target. N and lambda are "
            "included in all losses.",
            "All {count:,} drawn anchors, the costliest first; click a heading to sort. Residual: "
            "delta of the head minus target. N and lambda are included in all losses.",
            count=len(terms.anchor),
        )
    )


def formula(terms: LossTerms) -> str:
    """The loss with this image's numbers, as LaTeX; a line each, to fit a phone.

    The total is the sum that the core computed, not that of the rounded numbers.
    """
    entropy = float(terms.entropy.sum())
    distance = float(terms.distance.sum())
    by_score, by_offset = float(terms.cls_part.sum()), float(terms.reg_part.sum())
    return (
        r"\begin{aligned} L &= \frac{1}{N_{cls}} \sum_i L_{cls}(p_i, p_i^*) \\ "
        r"&\quad + \frac{\lambda}{N_{reg}} \sum_i p_i^* L_{reg}(t_i, t_i^*) \\ "
        rf"&= \frac{{1}}{{{terms.n_cls}}} \cdot {entropy:.3f} "
        rf"+ \frac{{{terms.reg_lambda:g}}}{{{terms.n_reg}}} \cdot {distance:.3f} \\ "
        rf"&= {by_score:.4f} + {by_offset:.4f} = {float(terms.part.sum()):.4f} \end{{aligned}}"
    )


def _chosen_row(terms: LossTerms, order: list[int], selected: int | None) -> int | None:
    """Place among the terms of the anchor chosen in the picture, else in the table."""
    if selected is not None:
        found = (terms.anchor == selected).nonzero().flatten().tolist()
        if found:
            return int(found[0])
    state = LOSS_TABLE.get()
    rows = state["selection"]["rows"] if state else []
    return order[rows[0]] if rows and rows[0] < len(order) else None


def loss_columns(
    anchors: Anchors, terms: LossTerms, order: list[int], level_names: tuple[str, ...]
) -> dict[str, list[object]]:
    """The table's columns: every drawn anchor, in this order."""
    positives = len(terms.object)
    addresses = [anchors.address(int(terms.anchor[row])) for row in order]
    shapes = [
        anchors.levels[address.level].size_ratio[address.shape].tolist() for address in addresses
    ]
    part, by_score, by_offset = terms.part, terms.cls_part, terms.reg_part
    scores, residuals = terms.logit.sigmoid(), terms.residuals
    columns: dict[str, list[object]] = {
        tr("anchor"): terms.anchor[order].tolist(),
        tr("label"): [tr("positive") if row < positives else tr("negative") for row in order],
        tr("object"): [int(terms.object[row]) + 1 if row < positives else None for row in order],
        tr("level"): [level_names[address.level] for address in addresses],
        tr("size"): [round(size, 1) for size, _ in shapes],
        tr("ratio h/w"): [round(ratio, 2) for _, ratio in shapes],
        tr("w × h"): [spell_sides(anchors.sides(int(terms.anchor[row]))) for row in order],
        tr("score"): [round(float(scores[row]), 4) for row in order],
        tr("loss"): [float(part[row]) for row in order],
        tr("of score"): [float(by_score[row]) for row in order],
        tr("of offsets"): [float(by_offset[row]) for row in order],
    }
    for number, name in enumerate(DELTA_NAMES):
        columns[
            tr(
                "residual {name}",
                name=name,
            )
        ] = [round(float(residuals[row, number]), 4) if row < positives else None for row in order]
    return columns
