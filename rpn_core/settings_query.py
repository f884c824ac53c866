"""Settings as a short URL query: only what differs from a preset, and back without exceptions.

    nms=0.5&sizes=32-51_64-102&ratios=0.5-1-2

Within a list `-` parts the values of one level and `_` the levels; `none` is a level without
values. Ratios that all levels share are written once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from rpn_core.errors import UserError
from rpn_core.settings import (
    CONTROLS,
    MAX_LEVELS,
    MAX_VALUES_PER_LEVEL,
    AnchorConvention,
    ForeignAnchors,
    NmsMethod,
    Settings,
)

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?", re.ASCII)
_LONGEST_NUMBER = len("-2.2250738585072014e-308")
_LONGEST_VALUE = MAX_LEVELS * MAX_VALUES_PER_LEVEL * (_LONGEST_NUMBER + 1)
_EMPTY_LEVEL = "none"

Levels = tuple[tuple[float, ...], ...]


class _Unreadable(Exception):
    """Says what a value should have been, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class _Key:
    """How one field of the settings is spelt in a link.

    Attributes:
        key: its name in the query.
        slice: the field of `Settings` that holds it; empty for `Settings` itself.
        field: its name there.
        write: value -> text.
        read: text and the model's number of levels -> value; raises _Unreadable.
    """

    key: str
    slice: str
    field: str
    write: Callable[[Any], str]
    read: Callable[[str, int], object]


def _write_number(number: float) -> str:
    """The shortest text that reads back as the same number.

    >>> _write_number(2.0), _write_number(0.1), _write_number(512)
    ('2', '0.1', '512')
    """
    return str(int(number)) if number == int(number) else repr(float(number))


def _number_from(name: str, text: str, *, integer: bool = False) -> float:
    control = CONTROLS[name]
    kind = "a whole number" if integer else "a number"
    wanted = f"{kind} from {control.low:g} to {control.high:g} ({control.unit})"
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise _Unreadable(wanted)
    number = int(text) if text.isdigit() else float(text)
    if (integer and not isinstance(number, int)) or not control.low <= number <= control.high:
        raise _Unreadable(wanted)
    return number


def _write_levels(levels: Levels) -> str:
    return "_".join("-".join(map(_write_number, level)) or _EMPTY_LEVEL for level in levels)


def _write_shared_once(levels: Levels) -> str:
    return _write_levels(levels[:1] if len(set(levels)) == 1 else levels)


def _level_from(name: str, text: str) -> tuple[float, ...]:
    if text == _EMPTY_LEVEL:
        return ()
    values = text.split("-")
    if len(values) > MAX_VALUES_PER_LEVEL:
        raise _Unreadable(f"at most {MAX_VALUES_PER_LEVEL} values on each level")
    try:
        return tuple(_number_from(name, value) for value in values)
    except _Unreadable as error:
        raise _Unreadable(
            f"lists such as 32-64_128, '-' between values and '_' between levels, each {error}"
        ) from error


def _levels_from(name: str, text: str, count: int, *, shared: bool) -> Levels:
    levels = tuple(_level_from(name, level) for level in text.split("_"))
    if shared and len(levels) == 1:
        levels *= count
    if len(levels) != count:
        raise _Unreadable(f"one list for each level of the model, {count} in all")
    return levels


def _number_key(key: str, slice_: str, field: str, *, integer: bool = False) -> _Key:
    def read(text: str, _: int) -> float:
        return _number_from(field, text, integer=integer)

    return _Key(key, slice_, field, _write_number, read)


def _levels_key(key: str, field: str, *, shared: bool) -> _Key:
    def read(text: str, count: int) -> Levels:
        return _levels_from(field, text, count, shared=shared)

    return _Key(key, "anchors", field, _write_shared_once if shared else _write_levels, read)


def _choice_key(key: str, slice_: str, field: str, choices: Mapping[str, object]) -> _Key:
    """`choices` are the values by their spelling."""
    spelling = {value: text for text, value in choices.items()}

    def read(text: str, _: int) -> object:
        if text not in choices:
            raise _Unreadable(f"one of {', '.join(choices)}")
        return choices[text]

    return _Key(key, slice_, field, spelling.__getitem__, read)


_KEYS = (
    _number_key("min", "input", "min_side", integer=True),
    _number_key("max", "input", "max_side", integer=True),
    _levels_key("sizes", "sizes", shared=False),
    _levels_key("ratios", "aspect_ratios", shared=True),
    _number_key("scale", "anchors", "size_factor"),
    _number_key("offset", "anchors", "offset"),
    _choice_key(
        "convention", "anchors", "convention", {name: name for name in get_args(AnchorConvention)}
    ),
    _number_key("pre", "selection", "pre_nms_top_n", integer=True),
    _number_key("minsize", "selection", "min_size"),
    _number_key("score", "selection", "score_thresh"),
    _choice_key("inside", "selection", "drop_cross_border", {"0": False, "1": True}),
    _number_key("nms", "nms", "nms_thresh"),
    _number_key("post", "nms", "post_nms_top_n", integer=True),
    _choice_key("method", "nms", "method", {name: name for name in get_args(NmsMethod)}),
    _number_key("sigma", "nms", "sigma"),
    _number_key("soft", "nms", "soft_score_thresh"),
    _choice_key("across", "nms", "across_levels", {"0": False, "1": True}),
    _choice_key(
        "foreign", "", "foreign_anchors", {name: name for name in get_args(ForeignAnchors)}
    ),
)
QUERY_KEYS = tuple(key.key for key in _KEYS)


def to_query(settings: Settings, base: Settings) -> dict[str, str]:
    """Write what differs from `base`, the settings of a preset.

    Args:
        settings, base: of one model, so with the same number of levels.
    Returns:
        a query, short and without characters that a URL would escape; empty when nothing differs.
    Raises:
        ValueError: the numbers of levels differ; such a link could not be read back.

    >>> from rpn_core.settings import NmsSettings
    >>> to_query(Settings(nms=NmsSettings(nms_thresh=0.5)), Settings())
    {'nms': '0.5'}
    """
    if len(settings.anchors.sizes) != len(base.anchors.sizes):
        raise ValueError(
            f"settings have {len(settings.anchors.sizes)} levels and base "
            f"{len(base.anchors.sizes)}; both must be for one model"
        )
    return {
        key.key: key.write(_value(settings, key))
        for key in _KEYS
        if _value(settings, key) != _value(base, key)
    }


def from_query(mapping: Mapping[str, str], base: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Read a query over `base`; never raises for anything that a link may hold.

    Keys that are not in QUERY_KEYS belong to others and are passed over.

    Returns:
        the settings, with `base`'s value wherever one could not be read or did not fit its
        partner; and one sentence for each such value.

    >>> from_query({"nms": "nan"}, Settings())[1]
    ("The link's nms=nan was ignored: it must be a number from 0 to 1 (IoU).",)
    """
    sentences: list[str] = []
    values: dict[_Key, object] = {}
    for key in _KEYS:
        if key.key not in mapping:
            continue
        try:
            values[key] = _read(key, mapping[key.key], len(base.anchors.sizes))
        except _Unreadable as error:
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


def _read(key: _Key, text: str, levels: int) -> object:
    if len(text) > _LONGEST_VALUE:
        raise _Unreadable(f"at most {_LONGEST_VALUE} characters long")
    return key.read(text, levels)


def _shown(text: str) -> str:
    """The start of a hostile text, without anything that could be markup.

    >>> _shown("<b>0.5</b>")
    '?b?0.5??b?'
    """
    plain = re.sub(r"[^A-Za-z0-9.+_-]", "?", text[:41])
    return plain if len(plain) <= 40 else f"{plain[:39]}…"


def _value(settings: Settings, key: _Key) -> Any:
    return getattr(getattr(settings, key.slice) if key.slice else settings, key.field)


def _replace_in(settings: Settings, slice_: str, values: Mapping[_Key, object]) -> Settings:
    """Replace fields of one slice at once, so that they are validated together."""
    changed: dict[str, Any] = {key.field: value for key, value in values.items()}
    if not slice_:
        return replace(settings, **changed)
    part: dict[str, Any] = {slice_: replace(getattr(settings, slice_), **changed)}
    return replace(settings, **part)
