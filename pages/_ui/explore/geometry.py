"""What can be said of anchors without scores: how many there are, and where."""

from __future__ import annotations

import streamlit as st

from rpn_core.anchors.census import anchor_census
from rpn_core.anchors.lay import Anchors
from rpn_core.counts import count_anchors
from rpn_core.messages import nmsg, tr


def draw_geometry(
    anchors: Anchors, image_hw: tuple[int, int], level_names: tuple[str, ...]
) -> None:
    """Count of anchors, and where each level's come from."""
    st.metric(tr("Anchors"), f"{len(anchors):,}")
    for name, level in zip(level_names, anchor_census(anchors, image_hw), strict=True):
        rows, columns = level.grid_hw
        st.markdown(
            tr(
                "**{level}**: {cells} × {shapes} = {anchors}, of which {crossing}",
                level=name,
                cells=nmsg(
                    "{rows} × {columns} cell",
                    "{rows} × {columns} cells",
                    count=rows * columns,
                    rows=rows,
                    columns=columns,
                ),
                shapes=nmsg("{count} shape", "{count} shapes", count=level.shapes),
                anchors=count_anchors(level.anchors),
                crossing=nmsg(
                    "{count} crosses the image border",
                    "{count:,} cross the image border",
                    count=level.crossing,
                ),
            )
        )
