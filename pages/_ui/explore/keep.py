"""What a visitor takes along: proposals, settings, and a link to this very state."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from pages._ui.state.slot import slotted
from pages._ui.state.workbench import Workbench
from rpn_core.messages import ntr, tr
from rpn_core.results.export import coco_results, json_chunks, proposals_csv
from rpn_core.settings.file import to_json
from rpn_core.stages.stage_results import StageResults


def draw_keep(bench: Workbench, stages: StageResults | None) -> None:
    """Downloads (made when they are clicked) and the link."""
    columns = st.columns(3)
    if stages is None:
        columns[0].caption(tr("No proposals to download: the scores would mean nothing."))
    else:
        proposals, name = stages.proposals, bench.photo.name
        columns[0].download_button(
            ntr(
                "{count} proposal as CSV", "{count:,} proposals as CSV",
                count=len(proposals.scores),
            ),
            lambda: proposals_csv(proposals, stages.predictions, name),
            "proposals.csv", "text/csv", key=slotted("save_csv"), on_click="ignore",
            width="stretch",
        )  # fmt: skip
        columns[1].download_button(
            tr("Proposals as JSON (COCO)"),
            lambda: "".join(json_chunks(coco_results(proposals, name))),
            "proposals.json", "application/json", key=slotted("save_json"), on_click="ignore",
            width="stretch",
            help=tr(
                "COCO results: image_id and category_id are 1, as in the objects that are saved "
                "of this photo."
            ),
        )  # fmt: skip
    columns[2].download_button(
        tr("Settings as JSON"), to_json(bench.settings), "settings.json", "application/json",
        key=slotted("save_settings"), on_click="ignore", width="stretch",
    )  # fmt: skip
    st.caption(
        tr(
            "The picture is saved as PNG with the button in its own toolbar. "
            "Boxes are in pixels of the original photo."
        )
    )
    address = (st.context.url or "").partition("?")[0]
    query = urlencode(bench.link)
    st.code(f"{address}?{query}" if query else address, language=None)
    st.caption(
        tr("This link reopens the same photo, model and settings.")
        if bench.sample
        else tr(
            "This link reopens the same model and settings; your own photo does not travel with "
            "it: upload it again there."
        )
    )
