"""The seven ways in which an anchor can end."""

from __future__ import annotations

from enum import IntEnum


class Fate(IntEnum):
    """How an anchor's box ended, in the order in which the stages decide."""

    CROSSES_BORDER = 0
    BELOW_PRE_NMS_TOP_N = 1
    TOO_SMALL = 2
    BELOW_SCORE = 3
    SUPPRESSED = 4
    BEYOND_POST_NMS_TOP_N = 5
    KEPT = 6

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Fate.CROSSES_BORDER: "anchor crosses the image border",
    Fate.BELOW_PRE_NMS_TOP_N: "below pre-NMS top-N of its level",
    Fate.TOO_SMALL: "too small",
    Fate.BELOW_SCORE: "below the score threshold",
    Fate.SUPPRESSED: "suppressed by a better box",
    Fate.BEYOND_POST_NMS_TOP_N: "beyond post-NMS top-N",
    Fate.KEPT: "kept: a proposal",
}
