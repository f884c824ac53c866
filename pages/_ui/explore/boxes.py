"""The table of boxes: the proposals, or what passed the stage that was clicked in the funnel."""

from __future__ import annotations

import streamlit as st

from rpn_core.messages import tr
from rpn_core.results.box_table import LABELS, box_table
from rpn_core.results.funnel import FunnelStage
from rpn_core.stages.fate import Fate
from rpn_core.stages.stage_results import StageResults

ROWS = 1000


def draw_boxes(
    stages: StageResults,
    funnel: tuple[FunnelStage, ...],
    chosen: str | None,
    names: tuple[str, ...],
) -> None:
    """Show at most `ROWS` boxes and say how many there are."""
    stage = next((stage for stage in funnel if stage.key == chosen), funnel[-1])
    fates = stage.passed if chosen else (Fate.KEPT,)
    table = box_table(stages, fates, names, ROWS)
    st.caption(
        tr(
            "{stage}: {shown:,} of {present:,} shown, best score first; corners in pixels of the "
            "original photo, anchor size in pixels of the network input.",
            stage=stage.label,
            shown=len(next(iter(table.columns.values()))),
            present=table.present,
        )
    )
    st.dataframe(
        table.columns,
        hide_index=True,
        height=360,
        column_config={
            **{key: str(label) for key, label in LABELS.items()},
            "score": st.column_config.ProgressColumn(
                str(LABELS["score"]), min_value=0.0, max_value=1.0, format="%.3f"
            ),
            **{
                key: st.column_config.NumberColumn(str(LABELS[key]), format=digits)
                for key, digits in (
                    ("decayed_score", "%.3f"),
                    ("anchor_size", "%.1f"),
                    ("ratio", "%.2f"),
                )
            },
        },
    )
