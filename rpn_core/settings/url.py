"""Settings as a short URL query: only what differs from a preset, and back without exceptions.

    nms=0.5&sizes=32-51_64-102&ratios=0.5-1-2&fg=0.6

Within a list `-` parts the values of one level and `_` the levels; `none` is a level without
values. Ratios that all levels share are written once. Shapes are `10x13-16x30_none`, width x
height, and just `none` where no level has a list of them. The keys are declared with the settings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rpn_core.errors import UserError
from rpn_core.messages import Message, msg
from rpn_core.settings.check import (
    MAX_LEVELS,
    MAX_SHAPES_PER_LEVEL,
    MAX_VALUES_PER_LEVEL,
    is_shape,
    wanted,
    wanted_shape,
)
from rpn_core.settings.declare import (
    Choice,
    Number,
    NumbersPerLevel,
    Setting,
    ShapesPerLevel,
    Switch,
)
from rpn_core.settings.proposals import Shapes
from rpn_core.settings.spelling import spell, spell_shape
from rpn_core.settings.whole import BY_NAME, DECLARED, Settings

QUERY_KEYS = tuple(entry.setting.key for entry in DECLARED)

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?", re.ASCII)
_LONGEST_NUMBER = len("-2.2250738585072014e-308")
_LONGEST_VALUE = MAX_LEVELS * MAX_VALUES_PER_LEVEL * (_LONGEST_NUMBER + 1)
_LONGEST_SHAPES = MAX_LEVELS * MAX_SHAPES_PER_LEVEL * 2 * (_LONGEST_NUMBER + 1)
_EMPTY_LEVEL = "none"
_SWITCH = {"0": False, "1": True}

Levels = tuple[tuple[float, ...], ...]


class _Unreadable(Exception):
    """Says what a value should have been, as the end of a sentence."""

    def __init__(self, what: Message) -> None:
        self.what = what


def to_query(settings: Settings, base: Settings) -> dict[str, str]:
    """Write what differs from `base`, the settings of a preset.

    Args:
        settings, base: of one model, so with the same number of levels.
    Returns:
        a query, short and without characters that a URL would escape; empty when nothing differs.
    Raises:
        ValueError: the numbers of levels differ; such a link could not be read back.

    >>> from rpn_core.settings.proposals import NmsSettings
    >>> to_query(Settings(nms=NmsSettings(nms_thresh=0.5)), Settings())
    {'nms': '0.5'}
    """
    if len(settings.anchors.sizes) != len(base.anchors.sizes):
        raise ValueError(
            f"settings have {len(settings.anchors.sizes)} levels and base "
            f"{len(base.anchors.sizes)}; both must be for one model"
        )
    return {
        entry.setting.key: _write(entry.setting, entry.value(settings))
        for entry in DECLARED
        if entry.value(settings) != entry.value(base)
    }


def from_query(mapping: Mapping[str, str], base: Settings) -> tuple[Settings, tuple[Message, ...]]:
    """Read a query over `base`; never raises for anything that a link may hold.

    Keys that are not in QUERY_KEYS belong to others and are passed over.

    Returns:
        the settings, with `base`'s value wherever one could not be read or did not fit its
        partner; and one sentence for each such value.

    >>> print(*from_query({"nms": "nan"}, Settings())[1])
    The link's nms=nan was ignored: "NMS IoU threshold" must be a number from 0 to 1 (IoU).
    """
    sentences: list[Message] = []
    values: dict[str, dict[str, object]] = {}  # slice -> field -> value
    for entry in DECLARED:
        setting = entry.setting
        if setting.key not in mapping:
            continue
        try:
            value = _read(setting, mapping[setting.key], len(base.anchors.sizes))
            values.setdefault(entry.slice, {})[entry.field] = value
        except _Unreadable as error:
            sentences.append(
                msg(
                    "The link's {key}={value} was ignored: \"{label}\" must be {what}.",
                    key=setting.key, value=_shown(mapping[setting.key]), label=setting.label,
                    what=error.what,
                )
            )  # fmt: skip
    settings = base
    for slice_, given in values.items():
        try:
            # All fields at once, so that they are validated together.
            part: Any = replace(getattr(settings, slice_), **given)
            settings = replace(settings, **{slice_: part})
        except UserError as error:
            # Each value is in its range: together they break a rule, so all are ignored.
            keys = [BY_NAME[f"{slice_}.{field}"].setting.key for field in given]
            sentences.append(
                msg("The link's {key} had to be ignored: {error}", key=keys[0], error=error)
                if len(keys) == 1
                else msg(
                    "The link's {keys} and {last} had to be ignored: {error}",
                    keys=tuple(keys[:-1]), last=keys[-1], error=error,
                )
            )  # fmt: skip
    return settings, tuple(sentences)


# ---- one value -------------------------------------------------------------------------------


def _write(setting: Setting, value: Any) -> str:
    if isinstance(setting, NumbersPerLevel):
        once = setting.shared and len(set(value)) == 1
        return _write_levels(value[:1] if once else value)
    if isinstance(setting, ShapesPerLevel):
        return "_".join(map(_write_shapes, value)) or _EMPTY_LEVEL
    if isinstance(setting, Switch):
        return str(int(value))
    return str(value) if isinstance(setting, Choice) else spell(value)


def _write_levels(levels: Levels) -> str:
    return "_".join("-".join(map(spell, level)) or _EMPTY_LEVEL for level in levels)


def _write_shapes(shapes: Shapes) -> str:
    return "-".join(map(spell_shape, shapes)) or _EMPTY_LEVEL


def _read(setting: Setting, text: str, levels: int) -> object:
    longest = _LONGEST_SHAPES if isinstance(setting, ShapesPerLevel) else _LONGEST_VALUE
    if len(text) > longest:
        raise _Unreadable(msg("at most {most} characters long", most=longest))
    if isinstance(setting, ShapesPerLevel):
        return _read_shapes(setting, text, levels)
    if isinstance(setting, NumbersPerLevel):
        return _read_levels(setting, text, levels)
    if isinstance(setting, Number):
        return _read_number(setting, text)
    choices: Mapping[str, object] = (
        {name: name for name in setting.options} if isinstance(setting, Choice) else _SWITCH
    )
    if text not in choices:
        raise _Unreadable(msg("one of {choices}", choices=tuple(choices)))
    return choices[text]


def _read_number(setting: Number, text: str) -> float:
    what = wanted(setting)
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise _Unreadable(what)
    number = _number(text)
    if (setting.whole and not isinstance(number, int)) or not (
        setting.low <= number <= setting.high
    ):
        raise _Unreadable(what)
    return number


def _read_levels(setting: NumbersPerLevel, text: str, count: int) -> Levels:
    levels = tuple(_read_level(setting, level) for level in text.split("_"))
    if setting.shared and len(levels) == 1:
        return levels * count
    if len(levels) != count:
        raise _one_list_a_level(count)
    return levels


def _one_list_a_level(count: int) -> _Unreadable:
    return _Unreadable(msg("one list for each level of the model, {count} in all", count=count))


def _read_level(setting: NumbersPerLevel, text: str) -> tuple[float, ...]:
    if text == _EMPTY_LEVEL:
        return ()
    values = text.split("-")
    if len(values) > MAX_VALUES_PER_LEVEL:
        raise _Unreadable(msg("at most {most} values on each level", most=MAX_VALUES_PER_LEVEL))
    try:
        return tuple(_read_number(setting, value) for value in values)
    except _Unreadable as error:
        raise _Unreadable(
            msg(
                "lists such as 32-64_128, '-' between values and '_' between levels, each {what}",
                what=error.what,
            )
        ) from error


def _read_shapes(setting: ShapesPerLevel, text: str, count: int) -> tuple[Shapes, ...]:
    if text == _EMPTY_LEVEL:
        return ()
    levels = tuple(_read_shape_list(setting, level) for level in text.split("_"))
    if len(levels) != count:
        raise _one_list_a_level(count)
    return levels


def _read_shape_list(setting: ShapesPerLevel, text: str) -> Shapes:
    if text == _EMPTY_LEVEL:
        return ()
    written = text.split("-")
    if len(written) > MAX_SHAPES_PER_LEVEL:
        raise _Unreadable(msg("at most {most} shapes on each level", most=MAX_SHAPES_PER_LEVEL))
    return tuple(_read_shape(setting, one) for one in written)


def _read_shape(setting: ShapesPerLevel, text: str) -> tuple[float, float]:
    sides = text.split("x")
    if len(sides) == 2 and all(
        len(side) <= _LONGEST_NUMBER and _NUMBER.fullmatch(side) for side in sides
    ):
        shape = _number(sides[0]), _number(sides[1])
        if is_shape(setting, shape):
            return shape
    raise _Unreadable(
        msg(
            "lists such as 10x13-16x30_none, '-' between shapes and '_' between levels, each "
            "{what}",
            what=wanted_shape(setting),
        )
    )


def _number(text: str) -> float:
    return int(text) if text.isdigit() else float(text)


def _shown(text: str) -> str:
    """The start of a hostile text, without anything that could be markup.

    >>> _shown("<b>0.5</b>")
    '?b?0.5??b?'
    """
    plain = re.sub(r"[^A-Za-z0-9.+_-]", "?", text[:41])
    return plain if len(plain) <= 40 else f"{plain[:39]}…"
