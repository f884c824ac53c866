"""The report: one HTML file with all that the page shows, to send to a colleague."""

from __future__ import annotations

import streamlit as st

from pages._ui.design.curve import curve_in_view
from pages._ui.design.results import Design
from pages._ui.design.suggest import suggestion_in_view
from pages._ui.objects.labels_panel import labels_report
from rpn_core.design.cost import anchor_cost
from rpn_core.design.curve import CoverageCurve
from rpn_core.design.suggest import Suggestion, median_input
from rpn_core.figures.design_report import ReportParts, design_report
from rpn_core.frameworks.table import FRAMEWORKS, export_anchors
from rpn_core.labels.lint.report import LintReport
from rpn_core.messages import current_translations, language, tr

SAVE = "design_save_report"


def draw_report(design: Design) -> None:
    """The button that makes and saves the report; it is made when it is pressed."""
    made, curve = suggestion_in_view(design), curve_in_view(design)
    translations, found = current_translations(), labels_report(design.loaded)

    def report() -> str:  # called by Streamlit when the button is pressed, outside of any run
        with language(translations):
            return _report(design, made, curve, found)

    st.download_button(
        tr("Save the report"),
        report,
        "anchors.html",
        "text/html",
        key=SAVE,
        on_click="ignore",
        icon=":material/description:",
    )
    st.caption(
        tr(
            "One HTML file that needs nothing else: settings, findings, charts, the worst "
            "objects in numbers, the check of the boxes, and the anchors for every framework. "
            "No image of the data set is in it.",
        )
    )
    if made and curve:
        st.caption(tr("The suggestion and the curve are in it too."))
    elif made or curve:
        st.caption(tr("The suggestion is in it too.") if made else tr("The curve is in it too."))


def _report(
    design: Design, made: Suggestion | None, curve: CoverageCurve | None, found: LintReport
) -> str:
    loaded = design.loaded
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
            curve=curve,
            lint=found,
            snippets={
                framework: export_anchors(
                    framework, anchors, design.pyramid.strides, side=side
                ).text
                for framework in FRAMEWORKS
            },
        )
    )
