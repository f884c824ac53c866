"""For any declared setting another valid value, so that tests need no line for a new setting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rpn_core.errors import UserError
from rpn_core.settings import Settings
from rpn_core.settings.declare import Choice, Declared, Number, NumbersPerLevel, ShapesPerLevel


def another_value(entry: Declared, slice_: Any = None) -> object:
    """A value that differs from the one in the slice and fits all others in it."""
    slice_ = getattr(Settings(), entry.slice) if slice_ is None else slice_
    now = getattr(slice_, entry.field)
    for value in _candidates(entry, now, slice_):
        try:
            replace(slice_, **{entry.field: value})
        except UserError:
            continue
        if value != now:
            return value
    raise AssertionError(f"no other value of {entry.name} fits {slice_}")


def changed(settings: Settings, entry: Declared, value: object = None) -> Settings:
    """The settings with another value of just this one."""
    slice_ = getattr(settings, entry.slice)
    value = another_value(entry, slice_) if value is None else value
    return replace(settings, **{entry.slice: replace(slice_, **{entry.field: value})})


def _candidates(entry: Declared, now: Any, slice_: Any) -> list[object]:
    setting = entry.setting
    if isinstance(setting, NumbersPerLevel):
        return [((*now[0], setting.low + setting.step), *now[1:])]
    if isinstance(setting, ShapesPerLevel):
        levels = len(now) or len(slice_.sizes)
        return [(((setting.low, setting.low * 2), (setting.high, setting.high)),) * levels, ()]
    if isinstance(setting, Number):
        moved = [now + 10 * setting.step, now + setting.step, now - setting.step]
        return [int(value) if setting.whole else value for value in moved]
    if isinstance(setting, Choice):
        return list(setting.options)
    return [not now]
