"""The report: one HTML file with all that the page shows, to send to a colleague."""

from __future__ import annotations

import streamlit as st

from pages._ui.design.curve import curve_in_view
from pages._ui.design.results import Design
from pages._ui.design.suggest import suggestion_in_view
from rpn_core.design.cost import anchor_cost
from rpn_core.design.suggest import median_input
from rpn_core.figures.design_report import ReportParts, design_report
from rpn_core.frameworks.table import FRAMEWORKS, export_anchors
from rpn_core.labels.lint import lint
from rpn_core.messages import tr

SAVE = "design_save_report"


def draw_report(design: Design) -> None:
    """The button that makes and saves the report; it is made when it is pressed."""
    st.download_button(
        tr("Save the report"),
        lambda: _report(design),
        "anchors.html",
        "text/html",
        key=SAVE,
        on_click="ignore",
        icon=":material/description:",
    )
    parts = [
        *([tr("the suggestion")] if suggestion_in_view(design) else []),
        *([tr("the curve")] if curve_in_view(design) else []),
    ]
    also = (
        tr(
            "; with {parts}",
            parts=" and ".join(parts),
        )
        if parts
        else ""
    )
    st.caption(
        tr(
            "One HTML file that needs nothing else: settings, findings, charts, the worst "
            "objects in numbers, the check of the boxes, and the anchors for every "
            "framework{also}. No image of the data set is in it.",
            also=also,
        )
    )


def _report(design: Design) -> str:
    loaded, made = design.loaded, suggestion_in_view(design)
    anchors = made.anchors if made else design.anchors
    side = design.rule.max_side or design.rule.side
    return design_report(
        ReportParts(
            title=loaded.name,
            names=loaded.labels.names,
            boxes=len(loaded.labels.boxes),
            rule=design.rule,
            objects=design.objects,
            found=design.found,
            groups=design.groups,
            findings=design.findings,
            cost=anchor_cost(median_input(design.objects), design.pyramid, design.anchors),
            suggestion=made,
            curve=curve_in_view(design),
            lint=lint(loaded),
            snippets={
                framework: export_anchors(
                    framework, anchors, design.pyramid.strides, side=side
                ).text
                for framework in FRAMEWORKS
            },
        )
    )
