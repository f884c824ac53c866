"""The box canvas: the photo with every box on it, drawn by the browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from pages._ui.canvas import assets
from pages._ui.scene.browser_memory import BrowserMemory
from pages._ui.scene.edits import KnownObjects, read_edit
from pages._ui.scene.payload import pack_scene
from pages._ui.scene.scene import Scene
from pages._ui.scene.selection import (
    CanvasResult,
    later_selection,
    read_selection,
    read_threshold,
)
from pages._ui.scripts.words import words
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.visit import BROWSER, KNOWN_OBJECTS, PAINTED, RECEIVED_EDIT
from rpn_core.labels.objects import Objects

# Streamlit sends a component's code with each of its payloads: so the code is a component of its
# own, which shows nothing and is sent once. What it has brought stays when it is gone.
_SCRIPT = assets.javascript()
_code = st.components.v2.component("rpn_box_canvas_code", js=_SCRIPT)
_component = st.components.v2.component(
    "rpn_box_canvas", html=assets.html(), css=assets.css(), js=assets.door()
)


def box_canvas(
    scene: Scene,
    *,
    key: str,
    view_group: str = "",
    height: int = 640,
    on_objects: Callable[[Objects], None] | None = None,
    on_nms_thresh: Callable[[float], None] | None = None,
) -> CanvasResult:
    """Draw a scene and return what is selected and drawn on it.

    Layers, filters, zoom and the boxes that are being drawn live in the browser and cost no rerun;
    a selection does one, and a finished edit of the objects does one.

    Args:
        scene: what to draw.
        key: unique on the page, within a slot; view, switches and selection are remembered by it.
        view_group: canvases of one group show the same part of their photos: whichever is moved,
            all move. "": this one moves alone.
        height: of the picture at most, CSS pixels; a wide photo takes less.
        on_objects: told of edited objects before the script runs again, so that the run computes
            with them already; it must keep them, and the next scene must hold them.
        on_nms_thresh: told of the threshold that a person tried on the canvas and wants in force,
            before the script runs again. Trying others costs no rerun.
    Raises:
        ValueError: the objects are editable, but no callback takes the edits.
    """
    if scene.objects is not None and scene.objects_editable and on_objects is None:
        raise ValueError("editable objects need on_objects, which keeps what was drawn")
    # One for all canvases of a visit: their script keeps what it has for all of them.
    browser = BROWSER.get_or_make(BrowserMemory)
    key = slotted(key)
    known = KNOWN_OBJECTS.of(key).get_or_make(KnownObjects)
    known.learn(scene)
    packed = pack_scene(
        scene,
        key=key,
        view_group=view_group,
        max_height=height,
        edit=RECEIVED_EDIT.of(key).get_or(""),
        words=words(_SCRIPT),
        browser=browser,
    )
    # Streamlit forgets a component that a whole run did not draw: back on a page, its picture is
    # painted again.
    painted = PAINTED.get_or_make(dict)
    new = key not in st.session_state or painted.get(key) != packed.id
    with st.container(gap=None):
        result = _component(
            key=key,
            data=packed.block,
            on_selected_change=_nothing,
            # The browser lacks something: a payload was lost, or it dropped what it had. Forget
            # what was sent, before the script runs again, and this run sends it.
            on_missing_change=browser.forget,
            on_objects_change=partial(in_slot(_take_edit), key, scene, known, on_objects),
            on_nms_thresh_change=partial(in_slot(_take_threshold), key, on_nms_thresh),
        )
        if not browser.has_code:
            _code(key=f"{key}_code")
    # Not before: a run can end in the call.
    browser.note(packed.photo_id, packed.arrays, packed.words_id)
    painted[key] = packed.id
    chosen = read_selection(later_selection(result.selected, result.objects), scene)
    return replace(chosen, new_picture=new)


def _take_edit(
    key: str, scene: Scene, known: KnownObjects, on_objects: Callable[[Objects], None] | None
) -> None:
    """Hand on what was drawn, and tell the browser in the next payload that it was received."""
    value = st.session_state[key].get("objects")
    edit = value.get("edit") if isinstance(value, dict) else None
    RECEIVED_EDIT.of(key).set(edit[:64] if isinstance(edit, str) else "")
    edited = read_edit(value, scene, known)
    if edited is not None and on_objects is not None:
        on_objects(edited)


def _take_threshold(key: str, on_nms_thresh: Callable[[float], None] | None) -> None:
    threshold = read_threshold(st.session_state[key].get("nms_thresh"))
    if threshold is not None and on_nms_thresh is not None:
        on_nms_thresh(threshold)


def _nothing() -> None:
    """A callback that only declares the state's name; Streamlit asks for one."""
