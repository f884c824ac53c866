"""Beside the picture: the thresholds on the histogram of best IoU, the rules, and what they do."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages._ui.state.slot import in_slot, slotted
from pages._ui.targets.results import Targets
from pages._ui.targets.settings import draw_rules, draw_thresholds, use_thresholds
from pages._ui.targets.threshold_histogram import threshold_histogram
from rpn_core.counts import count_anchors
from rpn_core.messages import Message, msg, ntr, tr
from rpn_core.settings import MatchSettings
from rpn_core.targets.image_matching import ImageMatching


def draw_matching(targets: Targets, settings: MatchSettings) -> None:
    """Draw the histogram whose thresholds drag, the rules and a sentence on each."""
    st.markdown(tr("**Which anchors learn?** Drag the two thresholds."))
    threshold_histogram(
        targets.histogram,
        settings,
        key=slotted("targets_histogram"),
        on_thresholds=in_slot(use_thresholds),
    )
    draw_thresholds()
    draw_rules(crowds=int(targets.objects.crowd.sum()))
    st.caption(what_low_quality_does(targets.matching, allowed=settings.allow_low_quality))
    left_out = targets.histogram.left_out
    if left_out:
        st.caption(
            tr(
                "{left_out} left out by the border or crowd rule; they are not in the histogram.",
                left_out=count_anchors(left_out),
            )
        )


def what_low_quality_does(matching: ImageMatching, *, allowed: bool) -> str:
    """What the low-quality rule takes, or would take, in one sentence."""
    found = matching.low_quality_matches
    if not len(found):
        return tr("The low-quality rule changes nothing here.")
    negative = int(found.was_negative.sum())
    ignored = len(found) - negative
    facts = {"anchors": count_anchors(len(found)), "ignored": ignored, "negative": negative}
    sentence = str(_would_take(facts) if not allowed else _takes(facts))
    another = int(found.to_another.sum())
    if another:
        sentence += " " + ntr(
            "{count} of them learns from another object than the one that it is best for, which "
            "goes short.",
            "{count:,} of them learn from another object than the one that they are best for, "
            "which goes short.",
            count=another,
        )
    return sentence


def _takes(facts: dict[str, Any]) -> Message:
    if not facts["negative"]:
        return msg(
            "The low-quality rule makes {anchors} positive: {ignored:,} from the ignored.",
            anchors=facts["anchors"], ignored=facts["ignored"],
        )  # fmt: skip
    if not facts["ignored"]:
        return msg(
            "The low-quality rule makes {anchors} positive: {negative:,} from the negative.",
            anchors=facts["anchors"], negative=facts["negative"],
        )  # fmt: skip
    return msg(
        "The low-quality rule makes {anchors} positive: {ignored:,} from the ignored and "
        "{negative:,} from the negative.",
        anchors=facts["anchors"], ignored=facts["ignored"], negative=facts["negative"],
    )  # fmt: skip


def _would_take(facts: dict[str, Any]) -> Message:
    if not facts["negative"]:
        return msg(
            "The low-quality rule would make {anchors} positive: {ignored:,} from the ignored.",
            anchors=facts["anchors"], ignored=facts["ignored"],
        )  # fmt: skip
    if not facts["ignored"]:
        return msg(
            "The low-quality rule would make {anchors} positive: {negative:,} from the negative.",
            anchors=facts["anchors"], negative=facts["negative"],
        )  # fmt: skip
    return msg(
        "The low-quality rule would make {anchors} positive: {ignored:,} from the ignored and "
        "{negative:,} from the negative.",
        anchors=facts["anchors"], ignored=facts["ignored"], negative=facts["negative"],
    )  # fmt: skip
