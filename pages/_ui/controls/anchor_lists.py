"""The lists of sizes and ratios: one for each level, or one list of ratios for all of them.

A level may have a list of shapes in the place of both; each waits while the other is in force.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from pages._ui.controls.bound import (
    ALL_LEVELS,
    NO_LIST,
    bind,
    put_in_force,
    read_numbers,
    read_shapes,
)
from pages._ui.controls.inputs import help_of
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.visit import PENDING, RATIOS_APART, SETTINGS, SHAPES_ASIDE
from rpn_core.anchors.shapes import level_shapes, listed_shapes
from rpn_core.errors import UserError
from rpn_core.messages import tr
from rpn_core.settings import BY_NAME, MAX_VALUES_PER_LEVEL, Shapes
from rpn_core.settings.check import is_shape
from rpn_core.settings.declare import NumbersPerLevel, ShapesPerLevel
from rpn_core.settings.spelling import spell, spell_shape

COMMON_SIZES = ("8", "16", "32", "64", "128", "256", "512")
COMMON_RATIOS = ("0.33", "0.5", "0.75", "1", "1.33", "2", "3")

SIZES, RATIOS, SHAPES = "anchors.sizes", "anchors.aspect_ratios", "anchors.shapes"
_APART, _LISTED = "ratios_apart", "levels_listed"

Levels = tuple[tuple[float, ...], ...]


def draw_anchor_lists(strides: tuple[int, ...]) -> None:
    """Sizes of each level, and ratios of each or of all; or the level's shapes."""
    apart, listed = _are_apart(), _listed_levels(len(strides))
    pairs = len(listed) < len(strides)
    if pairs and not apart:
        label = str(BY_NAME[RATIOS].setting.label)
        _draw_list(RATIOS, ALL_LEVELS, label, COMMON_RATIOS)
    for level, stride in enumerate(strides):
        if level in listed:
            _draw_shapes(level, stride)
            continue
        label = tr("Sizes at stride {stride}, px", stride=stride)
        _draw_list(SIZES, str(level), label, COMMON_SIZES)
        if apart:
            label = tr("Ratios at stride {stride}, h/w", stride=stride)
            _draw_list(RATIOS, str(level), label, COMMON_RATIOS)
    if pairs:
        _draw_apart(apart)
    _draw_listed(listed, strides)


def _draw_apart(apart: bool) -> None:
    key = slotted(_APART)
    if st.session_state.get(key) != apart:
        st.session_state[key] = apart
    st.toggle(tr("Ratios of its own for each level"), key=key, on_change=in_slot(_set_apart))


def _are_apart() -> bool:
    ratios = SETTINGS.require().anchors.aspect_ratios
    return RATIOS_APART.get_or(False) or len(set(ratios)) > 1


def _set_apart() -> None:
    apart = bool(st.session_state[slotted(_APART)])
    RATIOS_APART.set(apart)
    waiting = PENDING.get_or({})
    rest = {
        field: said
        for field, said in waiting.get("anchors", {}).items()
        if not field.startswith("aspect_ratios.")
    }
    PENDING.set({name: said for name, said in waiting.items() if name != "anchors"})
    if rest:
        PENDING.set(PENDING.require() | {"anchors": rest})
    longest = max(SETTINGS.require().anchors.aspect_ratios, key=len)
    if not apart:
        put_in_force("anchors", {f"aspect_ratios.{ALL_LEVELS}": _spelt(longest)})


def _listed_levels(levels: int) -> list[int]:
    """The levels with a list of shapes, also one that cannot be read yet."""
    anchors, waiting = SETTINGS.require().anchors, PENDING.get_or({}).get("anchors", {})
    return [
        level
        for level in range(levels)
        if waiting.get(f"shapes.{level}", bool(anchors.listed(level))) not in (False, NO_LIST)
    ]


def _draw_listed(listed: list[int], strides: tuple[int, ...]) -> None:
    key = slotted(_LISTED)
    if st.session_state.get(key) != listed:
        st.session_state[key] = listed
    st.pills(
        tr("List of shapes instead, at stride"), range(len(strides)), selection_mode="multi",
        format_func=lambda level: str(strides[level]), key=key, on_change=in_slot(_set_listed),
        help=str(BY_NAME[SHAPES].setting.reason),
    )  # fmt: skip


def _set_listed() -> None:
    wanted = st.session_state[slotted(_LISTED)]
    anchors, aside = SETTINGS.require().anchors, SHAPES_ASIDE.get_or({})
    before = _listed_levels(len(anchors.sizes))
    said = {}
    for level in set(wanted) - set(before):
        said[f"shapes.{level}"] = aside.get(level) or _pairs_listed(level)
    for level in set(before) - set(wanted):
        said[f"shapes.{level}"] = NO_LIST
        if anchors.listed(level):
            aside = {**aside, level: _shapes_spelt(anchors.listed(level))}
    put_in_force("anchors", said)
    SHAPES_ASIDE.set(aside)


def _pairs_listed(level: int) -> str:
    """The pairs of a level's sizes and ratios as a list, so that the same anchors lie there."""
    anchors, setting = SETTINGS.require().anchors, BY_NAME[SHAPES].setting
    assert isinstance(setting, ShapesPerLevel)
    laid = level_shapes(replace(anchors, shapes=(), size_factor=1.0), level)
    shapes = laid or listed_shapes([(32, 32)])  # a level without anchors needs one to begin with
    # Thousandths make no other anchor of it; only a sliver may leave its range by them.
    tidy = [(round(width, 3), round(height, 3)) for width, height, *_ in shapes]
    exact = [(width, height) for width, height, *_ in shapes]
    pairs = zip(tidy, exact, strict=True)
    return _shapes_spelt(
        tuple(short if is_shape(setting, short) else long for short, long in pairs)
    )


def _draw_shapes(level: int, stride: int) -> None:
    setting = BY_NAME[SHAPES].setting
    assert isinstance(setting, ShapesPerLevel)

    def show(levels: tuple[Shapes, ...]) -> str:
        return _shapes_spelt(levels[level] if levels else ())

    def means(said: str) -> str | None:
        try:
            return _shapes_spelt(read_shapes(setting, said))
        except UserError:
            return None

    label = tr("Shapes at stride {stride}, width x height in px", stride=stride)
    bound = bind(SHAPES, part=str(level), show=show, means=means)
    st.text_area(label, help=help_of(setting), height=68, placeholder="10x13, 16x30", **bound)


def _shapes_spelt(shapes: Shapes) -> str:
    return ", ".join(map(spell_shape, shapes))


def _draw_list(name: str, part: str, label: str, common: tuple[str, ...]) -> None:
    setting = BY_NAME[name].setting
    assert isinstance(setting, NumbersPerLevel)

    def show(levels: Levels) -> list[str]:
        return _spelt(max(levels, key=len) if part == ALL_LEVELS else levels[int(part)])

    def means(said: list[str]) -> Any:
        """In the order and the spelling of what is in force; a person's own may stay."""
        try:
            return _spelt(read_numbers(setting, said))
        except UserError:
            return None

    bound = bind(name, part=part, show=show, means=means)
    options = sorted({*common, *st.session_state[bound["key"]]}, key=_sort_key)
    st.multiselect(
        label, options, accept_new_options=True, help=help_of(setting),
        placeholder=tr("none: no anchors here"), max_selections=MAX_VALUES_PER_LEVEL, **bound,
    )  # fmt: skip


def _spelt(numbers: tuple[float, ...]) -> list[str]:
    return [spell(number) for number in numbers]


def _sort_key(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("inf")
