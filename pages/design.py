"""Anchor design: which anchors should be there for a data set of boxes?"""

from __future__ import annotations

import streamlit as st

from pages._ui.design.charts import draw_charts
from pages._ui.design.curve import draw_curve
from pages._ui.design.exchange import draw_export, draw_import
from pages._ui.design.findings import draw_findings
from pages._ui.design.gallery import draw_gallery
from pages._ui.design.report import draw_report
from pages._ui.design.results import Design, compute_design
from pages._ui.design.rule import draw_rule
from pages._ui.design.suggest import draw_suggest
from pages._ui.labels_panel import current_labels, draw_labels_panel
from pages._ui.notices import plain, show_notices
from pages._ui.paint_first import paint_before_charts
from pages._ui.state import DESIGN_SHOWN
from pages._ui.workbench import Workbench, current
from rpn_core.design.pyramid import pyramid_of
from rpn_core.errors import UserError

WORST = 12


def _measured(bench: Workbench) -> Design | None:
    loaded = current_labels()
    if loaded is None:
        return None
    try:
        rule, thresh = draw_rule(bench)
        card = bench.rpn.card
        pyramid = pyramid_of(card.strides, card.preprocess.size_divisor)
        return compute_design(loaded, rule, pyramid, bench.settings, thresh)
    except UserError as error:
        st.error(str(error))
        return None


def _draw(design: Design) -> None:
    st.caption(
        f"{len(design.objects):,} objects in {len(design.loaded.labels.names):,} images, as the "
        f"network meets them: {design.rule.sentence()}. Anchors: those in the side bar, on strides "
        f"{', '.join(map(str, design.pyramid.strides))}."
    )
    draw_findings(design)
    paint_before_charts(changed=DESIGN_SHOWN.get() != design.key)
    DESIGN_SHOWN.set(design.key)
    draw_charts(design)
    st.subheader("Worst objects")
    worst = design.found.worst(WORST)
    st.caption(f"{len(worst):,} of {len(design.objects):,} objects, lowest best IoU first.")
    draw_gallery(design, worst.tolist(), key="design_worst")
    st.subheader("Suggest")
    draw_suggest(design)
    st.subheader("How many shapes pay")
    draw_curve(design)
    st.subheader("Export")
    draw_export(design)
    st.subheader("Import")
    draw_import(design)
    if len(design.objects):
        st.subheader("Report")
        draw_report(design)


def _data_set_words() -> str:
    loaded = current_labels()
    if loaded is None:
        return "Data set"
    labels = loaded.labels
    return (
        f"Data set: {plain(loaded.name)}, {len(labels.boxes):,} boxes in {len(labels.names):,} "
        "images"
    )


bench = current()
st.markdown("#### Which anchors does a data set need?")
show_notices()
# Another key folds the panel once there is a data set: an open one would push the answer down.
empty = current_labels() is None
with st.expander(
    _data_set_words(), expanded=empty, icon=":material/dataset:",
    key="design_labels" if empty else "design_labels_open",
):  # fmt: skip
    draw_labels_panel()
if current_labels() is None:
    st.info(
        "Anchors are judged against boxes: open a data set above, or try the sample photos. "
        "Boxes alone suffice; their images are only needed for pictures."
    )
else:
    design = _measured(bench)
    if design is not None:
        _draw(design)
