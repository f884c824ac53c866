"""Boxes in and out: save those of this photo, or open an image of a data set with its own."""

from __future__ import annotations

import streamlit as st

from pages._ui.objects.labelled_image import open_labelled_image
from pages._ui.objects.labels_panel import current_labels, draw_labels_panel
from pages._ui.objects.panel import draw_objects_keep
from pages._ui.state.notices import notice
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.visit import LABEL_IMAGE
from pages._ui.state.workbench import Workbench
from rpn_core.counts import count_boxes
from rpn_core.errors import UserError
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.messages import msg, tr
from rpn_core.photo.file_name import display_name


def draw_boxes_panel(bench: Workbench) -> None:
    """Draw what saves the objects of this photo, and the data set with its images."""
    draw_objects_keep(bench)
    st.markdown(tr("**Boxes of a data set**"))
    loaded = current_labels()
    if loaded is not None and loaded.images and loaded.labels.names:
        _draw_opener(loaded)
    draw_labels_panel()


def _draw_opener(loaded: LoadedLabels) -> None:
    names = loaded.labels.names
    number, button = st.columns([2, 1], vertical_alignment="bottom")
    wanted = min(max(1, LABEL_IMAGE.get_or(1)), len(names))
    if LABEL_IMAGE.get() != wanted:
        LABEL_IMAGE.set(wanted)
    place = number.number_input(
        tr(
            "Image, 1 to {count:,}",
            count=len(names),
        ),
        1,
        len(names),
        **LABEL_IMAGE.kept,
    )
    button.button(
        tr("Open with its boxes"),
        key=slotted("targets_open_image"),
        width="stretch",
        on_click=in_slot(_open),
        args=(loaded, place - 1),
    )
    boxes = loaded.labels.boxes_of(place - 1)
    st.text(
        tr(
            "{image} · {boxes}",
            image=display_name(names[place - 1]),
            boxes=count_boxes(boxes.stop - boxes.start),
        )
    )


def _open(loaded: LoadedLabels, image: int) -> None:
    try:
        open_labelled_image(loaded, image)
    except UserError as error:
        notice("photo", msg("{error} The photo that was open stays.", error=error))
