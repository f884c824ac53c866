"""Objects as pictures: where their image came along, else in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages._ui.design.results import Design
from pages._ui.objects.labelled_image import open_labelled_image
from pages._ui.state.notices import notice, plain
from pages._ui.state.slot import in_slot
from rpn_core.design.best_anchor import best_anchor_boxes
from rpn_core.design.groups import category_name
from rpn_core.errors import UserError
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.labels.stores.thumbnail import box_thumbnail
from rpn_core.messages import tr
from rpn_core.photo.file_name import display_name

PICTURE_PX = 160


def draw_gallery(design: Design, places: Sequence[int], *, key: str) -> None:
    """Show some objects, each with its best anchor dashed, its sizes and its IoU.

    Args:
        places: among the objects of the design.
        key: of the buttons that open an object's image.
    """
    chosen = np.asarray(places, np.int64)
    if not design.loaded.images:
        st.dataframe(_table(design, chosen), hide_index=True)
        st.caption(tr("The images did not come with the boxes, so there are no pictures."))
        return
    anchors = best_anchor_boxes(design.objects, design.found, chosen)
    line = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    for place, anchor in zip(chosen.tolist(), anchors, strict=True):
        with line.container(width=PICTURE_PX, gap=None):
            _draw_one(design, place, anchor, key)
    st.caption(
        tr(
            "Solid: the object. Dashed: the anchor that overlaps it most. Sides in pixels of "
            "the network input; shape only: the IoU if that anchor could be moved onto the "
            "object."
        )
    )


def _draw_one(design: Design, place: int, anchor: NDArray[np.float64], key: str) -> None:
    objects, loaded = design.objects, design.loaded
    image, box = int(objects.image[place]), int(objects.index[place])
    corners = None if np.isnan(anchor).any() else tuple(anchor.tolist())
    picture = _picture(loaded, loaded.sha256, image, box, corners)
    if picture is None:
        st.caption(tr("The image cannot be read."))
    else:
        st.image(
            picture,
            alt=tr(
                "object {box} with its best anchor",
                box=box,
            ),
        )
    st.caption(_words(design, place))
    if picture is not None:
        st.button(
            tr("Open"),
            key=f"{key}_{box}",
            icon=":material/search:",
            type="tertiary",
            on_click=in_slot(_open),
            args=(loaded, image),
            help=tr("Make this image the photo in the side bar, for the other pages."),
        )


def _open(loaded: LoadedLabels, image: int) -> None:
    try:
        open_labelled_image(loaded, image)
    except UserError as error:
        notice("photo", error.message)


def _words(design: Design, place: int) -> str:
    objects, found = design.objects, design.found
    w, h = objects.wh[place].tolist()
    name = " ".join(str(category_name(objects, int(objects.category[place]))).split())[:40]
    return tr(
        "**{name}**  \n{w:.0f} × {h:.0f} px, h/w {h_2:.2f}  \nIoU {placed_iou:.2f}, shape "
        "only {shape_iou:.2f}",
        name=plain(name),
        w=w,
        h=h,
        h_2=h / w,
        placed_iou=found.placed_iou[place],
        shape_iou=found.shape_iou[place],
    )


def _table(design: Design, chosen: NDArray[np.int64]) -> dict[str, object]:
    objects, found = design.objects, design.found
    wh = objects.wh[chosen]
    return {
        tr("image"): [display_name(design.loaded.labels.names[i]) for i in objects.image[chosen]],
        tr("category"): [str(category_name(objects, int(c))) for c in objects.category[chosen]],
        tr("width, px of the input"): wh[:, 0].round(1),
        tr("height, px of the input"): wh[:, 1].round(1),
        "h/w": (wh[:, 1] / wh[:, 0]).round(2),
        tr("best IoU"): found.placed_iou[chosen].round(3),
        tr("shape-only IoU"): found.shape_iou[chosen].round(3),
        tr("positives"): found.positives_in_all[chosen],
    }


@st.cache_data(show_spinner=False, max_entries=400)
def _picture(
    _loaded: LoadedLabels,
    sha256: str,
    image: int,
    box: int,
    anchor: tuple[float, ...] | None,
) -> bytes | None:
    labels = _loaded.labels
    name = labels.names[image]
    try:
        return box_thumbnail(
            _loaded.images.read(name),
            name,
            labels.boxes[box],
            2 * PICTURE_PX,
            anchor=None if anchor is None else np.asarray(anchor),
        )
    except UserError:
        return None
