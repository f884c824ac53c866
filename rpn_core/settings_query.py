"""Settings as a short URL query: only what differs from a preset, and back without exceptions.

    nms=0.5&sizes=32-51_64-102&ratios=0.5-1-2

Within a list `-` parts the values of one level and `_` the levels; `none` is a level without
values. Ratios that all levels share are written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from rpn_core.query_keys import (
    Key,
    Unreadable,
    choice_key,
    number_from,
    number_key,
    read_over,
    spell,
    written,
)
from rpn_core.settings import (
    MAX_VALUES_PER_LEVEL,
    AnchorConvention,
    ForeignAnchors,
    NmsMethod,
    Settings,
)

_EMPTY_LEVEL = "none"

Levels = tuple[tuple[float, ...], ...]


def _write_levels(levels: Levels) -> str:
    return "_".join("-".join(map(spell, level)) or _EMPTY_LEVEL for level in levels)


def _write_shared_once(levels: Levels) -> str:
    return _write_levels(levels[:1] if len(set(levels)) == 1 else levels)


def _level_from(name: str, text: str) -> tuple[float, ...]:
    if text == _EMPTY_LEVEL:
        return ()
    values = text.split("-")
    if len(values) > MAX_VALUES_PER_LEVEL:
        raise Unreadable(f"at most {MAX_VALUES_PER_LEVEL} values on each level")
    try:
        return tuple(number_from(name, value) for value in values)
    except Unreadable as error:
        raise Unreadable(
            f"lists such as 32-64_128, '-' between values and '_' between levels, each {error}"
        ) from error


def _levels_from(name: str, text: str, count: int, *, shared: bool) -> Levels:
    levels = tuple(_level_from(name, level) for level in text.split("_"))
    if shared and len(levels) == 1:
        levels *= count
    if len(levels) != count:
        raise Unreadable(f"one list for each level of the model, {count} in all")
    return levels


def _levels_key(key: str, field: str, *, shared: bool) -> Key:
    def read(text: str, count: int) -> Levels:
        return _levels_from(field, text, count, shared=shared)

    return Key(key, "anchors", field, _write_shared_once if shared else _write_levels, read)


_KEYS = (
    number_key("min", "input", "min_side", integer=True),
    number_key("max", "input", "max_side", integer=True),
    _levels_key("sizes", "sizes", shared=False),
    _levels_key("ratios", "aspect_ratios", shared=True),
    number_key("scale", "anchors", "size_factor"),
    number_key("offset", "anchors", "offset"),
    choice_key(
        "convention", "anchors", "convention", {name: name for name in get_args(AnchorConvention)}
    ),
    number_key("pre", "selection", "pre_nms_top_n", integer=True),
    number_key("minsize", "selection", "min_size"),
    number_key("score", "selection", "score_thresh"),
    choice_key("inside", "selection", "drop_cross_border", {"0": False, "1": True}),
    number_key("nms", "nms", "nms_thresh"),
    number_key("post", "nms", "post_nms_top_n", integer=True),
    choice_key("method", "nms", "method", {name: name for name in get_args(NmsMethod)}),
    number_key("sigma", "nms", "sigma"),
    number_key("soft", "nms", "soft_score_thresh"),
    choice_key("across", "nms", "across_levels", {"0": False, "1": True}),
    choice_key("foreign", "", "foreign_anchors", {name: name for name in get_args(ForeignAnchors)}),
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
    return written(_KEYS, settings, base)


def from_query(mapping: Mapping[str, str], base: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Read a query over `base`; never raises for anything that a link may hold.

    Keys that are not in QUERY_KEYS belong to others and are passed over.

    Returns:
        the settings, with `base`'s value wherever one could not be read or did not fit its
        partner; and one sentence for each such value.

    >>> from_query({"nms": "nan"}, Settings())[1]
    ("The link's nms=nan was ignored: it must be a number from 0 to 1 (IoU).",)
    """
    return read_over(_KEYS, mapping, base, levels=len(base.anchors.sizes))
