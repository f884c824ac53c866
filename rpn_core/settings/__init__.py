"""Every setting of the RPN, declared once. Read it in this order:

declare    how a setting is declared, and what follows from that
check      whether values are such as were declared
proposals  the slices that decide which proposals a photo gives
training   the slices that decide what training sees of it
whole      all slices together
presets    ready-made settings
url, file  settings as a link and as a file
table      the settings as a table of the documentation
"""

from rpn_core.settings.check import MAX_LEVELS, MAX_SHAPES_PER_LEVEL, MAX_VALUES_PER_LEVEL
from rpn_core.settings.proposals import (
    AnchorConvention,
    AnchorSettings,
    ForeignAnchors,
    HeadSettings,
    InputSettings,
    NmsMethod,
    NmsSettings,
    SelectionSettings,
    Shapes,
)
from rpn_core.settings.training import LossForm, LossSettings, MatchSettings, SampleSettings
from rpn_core.settings.whole import BY_NAME, DECLARED, Settings, number_of

__all__ = [
    "BY_NAME",
    "DECLARED",
    "MAX_LEVELS",
    "MAX_SHAPES_PER_LEVEL",
    "MAX_VALUES_PER_LEVEL",
    "AnchorConvention",
    "AnchorSettings",
    "ForeignAnchors",
    "HeadSettings",
    "InputSettings",
    "LossForm",
    "LossSettings",
    "MatchSettings",
    "NmsMethod",
    "NmsSettings",
    "SampleSettings",
    "SelectionSettings",
    "Settings",
    "Shapes",
    "number_of",
]
