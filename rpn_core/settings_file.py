"""Settings as a JSON file: whole and strict, so that a file means the same everywhere."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from rpn_core.errors import UserError
from rpn_core.settings import (
    AnchorSettings,
    InputSettings,
    NmsSettings,
    SelectionSettings,
    Settings,
)

MAX_FILE_LENGTH = 100_000
_SLICES: dict[str, type] = {
    "input": InputSettings,
    "anchors": AnchorSettings,
    "selection": SelectionSettings,
    "nms": NmsSettings,
}
_PER_LEVEL = ("sizes", "aspect_ratios")
# Files from before these existed lack them, and mean what they meant: greedy NMS in each level.
_ADDED_LATER = frozenset({"method", "sigma", "soft_score_thresh", "across_levels"})


def to_json(settings: Settings) -> str:
    """Write every field, one slice a line; `from_json` reads back equal settings.

    >>> print(to_json(Settings()).splitlines()[1])
      "input": {"min_side": 448, "max_side": 448},
    """
    lines = [f"  {json.dumps(name)}: {json.dumps(part)}" for name, part in asdict(settings).items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def from_json(text: str | bytes, *, levels: int | None = None) -> Settings:
    """Read a settings file.

    Args:
        text: what `to_json` wrote.
        levels: how many levels the model has, when that is known.
    Raises:
        UserError: not JSON, a field missing, unknown or out of range (the sentence names it), or
            anchors for another number of levels.

    >>> from_json(to_json(Settings())) == Settings()
    True
    """
    if len(text) > MAX_FILE_LENGTH:
        raise UserError(
            f"The settings file has {len(text):,} characters, but at most {MAX_FILE_LENGTH:,} are "
            "read: choose a file that was saved here."
        )
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(
            "The settings file is not valid JSON: choose a file that was saved here."
        ) from error
    _check_fields("The settings file", whole, Settings)
    parts: dict[str, Any] = {
        name: _slice(name, kind, whole.pop(name)) for name, kind in _SLICES.items()
    }
    settings = Settings(**parts, **whole)
    found = len(settings.anchors.sizes)
    if levels is not None and found != levels:
        raise UserError(
            f"The settings file has anchors for {found} levels, but the model has {levels}: "
            "choose the model that it was saved with."
        )
    return settings


def _slice(name: str, kind: type, part: object) -> object:
    checked = _check_fields(f"{name} in the settings file", part, kind)
    return kind(
        **{key: _tuples(value) if key in _PER_LEVEL else value for key, value in checked.items()}
    )


def _check_fields(where: str, part: object, kind: type) -> dict[str, Any]:
    """The same object, known to hold the fields of `kind` and no others."""
    wanted = [field.name for field in fields(kind)]
    if not isinstance(part, dict):
        raise UserError(f"{where} must be a JSON object with the fields {', '.join(wanted)}.")
    for field in wanted:
        if field not in part and field not in _ADDED_LATER:
            raise UserError(f"{where} lacks the field {field}: choose a file that was saved here.")
    for field in part:
        if field not in wanted:
            raise UserError(
                f"{where} has the field {field[:40]!r}, which is unknown: it must have exactly "
                f"{', '.join(wanted)}."
            )
    return part


def _tuples(value: object) -> object:
    """JSON lists to tuples, two deep; what is no list stays, for the validation to name."""
    if not isinstance(value, list):
        return value
    return tuple(tuple(level) if isinstance(level, list) else level for level in value)
