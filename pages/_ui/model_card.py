"""What is known about a model, and about the others, in a dialog over the page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from rpn_core.models.card import ModelCard
from rpn_core.models.card_text import card_parts
from rpn_core.models.states import model_states


@st.dialog("Model card", width="large")
def show_model_card(card: ModelCard) -> None:
    """Open the dialog; the page behind it stays as it is."""
    for part in card_parts(card):
        if isinstance(part, Path):
            st.image(str(part))
        else:
            st.markdown(part)
    st.markdown("#### All models")
    st.dataframe(
        [
            {
                "model": str(state.card.title),
                "anchors": "any" if state.card.any_anchor else "those it was trained for",
                "figures": str(state.card.figures or "none without weights"),
                "weights": str(state.availability.words),
            }
            for state in model_states()
        ],
        hide_index=True,
        column_config={"figures": st.column_config.TextColumn(width="large")},
    )
