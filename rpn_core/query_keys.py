"""How fields of settings are spelt in a URL query, and read back without exceptions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from rpn_core.errors import UserError
from rpn_core.settings import CONTROLS, MAX_LEVELS, MAX_VALUES_PER_LEVEL

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?", re.ASCII)
_LONGEST_NUMBER = len("-2.2250738585072014e-308")
_LONGEST_VALUE = MAX_LEVELS * MAX_VALUES_PER_LEVEL * (_LONGEST_NUMBER + 1)

Whole = TypeVar("Whole")


class Unreadable(Exception):
    """Says what a value should have been, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Key:
    """How one field of the settings is spelt in a link.

    Attributes:
        key: its name in the query.
        slice: the field of the settings that holds it; empty for a field of their own.
        field: its name there.
        write: value -> text.
        read: text and the model's number of levels -> value; raises Unreadable.
    """

    key: str
    slice: str
    field: str
    write: Callable[[Any], str]
    read: Callable[[str, int], object]


def spell(number: float) -> str:
    """The shortest text that reads back as the same number.

    >>> spell(2.0), spell(0.1), spell(512)
    ('2', '0.1', '512')
    """
    return str(int(number)) if number == int(number) else repr(float(number))


def number_from(name: str, text: str, *, integer: bool = False) -> float:
    control = CONTROLS[name]
    kind = "a whole number" if integer else "a number"
    wanted = f"{kind} from {control.low:g} to {control.high:g} ({control.unit})"
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise Unreadable(wanted)
    number = int(text) if text.isdigit() else float(text)
    if (integer and not isinstance(number, int)) or not control.low <= number <= control.high:
        raise Unreadable(wanted)
    return number


def number_key(key: str, slice_: str, field: str, *, integer: bool = False) -> Key:
    def read(text: str, _: int) -> float:
        return number_from(field, text, integer=integer)

    return Key(key, slice_, field, spell, read)


def choice_key(key: str, slice_: str, field: str, choices: Mapping[str, object]) -> Key:
    """`choices` are the values by their spelling."""
    spelling = {value: text for text, value in choices.items()}

    def read(text: str, _: int) -> object:
        if text not in choices:
            raise Unreadable(f"one of {', '.join(choices)}")
        return choices[text]

    return Key(key, slice_, field, spelling.__getitem__, read)


def written(keys: Sequence[Key], settings: Whole, base: Whole) -> dict[str, str]:
    """Spell those fields that differ from `base`."""
    return {
        key.key: key.write(_value(settings, key))
        for key in keys
        if _value(settings, key) != _value(base, key)
    }


def read_over(
    keys: Sequence[Key], mapping: Mapping[str, str], base: Whole, *, levels: int = 0
) -> tuple[Whole, tuple[str, ...]]:
    """Read a query over `base`; never raises for anything that a link may hold.

    Args:
        levels: of the model, for keys that are lists of them.
    Returns:
        the settings, and one sentence for each value that could not be read or did not fit.
    """
    sentences: list[str] = []
    values: dict[Key, object] = {}
    for key in keys:
        if key.key not in mapping:
            continue
        try:
            values[key] = _read(key, mapping[key.key], levels)
        except Unreadable as error:
            shown = _shown(mapping[key.key])
            sentences.append(f"The link's {key.key}={shown} was ignored: it must be {error}.")
    settings = base
    for slice_ in dict.fromkeys(key.slice for key in values):
        given = {key: value for key, value in values.items() if key.slice == slice_}
        try:
            settings = _replace_in(settings, slice_, given)
        except UserError as error:
            # Each value is in its range, so it is a rule between them: all of the slice go.
            names = " and ".join(key.key for key in given)
            sentences.append(f"The link's {names} had to be ignored: {error}")
    return settings, tuple(sentences)


def _read(key: Key, text: str, levels: int) -> object:
    if len(text) > _LONGEST_VALUE:
        raise Unreadable(f"at most {_LONGEST_VALUE} characters long")
    return key.read(text, levels)


def _shown(text: str) -> str:
    """The start of a hostile text, without anything that could be markup.

    >>> _shown("<b>0.5</b>")
    '?b?0.5??b?'
    """
    plain = re.sub(r"[^A-Za-z0-9.+_-]", "?", text[:41])
    return plain if len(plain) <= 40 else f"{plain[:39]}…"


def _value(settings: object, key: Key) -> Any:
    return getattr(getattr(settings, key.slice) if key.slice else settings, key.field)


def _replace_in(settings: Any, slice_: str, values: Mapping[Key, object]) -> Any:
    """Replace fields of one slice at once, so that they are validated together."""
    changed: dict[str, Any] = {key.field: value for key, value in values.items()}
    if not slice_:
        return replace(settings, **changed)
    part: dict[str, Any] = {slice_: replace(getattr(settings, slice_), **changed)}
    return replace(settings, **part)
