"""The data set as charts: its boxes with the anchors among them, and how well those meet them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages._ui.design.gallery import draw_gallery
from pages._ui.design.results import Design
from pages._ui.state.fragment import fragment
from pages._ui.state.visit import DESIGN_KIND, PLANE_CHART, PLANE_CLOSED, PLANE_REGION
from rpn_core.design.groups import GroupKind
from rpn_core.figures.anchor_coverage import GROUPS_SHOWN, group_chart, iou_histogram
from rpn_core.figures.anchor_plane import anchor_plane, region_of_box
from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.figures.design_positives import positives_chart
from rpn_core.messages import Message, msg, ntr, tr

PLANE = "design_plane"
BRUSHED_SHOWN = 12
_DISTRIBUTIONS = {"iou": msg("best IoU"), "positives": msg("positives")}
_KINDS: dict[GroupKind, Message] = {
    "size": msg("size"),
    "ratio": msg("ratio"),
    "category": msg("category"),
    "level": msg("level"),
}


def draw_charts(design: Design) -> None:
    """Plane and distribution side by side, then the groups."""
    st.subheader(tr("Sizes and shapes"))
    _draw_plane(design)
    if len(design.objects):
        st.subheader(tr("Coverage"))
        _draw_coverage(design)


@fragment
def _draw_plane(design: Design) -> None:
    st.caption(
        tr(
            "Each object by its size and ratio, in pixels of the network input, with the "
            "anchors in force. Drag over a region to see its objects."
        )
    )
    # A plane of another data set, and one that was closed, must not keep this one's rectangle.
    key = f"{PLANE}_{design.loaded.sha256[:8]}_{PLANE_CLOSED.get_or(0)}"
    st.plotly_chart(
        anchor_plane(design.objects, design.found.table, design.pyramid.strides),
        key=key,
        on_select=_brush,
        selection_mode="box",
        config=CHART_CONFIG,
    )
    PLANE_CHART.set(key)
    brushed = PLANE_REGION.get()
    if brushed is None or brushed[0] != key:
        return
    region = brushed[1]
    places = region.holds(design.objects.wh)
    first = places[:BRUSHED_SHOWN]
    line = st.container(horizontal=True, vertical_alignment="center")
    line.markdown(
        ntr(
            "**{shown:,} of {count}** object of {size:.0f} to {size_2:.0f} px and h/w {ratio:.2f} "
            "to {ratio_2:.2f}",
            "**{shown:,} of {count:,}** objects of {size:.0f} to {size_2:.0f} px and h/w "
            "{ratio:.2f} to {ratio_2:.2f}",
            count=len(places),
            shown=len(first),
            size=region.size[0],
            size_2=region.size[1],
            ratio=region.ratio[0],
            ratio_2=region.ratio[1],
        ),
        width="content",
    )
    line.button(tr("Close"), key="design_unbrush", type="tertiary", on_click=_unbrush)
    if len(first):
        draw_gallery(design, first.tolist(), key="design_brushed")


def _brush() -> None:
    """Keep the rectangle: Streamlit forgets it as soon as the figure changes."""
    key = PLANE_CHART.require()
    event: Any = st.session_state[key]
    boxes = event["selection"]["box"]
    if boxes:
        x, y = boxes[0]["x"], boxes[0]["y"]
        PLANE_REGION.set((key, region_of_box((x[0], x[1]), (y[0], y[1]))))
    else:
        PLANE_REGION.forget()


def _unbrush() -> None:
    PLANE_REGION.forget()
    PLANE_CLOSED.set(PLANE_CLOSED.get_or(0) + 1)


@fragment
def _draw_coverage(design: Design) -> None:
    groups_part, iou_part = st.columns([6, 5])
    with groups_part:
        DESIGN_KIND.get_or_make(lambda: "size")
        kind = st.segmented_control(
            tr("By"),
            list(_KINDS),
            **DESIGN_KIND.kept,
            required=True,
            format_func=lambda kind: str(_KINDS[kind]),
            help=tr("Size and ratio as in the original images, level as that of the best anchor."),
        )
        there = sum(group.kind == kind and group.objects > 0 for group in design.groups)
        if there > GROUPS_SHOWN:
            st.caption(
                tr(
                    "{groups_shown} of {there:,} shown, most objects first.",
                    groups_shown=GROUPS_SHOWN,
                    there=there,
                )
            )
        st.plotly_chart(
            group_chart(design.groups, kind, design.found.fg_iou_thresh),
            key=f"design_groups_{kind}",
            config=CHART_CONFIG,
        )
    with iou_part:
        which = st.segmented_control(
            tr("Distribution of"),
            list(_DISTRIBUTIONS),
            default="iou",
            format_func=lambda which: str(_DISTRIBUTIONS[which]),
            key="design_distribution",
            required=True,
        )
        made = iou_histogram if which == "iou" else positives_chart
        st.plotly_chart(made(design.found), key=f"design_{which}", config=CHART_CONFIG)
    if there:
        with st.expander(tr("As a table")):
            st.dataframe(_table(design, kind), hide_index=True)


def _table(design: Design, kind: GroupKind) -> dict[str, list[object]]:
    groups = [group for group in design.groups if group.kind == kind and group.objects]
    return {
        str(_KINDS[kind]): [str(group.name) for group in groups],
        tr("objects"): [group.objects for group in groups],
        tr("mean best IoU"): [round(group.placed_iou, 3) for group in groups],
        tr("shape only"): [round(group.shape_iou, 3) for group in groups],
        tr("reached at 0.5"): [f"{group.recall(0.5):.1%}" for group in groups],
        tr("reached at 0.7"): [f"{group.recall(0.7):.1%}" for group in groups],
        tr("no shape fits"): [group.unreachable for group in groups],
        tr("stepped over"): [group.stepped_over for group in groups],
        tr("low-quality only"): [group.low_quality_only for group in groups],
        tr("no positive"): [group.no_positive for group in groups],
        tr("positives, median"): [group.positives for group in groups],
    }
