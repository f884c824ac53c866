"""The seven ways in which a box, of an RPN that of an anchor, can end."""

from __future__ import annotations

from enum import IntEnum

from rpn_core.messages import Message, msg


class Fate(IntEnum):
    """How a box ended, in the order in which the stages decide."""

    CROSSES_BORDER = 0
    BELOW_PRE_NMS_TOP_N = 1
    TOO_SMALL = 2
    BELOW_SCORE = 3
    SUPPRESSED = 4
    BEYOND_POST_NMS_TOP_N = 5
    KEPT = 6

    @property
    def label(self) -> Message:
        return _LABELS[self]


_LABELS = {
    Fate.CROSSES_BORDER: msg("anchor crosses the image border"),
    Fate.BELOW_PRE_NMS_TOP_N: msg("below pre-NMS top-N of its level"),
    Fate.TOO_SMALL: msg("too small"),
    Fate.BELOW_SCORE: msg("below the score threshold"),
    Fate.SUPPRESSED: msg("suppressed by a better box"),
    Fate.BEYOND_POST_NMS_TOP_N: msg("beyond post-NMS top-N"),
    Fate.KEPT: msg("kept: a proposal"),
}
