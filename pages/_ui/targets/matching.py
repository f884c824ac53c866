"""Beside the picture: the thresholds on the histogram of best IoU, the rules, and what they do."""

from __future__ import annotations

import streamlit as st

from pages._ui.state import in_slot
from pages._ui.targets.results import Targets
from pages._ui.targets.settings import draw_rules, draw_thresholds, use_thresholds
from pages._ui.targets.threshold_histogram import threshold_histogram
from rpn_core.settings import MatchSettings
from rpn_core.targets.image_matching import ImageMatching
from rpn_core.targets.why import count_anchors


def draw_matching(targets: Targets, settings: MatchSettings) -> None:
    """Draw the histogram whose thresholds drag, the rules and a sentence on each."""
    st.markdown("**Which anchors learn?** Drag the two thresholds.")
    threshold_histogram(
        targets.histogram, settings, key="targets_histogram", on_thresholds=in_slot(use_thresholds)
    )
    draw_thresholds()
    draw_rules(crowds=int(targets.objects.crowd.sum()))
    st.caption(what_low_quality_does(targets.matching, allowed=settings.allow_low_quality))
    left_out = targets.histogram.left_out
    if left_out:
        st.caption(
            f"{count_anchors(left_out)} left out by the border or crowd rule; they are not in the "
            "histogram."
        )


def what_low_quality_does(matching: ImageMatching, *, allowed: bool) -> str:
    """What the low-quality rule takes, or would take, in one sentence."""
    rescues = matching.rescues
    if not len(rescues):
        return "The low-quality rule changes nothing here."
    negative = int(rescues.was_negative.sum())
    parts = [
        f"{count:,} from the {kind}"
        for count, kind in ((len(rescues) - negative, "ignored"), (negative, "negative"))
        if count
    ]
    verb = "makes" if allowed else "would make"
    sentence = (
        f"The low-quality rule {verb} {count_anchors(len(rescues))} positive: "
        f"{' and '.join(parts)}."
    )
    another = int(rescues.to_another.sum())
    if another:
        one = another == 1
        sentence += (
            f" {another:,} of them {'learns' if one else 'learn'} from another object than the one "
            f"that {'it is' if one else 'they are'} best for, which goes short."
        )
    return sentence
