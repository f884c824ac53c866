"""The six things that matching can make of an anchor."""

from __future__ import annotations

from enum import IntEnum

from rpn_core.messages import Message, msg


class AnchorState(IntEnum):
    """What an anchor learns from, if from anything."""

    POSITIVE = 0
    LOW_QUALITY = 1
    IGNORED = 2
    IN_CROWD = 3
    CROSSES_BORDER = 4
    NEGATIVE = 5

    @property
    def label(self) -> Message:
        return _LABELS[self]


_LABELS = {
    AnchorState.POSITIVE: msg("positive"),
    AnchorState.LOW_QUALITY: msg("positive, low quality"),
    AnchorState.IGNORED: msg("ignored: between the thresholds"),
    AnchorState.IN_CROWD: msg("ignored: in a crowd region"),
    AnchorState.CROSSES_BORDER: msg("left out: crosses the border"),
    AnchorState.NEGATIVE: msg("negative"),
}
