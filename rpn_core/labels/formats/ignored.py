"""Regions that a data set marks as not looked at: they are crowds here."""

from __future__ import annotations

from collections.abc import Sequence

from rpn_core.counts import part_of_boxes
from rpn_core.labels.finding import Findings, Rule, Severity, of_data_set
from rpn_core.messages import Message, msg

IGNORED = Rule(
    "ignored-region",
    Severity.NOTE,
    msg("Regions that are to be ignored"),
    msg("They are read as crowds: training and evaluation leave them out."),
    msg("Nothing: they may hold objects that nobody marked."),
)


def ignored_remarks(crowd: Sequence[bool]) -> tuple[Findings, ...]:
    """How many there are, if any."""
    count = sum(crowd)
    return (of_data_set(IGNORED, _of_boxes, count, len(crowd)),) if count else ()


def _of_boxes(count: float, boxes: float) -> Message:
    return part_of_boxes(int(count), int(boxes))
