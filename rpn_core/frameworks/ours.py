"""The app's own settings file, as one more framework."""

from __future__ import annotations

from rpn_core.errors import UserError
from rpn_core.frameworks.exported import Exported
from rpn_core.frameworks.pasted import Pasted
from rpn_core.settings import AnchorSettings, Settings
from rpn_core.settings.file import from_json, to_json

KEY = "RPN Explorer JSON"


def export(settings: AnchorSettings) -> Exported:
    """Write a settings file with these anchors, and with defaults for all else."""
    return Exported(to_json(Settings(anchors=settings)), "settings.json", "json", ())


def read(text: str, strides: tuple[int, ...]) -> Pasted:
    """Read the anchors of a settings file.

    Raises:
        UserError: it is none, or it is for another number of levels.
    """
    if len(strides) < 1:
        raise UserError("The model has no levels.")
    return Pasted(KEY, from_json(text, levels=len(strides)).anchors, (), "")
