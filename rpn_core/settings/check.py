"""Whether the values of a slice are such as were declared, and a sentence where they are not."""

from __future__ import annotations

import math

from rpn_core.errors import UserError
from rpn_core.messages import Message, msg
from rpn_core.settings.declare import (
    Choice,
    Number,
    NumbersPerLevel,
    Setting,
    ShapesPerLevel,
    Switch,
    settings_of,
)

MAX_LEVELS = 6
MAX_VALUES_PER_LEVEL = 10
MAX_SHAPES_PER_LEVEL = MAX_VALUES_PER_LEVEL**2  # as many as sizes x ratios can make

_SLACK = 1e-6  # for a size or a ratio at its limit that comes back from width and height


class SettingError(UserError):
    """A setting has a value that it cannot have.

    Attributes:
        field: its name in the slice; the sentence speaks of its label.
    """

    field: str = ""


def check(slice_: object) -> None:
    """Hold each value against its declaration.

    Raises:
        SettingError: the first that does not fit.
    """
    for name, setting in settings_of(slice_):
        refused = _refused(setting, getattr(slice_, name))
        if refused is not None:
            raise setting_error(name, refused)


def setting_error(field: str, sentence: Message) -> SettingError:
    """An error that names the field to those who hold a file, and its label to all others."""
    error = SettingError(sentence)
    error.field = field
    return error


def wanted(setting: Number) -> Message:
    """What a number must be, as the end of a sentence."""
    low, high, unit = setting.low, setting.high, setting.unit
    if setting.whole:
        return msg(
            "a whole number from {low:g} to {high:g} ({unit})", low=low, high=high, unit=unit
        )
    return msg("a number from {low:g} to {high:g} ({unit})", low=low, high=high, unit=unit)


def wanted_shape(setting: ShapesPerLevel) -> Message:
    """What a width and height must be, as the end of a sentence."""
    return msg(
        "width x height, with sqrt(width x height) from {low:g} to {high:g} ({unit}) and "
        "height / width from {least:g} to {most:g}",
        low=setting.low, high=setting.high, unit=setting.unit,
        least=setting.least_ratio, most=setting.most_ratio,
    )  # fmt: skip


def is_shape(setting: ShapesPerLevel, shape: object) -> bool:
    """Whether this is a (width, height) as declared."""
    if not isinstance(shape, tuple) or len(shape) != 2:
        return False
    for side in shape:
        # The comparison also refuses NaN, the infinities and integers too large for a float.
        number = isinstance(side, int | float) and not isinstance(side, bool)
        if not number or not 0 < side <= setting.high * setting.most_ratio:
            return False
    size, ratio = math.sqrt(shape[0] * shape[1]), shape[1] / shape[0]
    return all(
        low * (1 - _SLACK) <= value <= high * (1 + _SLACK)
        for low, value, high in (
            (setting.low, size, setting.high),
            (setting.least_ratio, ratio, setting.most_ratio),
        )
    )


def shown(value: object) -> str:
    """A value that came from outside, short enough for a sentence."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _refused(setting: Setting, value: object) -> Message | None:
    if isinstance(setting, NumbersPerLevel):
        return _per_level(setting, value)
    if isinstance(setting, ShapesPerLevel):
        return _shapes(setting, value)
    if isinstance(setting, Number):
        return _number(setting, value)
    if isinstance(setting, Choice):
        return _choice(setting, value)
    assert isinstance(setting, Switch)
    if isinstance(value, bool):
        return None
    return msg(
        '"{label}" is {value}, but it must be true or false.',
        label=setting.label, value=shown(value),
    )  # fmt: skip


def _number(setting: Number, value: object) -> Message | None:
    kinds = int if setting.whole else (int, float)
    # The comparison also refuses NaN, the infinities and integers too large for a float.
    if (
        isinstance(value, kinds)
        and not isinstance(value, bool)
        and setting.low <= value <= setting.high
    ):
        return None
    return msg(
        '"{label}" is {value}, but it must be {wanted}.',
        label=setting.label, value=shown(value), wanted=wanted(setting),
    )  # fmt: skip


def _choice(setting: Choice, value: object) -> Message | None:
    if isinstance(value, str) and value in setting.options:
        return None
    return msg(
        '"{label}" is {value}, but it must be one of {choices}.',
        label=setting.label, value=shown(value), choices=tuple(setting.options),
    )  # fmt: skip


def _per_level(setting: NumbersPerLevel, value: object) -> Message | None:
    label = setting.label
    if not isinstance(value, tuple) or not all(isinstance(level, tuple) for level in value):
        return msg(
            '"{label}" is {value}, but it must be one list of numbers per level.',
            label=label, value=shown(value),
        )  # fmt: skip
    if not 1 <= len(value) <= MAX_LEVELS:
        return msg(
            '"{label}" has {levels} levels, but a model has 1 to {most}.',
            label=label, levels=len(value), most=MAX_LEVELS,
        )  # fmt: skip
    for level in value:
        if len(level) > MAX_VALUES_PER_LEVEL:
            return msg(
                '"{label}" has {values} values on one level, but at most {most} are possible: '
                "remove some.",
                label=label, values=len(level), most=MAX_VALUES_PER_LEVEL,
            )  # fmt: skip
        for number in level:
            refused = _number(setting, number)
            if refused is not None:
                return refused
    return None


def _shapes(setting: ShapesPerLevel, value: object) -> Message | None:
    label = setting.label
    if not isinstance(value, tuple) or not all(isinstance(level, tuple) for level in value):
        return msg(
            '"{label}" is {value}, but it must be one list of shapes per level, or no list at all.',
            label=label, value=shown(value),
        )  # fmt: skip
    for level in value:
        if len(level) > MAX_SHAPES_PER_LEVEL:
            return msg(
                '"{label}" lists {count} on one level, but at most {most} are possible: '
                "remove some.",
                label=label, count=len(level), most=MAX_SHAPES_PER_LEVEL,
            )  # fmt: skip
        for shape in level:
            if not is_shape(setting, shape):
                return msg(
                    '"{label}" has {shape}, but each must be {wanted}.',
                    label=label, shape=shown(shape), wanted=wanted_shape(setting),
                )  # fmt: skip
    return None
