"""What can be said of anchors without scores: how many there are, and where."""

from __future__ import annotations

import streamlit as st

from rpn_core.anchors.census import anchor_census
from rpn_core.anchors.lay import Anchors
from rpn_core.messages import tr


def draw_geometry(
    anchors: Anchors, image_hw: tuple[int, int], level_names: tuple[str, ...]
) -> None:
    """Count of anchors, and where each level's come from."""
    st.metric(tr("Anchors"), f"{len(anchors):,}")
    for name, level in zip(level_names, anchor_census(anchors, image_hw), strict=True):
        rows, columns = level.grid_hw
        st.markdown(
            tr(
                "**{level}**: {rows} × {columns} cells × {shapes} shapes = {anchors:,} anchors, "
                "of which {crossing:,} cross the image border",
                level=name,
                rows=rows,
                columns=columns,
                shapes=level.shapes,
                anchors=level.anchors,
                crossing=level.crossing,
            )
        )
