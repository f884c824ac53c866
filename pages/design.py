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
from pages._ui.objects.labels_panel import current_labels, draw_labels_panel, labels_report
from pages._ui.run.paint_first import paint_before_charts
from pages._ui.state.notices import plain, show_notices
from pages._ui.state.visit import DESIGN_SHOWN, WORKBENCH
from pages._ui.state.workbench import Workbench
from rpn_core.counts import count_boxes, count_images, count_objects, part_of_objects
from rpn_core.design.pyramid import pyramid_of
from rpn_core.errors import UserError
from rpn_core.labels.lint.verdict import Verdict, verdict
from rpn_core.messages import msg, tr

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
        tr(
            "{objects} in {images}, as the network meets them: {rule}. Anchors: those in the side "
            "bar, on strides {strides}.",
            objects=count_objects(len(design.objects)),
            images=count_images(len(design.loaded.labels.names)),
            rule=design.rule.sentence(),
            strides=design.pyramid.strides,
        )
    )
    draw_findings(design)
    paint_before_charts(changed=DESIGN_SHOWN.get() != design.key)
    DESIGN_SHOWN.set(design.key)
    draw_charts(design)
    st.subheader(tr("Worst objects"))
    worst = design.found.worst(WORST)
    st.caption(
        tr(
            "{objects}, lowest best IoU first.",
            objects=part_of_objects(len(worst), len(design.objects)),
        )
    )
    draw_gallery(design, worst.tolist(), key="design_worst")
    st.subheader(tr("Suggest"))
    draw_suggest(design)
    st.subheader(tr("How many shapes pay"))
    draw_curve(design)
    st.subheader(tr("Export"))
    draw_export(design)
    st.subheader(tr("Import"))
    draw_import(design)
    if len(design.objects):
        st.subheader(tr("Report"))
        draw_report(design)


def _data_set_words(found: Verdict | None) -> str:
    loaded = current_labels()
    if loaded is None or found is None:
        return tr("Data set")
    labels = loaded.labels
    words = msg(
        "Data set: {name}, {boxes} in {images}",
        name=plain(str(loaded.name)),
        boxes=count_boxes(len(labels.boxes)),
        images=count_images(len(labels.names)),
    )
    return (
        tr("{data}: :red[{errors}]", data=words, errors=found.count) if found.errors else str(words)
    )


def _draw_errors(found: Verdict) -> bool:
    """Show what is wrong with the boxes; whether any number still means anything."""
    if found.void is not None:
        st.error(plain(str(found.void)), icon=":material/error:")
        return False
    if found.errors:
        head, *kinds = (plain(str(sentence)) for sentence in found.sentences())
        st.warning("\n- ".join((f"{head}\n", *kinds)), icon=":material/error:")
    return True


bench = WORKBENCH.require()
st.markdown(tr("#### Which anchors does a data set need?"))
show_notices()
# Another key folds the panel once there is a data set: an open one would push the answer down.
loaded = current_labels()
empty = loaded is None
# Before the panel, whose title says how many errors there are, also while it is closed.
found = None if loaded is None else verdict(labels_report(loaded), of_boxes_alone=True)
with st.expander(
    _data_set_words(found), expanded=empty, icon=":material/dataset:",
    key="design_labels" if empty else "design_labels_open",
):  # fmt: skip
    draw_labels_panel()
if found is None:
    st.info(
        tr(
            "Anchors are judged against boxes: open a data set above, or try the sample photos. "
            "Boxes alone suffice; their images are only needed for pictures."
        )
    )
elif _draw_errors(found):
    design = _measured(bench)
    if design is not None:
        _draw(design)
