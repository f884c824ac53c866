"""Settings as a JSON file: whole and strict, so that a file means the same everywhere."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from rpn_core.errors import UserError
from rpn_core.messages import Message, msg, nmsg
from rpn_core.settings.check import SettingError
from rpn_core.settings.declare import NumbersPerLevel, Setting, ShapesPerLevel, settings_of
from rpn_core.settings.whole import Settings

MAX_FILE_LENGTH = 100_000


def to_json(settings: Settings) -> str:
    """Write every field, one slice a line; `from_json` reads back equal settings.

    >>> print(to_json(Settings()).splitlines()[1])
      "input": {"min_side": 448, "max_side": 448},
    """
    lines = [f"  {json.dumps(name)}: {json.dumps(part)}" for name, part in asdict(settings).items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def from_json(
    text: str | bytes, *, levels: int | None = None, absent: Settings | None = None
) -> Settings:
    """Read a settings file.

    Args:
        text: what `to_json` wrote, now or in an earlier version.
        levels: how many levels the model has, when that is known.
        absent: where slices that an earlier version did not write come from; defaults when None.
    Raises:
        UserError: not JSON, a field missing, unknown or out of range (the sentence names it), or
            anchors for another number of levels.

    >>> from_json(to_json(Settings())) == Settings()
    True
    """
    if len(text) > MAX_FILE_LENGTH:
        raise UserError(
            "The settings file has {count:,} characters, but at most {most:,} are read: choose a "
            "file that was saved here.",
            count=len(text),
            most=MAX_FILE_LENGTH,
        )
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(
            "The settings file is not valid JSON ({where}): choose a file that was saved here.",
            where=where_not_json(error),
        ) from error
    kinds: dict[str, Any] = {part.name: part.default_factory for part in fields(Settings)}
    if not isinstance(whole, dict):
        raise UserError(
            "The settings file must be a JSON object with the fields {wanted}.",
            wanted=tuple(kinds),
        )
    whole = _of_today(whole)
    for name in whole:
        if name not in kinds:
            raise UserError(
                "The settings file has the field {field!r}, which is unknown: it must have exactly "
                "{wanted}.",
                field=str(name)[:40],
                wanted=tuple(kinds),
            )
    slices = {name: _slice(name, kind, whole) for name, kind in kinds.items()}
    # A file from before there was a slice says nothing of it.
    if absent is not None:
        slices |= {name: getattr(absent, name) for name in kinds if name not in whole}
    settings = Settings(**slices)
    found = len(settings.anchors.sizes)
    if levels is not None and found != levels:
        raise UserError(
            nmsg(
                "The settings file has anchors for {count} level, but the model has {levels}: "
                "choose the model that it was saved with.",
                "The settings file has anchors for {count} levels, but the model has {levels}: "
                "choose the model that it was saved with.",
                count=found,
                levels=levels,
            )
        )
    return settings


def where_not_json(error: ValueError | RecursionError) -> Message:
    """Where `json.loads` stopped; why, it says in English alone.

    >>> try: json.loads('{"a": x}')
    ... except ValueError as error: print(where_not_json(error))
    line 1, column 7
    """
    if isinstance(error, json.JSONDecodeError):
        return msg("line {line}, column {column}", line=error.lineno, column=error.colno)
    if isinstance(error, UnicodeDecodeError):
        return msg("byte {place} is no text", place=error.start)
    return msg("it is nested too deep, or a number is too long")


def _of_today(whole: dict[str, Any]) -> dict[str, Any]:
    """Files from before it had a slice have `foreign_anchors` beside the slices."""
    if "foreign_anchors" not in whole or "head" in whole:
        return whole
    rest = {name: part for name, part in whole.items() if name != "foreign_anchors"}
    return {**rest, "head": {"foreign_anchors": whole["foreign_anchors"]}}


def _slice(name: str, kind: Any, whole: dict[str, Any]) -> Any:
    settings = dict(settings_of(kind))
    needed = [field for field, setting in settings.items() if not setting.optional_in_files]
    if name not in whole and needed:
        raise UserError(
            "The settings file lacks the field {name}: choose a file that was saved here.",
            name=name,
        )
    part = whole.get(name, {})
    if not isinstance(part, dict):
        raise UserError(
            "{name} in the settings file must be a JSON object with the fields {wanted}.",
            name=name,
            wanted=tuple(settings),
        )
    for field in needed:
        if field not in part:
            raise UserError(
                "{name} in the settings file lacks the field {field}: choose a file that was saved "
                "here.",
                name=name,
                field=field,
            )
    for field in part:
        if field not in settings:
            raise UserError(
                "{name} in the settings file has the field {field!r}, which is unknown: it must "
                "have exactly {wanted}.",
                name=name,
                field=field[:40],
                wanted=tuple(settings),
            )
    values = {field: _tuples(value, _lists_deep(settings[field])) for field, value in part.items()}
    try:
        return kind(**values)
    except SettingError as error:
        raise UserError(
            "{name}.{field} in the settings file: {error}",
            name=name,
            field=error.field,
            error=error,
        ) from error


def _lists_deep(setting: Setting) -> int:
    if isinstance(setting, ShapesPerLevel):
        return 3
    return 2 if isinstance(setting, NumbersPerLevel) else 0


def _tuples(value: object, deep: int) -> object:
    """JSON lists to tuples, so deep; what is no list stays, for the validation to name."""
    if not deep or not isinstance(value, list):
        return value
    return tuple(_tuples(part, deep - 1) for part in value)
