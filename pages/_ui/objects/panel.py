"""The buttons that save the objects of a photo, remove them, or take back edits."""

from __future__ import annotations

import streamlit as st

from pages._ui.objects.store import (
    can_be_restored,
    current_truth,
    remove_objects,
    restore_objects,
)
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.workbench import Workbench
from rpn_core.labels.coco_writer import write_coco_of
from rpn_core.labels.label_set import UNNAMED
from rpn_core.messages import tr


def draw_objects_keep(bench: Workbench) -> None:
    """Draw the buttons."""
    objects, photo = current_truth(bench).objects, bench.photo
    save, remove, restore = st.columns(3)
    save.download_button(
        tr("Objects as JSON (COCO)"),
        lambda: write_coco_of(objects, photo.name, photo.hw),
        "objects.json",
        "application/json",
        key=slotted("save_objects"),
        on_click="ignore",
        width="stretch",
        disabled=len(objects) == 0,
        help=tr(
            "Boxes in pixels of the original photo. An object without a category is "
            "called {unnamed!r}.",
            unnamed=UNNAMED,
        ),
    )
    remove.button(
        tr("Remove all objects"),
        key=slotted("remove_objects"),
        on_click=in_slot(remove_objects),
        args=(bench,),
        width="stretch",
        disabled=len(objects) == 0,
    )
    if can_be_restored(bench):
        restore.button(
            tr("Take back all edits"),
            key=slotted("restore_objects"),
            on_click=in_slot(restore_objects),
            args=(bench,),
            width="stretch",
        )
