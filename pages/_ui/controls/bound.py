"""One control and its setting, both ways.

The settings in force are the truth. A control is filled from them before it is drawn, where it
says something else; when a person moves it, they are changed before the page runs, so that the page
can be drawn ahead of the controls. What does not fit with the rest of its slice stays in the
control, with a sentence, and takes effect as soon as it fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from pages._ui.state.notices import notice
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.visit import PENDING, RATIOS_APART, SETTINGS, SHAPES_ASIDE
from rpn_core.errors import UserError
from rpn_core.messages import msg
from rpn_core.settings import BY_NAME, Settings, Shapes
from rpn_core.settings.declare import NumbersPerLevel, ShapesPerLevel

CONTROLS = "controls"  # topic of notices
ALL_LEVELS = "all"  # part of a list that all levels share
NO_LIST = "none"  # for a level's shapes: its sizes and ratios are in force

_TIMES = re.compile(r"\s*[x×*]\s*", re.IGNORECASE)


def use_settings(settings: Settings) -> None:
    """Put settings in force; every control shows them when it is drawn next."""
    SETTINGS.set(settings)
    PENDING.forget()
    RATIOS_APART.forget()
    SHAPES_ASIDE.forget()
    notice(CONTROLS)


def bind(
    name: str,
    *,
    part: str = "",
    show: Callable[[Any], Any] = lambda value: value,
    means: Callable[[Any], Any] = lambda said: said,
) -> dict[str, Any]:
    """Key and callback of a control, which is filled with what is in force.

    Args:
        name: qualified name of the setting.
        part: of the setting, where it has several controls.
        show: value in force -> what the control says.
        means: what the control says -> what `show` would say of the same value.
    """
    key = slotted(f"{name}.{part}" if part else name)
    slice_, _, field = name.partition(".")
    field = f"{field}.{part}" if part else field
    pending = PENDING.get_or({}).get(slice_, {})
    in_force = BY_NAME[name].value(SETTINGS.require())
    wanted = pending[field] if field in pending else show(in_force)
    state = st.session_state
    # Only then: a control that is filled again takes back what is being typed.
    if key not in state or (state[key] != wanted and means(state[key]) != wanted):
        state[key] = wanted
    moved = in_slot(lambda: take_value(slice_, field, state[key]))
    return {"key": key, "on_change": moved}


def take_value(slice_: str, field: str, value: Any) -> None:
    """A control moved: put what it says in force, with what must move with it.

    Args:
        field: of the slice; or field and part, "sizes.0", where it has several controls.
    """
    if value is None:  # a choice was clicked away, or a field emptied
        return
    entry = BY_NAME[f"{slice_}.{field.partition('.')[0]}"]
    along = entry.setting.along
    now = getattr(SETTINGS.require(), slice_)
    put_in_force(slice_, {field: value} | (along(now, value) if along else {}))


def put_in_force(slice_: str, said: dict[str, Any]) -> None:
    """What controls of a slice say is in force, with what waits there, if it all fits together.

    Args:
        said: by field, or by field and part.
    """
    settings, waiting = SETTINGS.require(), PENDING.get_or({})
    together = waiting.get(slice_, {}) | said
    now = getattr(settings, slice_)
    try:
        part = replace(now, **_values(slice_, now, together))
    except UserError as error:
        PENDING.set(waiting | {slice_: together})
        notice(
            CONTROLS,
            msg("{error} The last settings that fit together stay in force.", error=error),
        )
        return
    PENDING.set({name: rest for name, rest in waiting.items() if name != slice_})
    SETTINGS.set(replace(settings, **{slice_: part}))
    if not PENDING.require():
        notice(CONTROLS)


def _values(slice_: str, now: Any, said: dict[str, Any]) -> dict[str, Any]:
    """Field -> value; lists that have a control for each level are put together."""
    values: dict[str, Any] = {}
    for name, value in said.items():
        field, _, part = name.partition(".")
        if not part:
            values[field] = value
            continue
        setting = BY_NAME[f"{slice_}.{field}"].setting
        levels = list(values.get(field, getattr(now, field)))
        if isinstance(setting, ShapesPerLevel):
            levels = levels or [()] * len(now.sizes)
            levels[int(part)] = () if value == NO_LIST else read_shapes(setting, value)
            values[field] = tuple(levels)
            continue
        assert isinstance(setting, NumbersPerLevel)
        numbers = read_numbers(setting, value)
        if part == ALL_LEVELS:
            levels = [numbers] * len(levels)
        else:
            levels[int(part)] = numbers
        values[field] = tuple(levels)
    return values


def read_numbers(setting: NumbersPerLevel, texts: list[str]) -> tuple[float, ...]:
    """Numbers as a person typed them into a list, smallest first.

    Raises:
        UserError: one of them is no number.
    """
    numbers = []
    for text in texts:
        try:
            numbers.append(float(text.replace(",", ".")))
        except ValueError:
            raise UserError(
                "{label} got {text!r}, but it must be a number ({unit}): remove it from the list.",
                label=setting.label,
                text=text[:40],
                unit=setting.unit,
            ) from None
    return tuple(sorted(set(numbers)))


def read_shapes(setting: ShapesPerLevel, text: str) -> Shapes:
    """Shapes as a person typed or pasted them, in that order: 10x13, 16x30, or YOLO's 10,13, 16,30.

    Raises:
        UserError: it is nothing of the kind.
    """
    words = [word for word in re.split(r"[\s,;()\[\]]+", _TIMES.sub("x", text)) if word]
    try:
        if any("x" in word for word in words):
            pairs = [tuple(map(_side, word.split("x"))) for word in words]
        else:
            sides = list(map(_side, words))
            pairs = [tuple(sides[at : at + 2]) for at in range(0, len(sides), 2)]
        shapes = tuple((width, height) for width, height in pairs)
    except ValueError:
        shapes = ()
    if not shapes:
        raise UserError(
            "{label} got {text!r}, but it must be width x height of each anchor, like 10x13, "
            "16x30.",
            label=setting.label,
            text=text[:40],
        )
    return shapes


def _side(text: str) -> float:
    return int(text) if text.isdecimal() else float(text)
