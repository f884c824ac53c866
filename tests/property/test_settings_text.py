"""Any valid settings survive the way into a link or a file and back, to the last bit."""

from dataclasses import fields
from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st

from rpn_core.settings import MAX_LEVELS, MAX_SHAPES_PER_LEVEL, MAX_VALUES_PER_LEVEL, Settings
from rpn_core.settings.declare import (
    Choice,
    Number,
    NumbersPerLevel,
    Setting,
    ShapesPerLevel,
    settings_of,
)
from rpn_core.settings.file import from_json, to_json
from rpn_core.settings.url import QUERY_KEYS, from_query, to_query


def number(setting: Number) -> st.SearchStrategy:
    whole = st.integers(-int(-setting.low // 1), int(setting.high))
    return whole if setting.whole else st.floats(setting.low, setting.high) | whole


def per_level(setting: Number, levels: int) -> st.SearchStrategy:
    level = st.lists(number(setting), max_size=MAX_VALUES_PER_LEVEL).map(tuple)
    each = st.tuples(*[level] * levels)
    return each | level.map(lambda shared: (shared,) * levels)


def shapes_per_level(setting: ShapesPerLevel, levels: int) -> st.SearchStrategy:
    size = st.floats(setting.low, setting.high)
    ratio = st.floats(setting.least_ratio, setting.most_ratio)
    shape = st.builds(lambda s, r: (s / r**0.5, s * r**0.5), size, ratio)
    whole = st.tuples(st.integers(10, 100), st.integers(10, 100))
    level = st.lists(shape | whole, max_size=5).map(tuple)
    most = st.just(((3, 2.5),) * MAX_SHAPES_PER_LEVEL)
    return st.just(()) | st.tuples(*[level | most] * levels)


def values(setting: Setting, levels: int) -> st.SearchStrategy:
    if isinstance(setting, NumbersPerLevel):
        return per_level(setting, levels)
    if isinstance(setting, ShapesPerLevel):
        return shapes_per_level(setting, levels)
    if isinstance(setting, Number):
        return number(setting)
    if isinstance(setting, Choice):
        return st.sampled_from(sorted(setting.options))
    return st.booleans()


def fitting(kind: type, given: dict) -> object:
    """The slice; values that contradict each other change places."""
    for low, high in (("min_side", "max_side"), ("bg_iou_thresh", "fg_iou_thresh")):
        if low in given:
            given[low], given[high] = sorted((given[low], given[high]))
            given[high] = max(given[high], dict(settings_of(kind))[high].low)
            given[low] = min(given[low], dict(settings_of(kind))[low].high, given[high])
    return kind(**given)


def slices(kind: type, levels: int) -> st.SearchStrategy:
    given = {name: values(setting, levels) for name, setting in settings_of(kind)}
    return st.fixed_dictionaries(given).map(lambda drawn: fitting(kind, dict(drawn)))


def settings_of_all(levels: int) -> st.SearchStrategy:
    parts = {part.name: slices(part.default_factory, levels) for part in fields(Settings)}
    return st.builds(Settings, **parts)


pairs = st.integers(1, MAX_LEVELS).flatmap(
    lambda levels: st.tuples(settings_of_all(levels), settings_of_all(levels))
)


@given(pairs)
def test_a_link_reads_back_exactly(pair):
    settings, base = pair
    query = to_query(settings, base)
    in_url = dict(parse_qsl(urlencode(query), strict_parsing=bool(query)))
    assert from_query(in_url, base) == (settings, ())


@given(pairs)
def test_a_link_needs_no_escaping(pair):
    query = to_query(*pair)
    assert urlencode(query) == "&".join(f"{key}={value}" for key, value in query.items())


@given(pairs)
def test_a_file_reads_back_exactly(pair):
    settings, _ = pair
    assert from_json(to_json(settings), levels=len(settings.anchors.sizes)) == settings


texts = st.text() | st.from_regex(r"[-_.0-9e+naifx]{0,40}", fullmatch=True)


@given(st.dictionaries(st.sampled_from(QUERY_KEYS) | st.text(), texts), pairs)
def test_no_link_raises_and_each_broken_value_is_told_once(query, pair):
    base, _ = pair
    settings, sentences = from_query(query, base)
    assert len(settings.anchors.sizes) == len(base.anchors.sizes)
    told = [s for s in map(str, sentences) if s.startswith("The link's ")]
    assert len(told) == len(sentences) <= sum(key in QUERY_KEYS for key in query)
    # What was understood can be written again, and then nothing is left to complain about.
    assert from_query(to_query(settings, base), base) == (settings, ())
