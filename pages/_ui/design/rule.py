"""The controls of what anchors are judged by: how images are resized, and when an anchor fits."""

from __future__ import annotations

import streamlit as st

from pages._ui.design.memory import recall, remember
from pages._ui.workbench import Workbench
from rpn_core.design.resize_rule import (
    MAX_SIDE,
    MIN_SIDE,
    RESIZE_KINDS,
    RESIZE_WORDS,
    ResizeKind,
    ResizeRule,
    rule_of_settings,
)

RULE, SIDE, LONG, IOU = "design_rule", "design_side", "design_long", "design_fg_iou"
AS_APP = "as the app"
_SIDE_WORDS: dict[ResizeKind, str] = {
    "long_side": "Long side, px",
    "min_max": "Short side, px",
    "letterbox": "Square, px",
    "stretch": "Square, px",
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
    recall(RULE, AS_APP)
    kind_part, side_part, iou_part = st.columns([4, 4, 3], vertical_alignment="bottom")
    kind = kind_part.selectbox(
        "Resize rule", choices, key=RULE,
        format_func=lambda choice: (
            f"{AS_APP}: {own.sentence()}" if choice == AS_APP else RESIZE_WORDS[choice]
        ),
        help="How an image of the data set becomes the network's input. Box sizes below are in "
        "pixels of that input, like anchor sizes.",
    )  # fmt: skip
    remember(RULE)
    with side_part:
        rule = own if kind == AS_APP else _sides(kind, own, divisor)
    recall(IOU, 0.7)
    thresh = iou_part.slider(
        "Foreground IoU", 0.3, 0.9, step=0.05, key=IOU,
        help="From this IoU on an anchor is a positive in training (Faster R-CNN: 0.7).",
    )  # fmt: skip
    remember(IOU)
    return rule, float(thresh)


def _sides(kind: ResizeKind, own: ResizeRule, divisor: int) -> ResizeRule:
    recall(SIDE, own.side)
    if kind != "min_max":
        side = st.number_input(_SIDE_WORDS[kind], MIN_SIDE, MAX_SIDE, step=32, key=SIDE)
        remember(SIDE)
        return ResizeRule(kind, int(side), None, divisor)
    short_part, long_part = st.columns(2)
    recall(LONG, own.max_side or own.side)
    side = short_part.number_input(_SIDE_WORDS[kind], MIN_SIDE, MAX_SIDE, step=32, key=SIDE)
    longest = long_part.number_input("Long side at most, px", MIN_SIDE, MAX_SIDE, step=32, key=LONG)
    remember(SIDE)
    remember(LONG)
    return ResizeRule(kind, int(side), int(longest), divisor)
