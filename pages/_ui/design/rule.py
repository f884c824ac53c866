"""The controls of what anchors are judged by: how images are resized, and when an anchor fits."""

from __future__ import annotations

import streamlit as st

from pages._ui.state.visit import DESIGN_IOU, RESIZE_LONG, RESIZE_RULE, RESIZE_SIDE
from pages._ui.state.workbench import Workbench
from rpn_core.design.resize_rule import (
    MAX_SIDE,
    MIN_SIDE,
    RESIZE_KINDS,
    RESIZE_LABELS,
    ResizeKind,
    ResizeRule,
    rule_of_settings,
)
from rpn_core.messages import Message, msg, tr

AS_APP = "as_app"
_SIDE_LABELS: dict[ResizeKind, Message] = {
    "long_side": msg("Long side, px"),
    "min_max": msg("Short side, px"),
    "letterbox": msg("Square, px"),
    "stretch": msg("Square, px"),
}


def draw_rule(bench: Workbench) -> tuple[ResizeRule, float]:
    """Draw the controls.

    Returns:
        the rule, which is the app's own unless another is chosen, and the foreground IoU.
    Raises:
        UserError: two sides contradict each other.
    """
    divisor = bench.rpn.card.preprocess.size_divisor
    own = rule_of_settings(bench.settings.input, divisor)
    choices = (AS_APP, *RESIZE_KINDS)
    RESIZE_RULE.get_or_make(lambda: AS_APP)
    kind_part, side_part, iou_part = st.columns([4, 4, 3], vertical_alignment="bottom")
    kind = kind_part.selectbox(
        tr("Resize rule"),
        choices,
        **RESIZE_RULE.kept,
        format_func=lambda choice: (
            tr("as the app: {rule}", rule=own.sentence())
            if choice == AS_APP
            else str(RESIZE_LABELS[choice])
        ),
        help=tr(
            "How an image of the data set becomes the network's input. Box sizes below "
            "are in pixels of that input, like anchor sizes."
        ),
    )
    with side_part:
        rule = own if kind == AS_APP else _sides(kind, own, divisor)
    DESIGN_IOU.get_or_make(lambda: 0.7)
    thresh = iou_part.slider(
        tr("Foreground IoU"),
        0.3,
        0.9,
        step=0.05,
        **DESIGN_IOU.kept,
        help=tr("From this IoU on an anchor is a positive in training (Faster R-CNN: 0.7)."),
    )
    return rule, float(thresh)


def _sides(kind: ResizeKind, own: ResizeRule, divisor: int) -> ResizeRule:
    RESIZE_SIDE.get_or_make(lambda: own.side)
    if kind != "min_max":
        side = st.number_input(
            str(_SIDE_LABELS[kind]), MIN_SIDE, MAX_SIDE, step=32, **RESIZE_SIDE.kept
        )
        return ResizeRule(kind, int(side), None, divisor)
    short_part, long_part = st.columns(2)
    RESIZE_LONG.get_or_make(lambda: own.max_side or own.side)
    side = short_part.number_input(
        str(_SIDE_LABELS[kind]), MIN_SIDE, MAX_SIDE, step=32, **RESIZE_SIDE.kept
    )
    longest = long_part.number_input(
        tr("Long side at most, px"), MIN_SIDE, MAX_SIDE, step=32, **RESIZE_LONG.kept
    )
    return ResizeRule(kind, int(side), int(longest), divisor)
