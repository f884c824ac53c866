"""What is known about a model, and about the others, in a dialog over the page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages._ui.state.language import in_visit_language
from rpn_core.messages import tr
from rpn_core.models.catalogue.card import ModelCard
from rpn_core.models.catalogue.card_text import card_parts
from rpn_core.models.weights.states import model_states


def show_model_card(card: ModelCard) -> None:
    """Open the dialog; the page behind it stays as it is."""
    st.dialog(tr("Model card"), width="large")(_draw)(card)


@in_visit_language
def _draw(card: ModelCard) -> None:
    for part in card_parts(card):
        if isinstance(part, Path):
            st.image(str(part))
        else:
            st.markdown(str(part))
    st.markdown(tr("#### All models"))
    st.dataframe(
        [
            {
                tr("model"): str(state.card.title),
                tr("anchors"): tr("any")
                if state.card.any_anchor
                else tr("those it was trained for"),
                tr("figures"): str(state.card.figures or tr("none without weights")),
                tr("weights"): str(state.availability.label),
            }
            for state in model_states()
        ],
        hide_index=True,
        column_config={tr("figures"): st.column_config.TextColumn(width="large")},
    )
