"""What can be said of anchors without scores: how many there are, and where."""

from __future__ import annotations

import streamlit as st

from rpn_core.anchor_census import anchor_census
from rpn_core.anchors import Anchors


def draw_geometry(
    anchors: Anchors, image_hw: tuple[int, int], level_names: tuple[str, ...]
) -> None:
    """Count of anchors, and where each level's come from."""
    st.metric("Anchors", f"{len(anchors):,}")
    for name, level in zip(level_names, anchor_census(anchors, image_hw), strict=True):
        rows, columns = level.grid_hw
        st.markdown(
            f"**{name}**: {rows} × {columns} cells × {level.shapes} shapes = {level.anchors:,} "
            f"anchors, of which {level.crossing:,} cross the image border"
        )
