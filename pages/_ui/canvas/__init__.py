"""The box canvas: the photo with every box on it, drawn by the browser."""

from __future__ import annotations

import streamlit as st

from pages._ui.canvas import assets
from pages._ui.canvas.payload import pack_scene
from pages._ui.canvas.scene import (
    AnchorClasses,
    AnchorValues,
    ClassStyle,
    DisplayPhoto,
    Objects,
    Scene,
    Scored,
    ViewHint,
    encode_photo,
    scene_from_stages,
)
from pages._ui.canvas.selection import CanvasResult, read_selection

__all__ = [
    "AnchorClasses",
    "AnchorValues",
    "CanvasResult",
    "ClassStyle",
    "DisplayPhoto",
    "Objects",
    "Scene",
    "Scored",
    "ViewHint",
    "box_canvas",
    "encode_photo",
    "scene_from_stages",
]

# As many as the browser keeps (photos.js); when it has dropped one after all, it asks.
_PHOTOS_KEPT = 8

_component = st.components.v2.component(
    "rpn_box_canvas", html=assets.html(), css=assets.css(), js=assets.javascript()
)


def box_canvas(scene: Scene, *, key: str, height: int = 640) -> CanvasResult:
    """Draw a scene and return what is selected on it.

    Layers, filters and zoom live in the browser and cost no rerun; a selection does one.

    Args:
        scene: what to draw.
        key: unique on the page; view, switches and selection are remembered by it.
        height: of the picture at most, CSS pixels; a wide photo takes less.
    """
    sent = _photos_sent(key)
    with_photo = scene.photo.id not in sent
    result = _component(
        key=key,
        data=pack_scene(scene, key=key, max_height=height, with_photo=with_photo),
        on_selected_change=_nothing,
        # The browser lacks the photo: a payload was lost, or it dropped the photo. Forget what
        # was sent, before the script runs again, and this run sends it.
        on_need_photo_change=sent.clear,
    )
    if with_photo:
        sent.append(scene.photo.id)
        del sent[:-_PHOTOS_KEPT]
    return read_selection(result.selected, scene)


def _photos_sent(key: str) -> list[str]:
    sent: list[str] = st.session_state.setdefault(f"_photos_sent:{key}", [])
    return sent


def _nothing() -> None:
    """A callback that only declares the state's name; Streamlit asks for one."""
