"""The six things that matching can make of an anchor."""

from __future__ import annotations

from enum import IntEnum


class AnchorState(IntEnum):
    """What an anchor learns from, if from anything."""

    POSITIVE = 0
    LOW_QUALITY = 1
    IGNORED = 2
    IN_CROWD = 3
    CROSSES_BORDER = 4
    NEGATIVE = 5

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    AnchorState.POSITIVE: "positive",
    AnchorState.LOW_QUALITY: "positive, low quality",
    AnchorState.IGNORED: "ignored: between the thresholds",
    AnchorState.IN_CROWD: "ignored: in a crowd region",
    AnchorState.CROSSES_BORDER: "left out: crosses the border",
    AnchorState.NEGATIVE: "negative",
}
