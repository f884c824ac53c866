"""Lines of anchors and objects by what they are to training: the same on canvas and charts."""

from __future__ import annotations

from rpn_core.figures.palette import LineStyle
from rpn_core.targets.anchor_state import AnchorState
from rpn_core.targets.minibatch import Role

STATE_STYLES: dict[AnchorState, LineStyle] = {
    AnchorState.POSITIVE: LineStyle("#56b4e9", (), 2.5),
    AnchorState.LOW_QUALITY: LineStyle("#e69f00", (7, 3), 2.5),
    AnchorState.IGNORED: LineStyle("#cc79a7", (2, 3), 1),
    AnchorState.IN_CROWD: LineStyle("#009e73", (8, 3, 2, 3), 1),
    AnchorState.CROSSES_BORDER: LineStyle("#009e73", (1, 4), 1),
    AnchorState.NEGATIVE: LineStyle("#8c96a5", (), 1),
}

ROLE_STYLES: dict[Role, LineStyle] = {
    Role.POSITIVE: LineStyle("#56b4e9", (), 2.5),
    Role.NEGATIVE: LineStyle("#d55e00", (6, 3), 1.5),
    Role.SPARE_POSITIVE: LineStyle("#56b4e9", (2, 4), 1),
    Role.SPARE_NEGATIVE: LineStyle("#8c96a5", (2, 6), 1),
    Role.NO_PART: LineStyle("#cc79a7", (1, 4), 1),
}

# The parts of the loss: score, then the four offsets.
CLS_COLOUR = "#0072b2"
DELTA_COLOURS = ("#e69f00", "#009e73", "#cc79a7", "#56b4e9")
DELTA_NAMES = ("dx", "dy", "dw", "dh")
DELTA_SYMBOLS = ("circle", "square", "diamond", "cross")
