"""Anchors to and from other frameworks: text to copy, files to save, and pasted text checked."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages._ui.controls.in_force import apply
from pages._ui.design.results import Design
from pages._ui.design.suggest import suggested_anchors
from pages._ui.state.fragment import fragment
from pages._ui.state.notices import notice, plain
from pages._ui.state.slot import in_slot
from pages._ui.state.visit import (
    EXPORT_IMAGE_SIZE,
    EXPORTED,
    FRAMEWORK,
    PASTED,
    PASTED_CHECKED,
    WORKBENCH,
)
from rpn_core.errors import UserError
from rpn_core.frameworks import ours
from rpn_core.frameworks.pasted import Pasted
from rpn_core.frameworks.read import read_anchors
from rpn_core.frameworks.table import FRAMEWORKS, export_anchors, is_scaled
from rpn_core.messages import msg, ntr, tr
from rpn_core.settings import AnchorSettings
from rpn_core.settings.file import to_json

SAVE, CHECK, TAKE = "design_save", "design_check", "design_take"
IN_FORCE, SUGGESTED = "in_force", "suggested"
_WHICH = {IN_FORCE: msg("in force"), SUGGESTED: msg("suggested")}
PLACEHOLDER = "AnchorGenerator(sizes=((32,), (64,), ...), aspect_ratios=((0.5, 1.0, 2.0),) * 4)"


@fragment
def draw_export(design: Design) -> None:
    """The anchors as a framework's text."""
    FRAMEWORK.get_or_make(lambda: FRAMEWORKS[0])
    framework = st.pills(tr("Framework"), FRAMEWORKS, required=True, **FRAMEWORK.kept)
    anchors = _which(design)
    side = design.rule.max_side or design.rule.side
    image_size = None
    if is_scaled(framework):
        EXPORT_IMAGE_SIZE.get_or_make(lambda: side)
        image_size = int(
            st.number_input(
                tr("YOLO's training size (--img), px"),
                32,
                4096,
                step=32,
                **EXPORT_IMAGE_SIZE.kept,
                width=240,
                help=tr(
                    "w,h are in pixels of the letterboxed square: anchors are scaled from "
                    "the resize rule's {side} px to this.",
                    side=side,
                ),
            )
        )
    made = export_anchors(
        framework, anchors, design.pyramid.strides, side=side, image_size=image_size
    )
    text = made.text
    if framework == ours.KEY:  # with all other settings of the app as they are
        text = to_json(replace(WORKBENCH.require().settings, anchors=anchors))
    if made.warnings:
        st.warning("\n".join(f"- {warning}" for warning in made.warnings))
    language = None if made.language == "text" else made.language
    st.code(text, language=language, wrap_lines=True)
    st.download_button(
        tr(
            "Save as {file_name}",
            file_name=made.file_name,
        ),
        text,
        made.file_name,
        "text/plain",
        key=SAVE,
        on_click="ignore",
        icon=":material/download:",
    )


def _which(design: Design) -> AnchorSettings:
    """The anchors in force, or those of the suggestion in view."""
    suggested = suggested_anchors(design)
    if suggested is None or suggested == design.anchors:
        return design.anchors
    EXPORTED.get_or_make(lambda: IN_FORCE)
    which = st.segmented_control(
        tr("Anchors"),
        list(_WHICH),
        required=True,
        format_func=lambda which: str(_WHICH[which]),
        **EXPORTED.kept,
    )
    return suggested if which == SUGGESTED else design.anchors


@fragment
def draw_import(design: Design) -> None:
    """Pasted text, what is wrong with it, and the way to take it."""
    text = st.text_area(
        tr("Paste an anchor configuration"),
        **PASTED.kept,
        height=160,
        placeholder=PLACEHOLDER,
        max_chars=20_000,
        help=tr(
            "torchvision, detectron2 (yaml, LazyConfig, Python or a command line), mmdetection, "
            "YOLO, Darknet, keras-retinanet, EfficientDet or a settings file of this app. Nothing "
            "of it is run."
        ),
    )
    strides = design.pyramid.strides
    if st.button(tr("Check"), key=CHECK, icon=":material/rule:"):
        PASTED_CHECKED.set((text, strides))
    if PASTED_CHECKED.get() != (text, strides):
        return
    try:
        pasted = read_anchors(text, strides)
    except UserError as error:
        st.error(plain(str(error)))
        return
    _draw_pasted(design, pasted)


def _draw_pasted(design: Design, pasted: Pasted) -> None:
    mended = pasted.mended
    if not mended and not any(finding.lost for finding in pasted.findings):
        st.success(
            ntr(
                "Read as {framework}: it fits this model's {count} level.",
                "Read as {framework}: it fits this model's {count} levels.",
                framework=pasted.framework,
                count=len(design.pyramid.strides),
            ),
            icon=":material/check:",
        )
    for finding in pasted.findings:
        show = st.warning if finding.mended or finding.lost else st.info
        show(plain(str(finding.sentence)))
    if pasted.corrected:
        st.markdown(
            tr(
                "Corrected, for {framework}:",
                framework=pasted.framework,
            )
        )
        st.code(pasted.corrected, language="python", wrap_lines=True)
    in_force = pasted.settings == design.anchors
    if st.button(
        tr("In force")
        if in_force
        else (tr("Apply the corrected anchors") if mended else tr("Apply")),
        key=TAKE,
        disabled=in_force,
        on_click=in_slot(_take),
        args=(pasted.settings,),
        icon=":material/check:",
    ):
        st.rerun()


def _take(anchors: AnchorSettings) -> None:
    try:
        apply(anchors=anchors)
    except UserError as error:
        notice("settings", error.message)
