"""Best IoU of the anchors as a histogram whose two thresholds can be dragged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages._ui.scripts.join import join
from pages._ui.scripts.words import words
from rpn_core.figures.targets_palette import STATE_STYLES
from rpn_core.settings import MatchSettings, number_of
from rpn_core.targets.anchor_state import AnchorState
from rpn_core.targets.iou_histogram import IouHistogram

_HERE = Path(__file__).parent
_PARTS = {
    "positive": AnchorState.POSITIVE,
    "lowQuality": AnchorState.LOW_QUALITY,
    "ignored": AnchorState.IGNORED,
    "negative": AnchorState.NEGATIVE,
}
# Lowest and highest of each threshold, in whole hundredths.
_LIMITS = {
    name: (round(number_of(control).low * 100), round(number_of(control).high * 100))
    for name, control in (("bg", "match.bg_iou_thresh"), ("fg", "match.fg_iou_thresh"))
}

_SCRIPT = join(_HERE / "histogram.js")
_component = st.components.v2.component(
    "rpn_threshold_histogram",
    html=(_HERE / "histogram.html").read_text("utf-8"),
    css=(_HERE / "histogram.css").read_text("utf-8"),
    js=_SCRIPT,
)


def threshold_histogram(
    histogram: IouHistogram,
    settings: MatchSettings,
    *,
    key: str,
    on_thresholds: Callable[[float, float], None],
) -> None:
    """Draw the histogram with the thresholds of the settings.

    Args:
        key: unique on the page.
        on_thresholds: told (bg, fg) before the script runs again, when a person moved one.
    """
    _component(
        key=key,
        data={
            "counts": histogram.counts.tolist(),
            "lowQuality": histogram.low_quality.tolist(),
            "allowed": settings.allow_low_quality,
            "bg": round(settings.bg_iou_thresh * 100),
            "fg": round(settings.fg_iou_thresh * 100),
            "limits": _LIMITS,
            "words": words(_SCRIPT),
            "colours": {part: STATE_STYLES[state].colour for part, state in _PARTS.items()},
        },
        on_thresholds_change=lambda: _take(st.session_state[key].get("thresholds"), on_thresholds),
    )


def _take(value: object, on_thresholds: Callable[[float, float], None]) -> None:
    """Hand on what the browser sent, if it is what it should be."""
    thresholds = read_thresholds(value)
    if thresholds is not None:
        on_thresholds(*thresholds)


def read_thresholds(value: object) -> tuple[float, float] | None:
    """(bg, fg) from whole hundredths, or None for anything that does not fit.

    >>> read_thresholds({"bg": 30, "fg": 70}), read_thresholds({"bg": 80, "fg": 70})
    ((0.3, 0.7), None)
    """
    if not isinstance(value, dict):
        return None
    bg, fg = (_hundredths(value.get(name), *limits) for name, limits in _LIMITS.items())
    if bg is None or fg is None or bg > fg:
        return None
    return bg / 100, fg / 100


def _hundredths(value: object, low: int, high: int) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if low <= value <= high else None
