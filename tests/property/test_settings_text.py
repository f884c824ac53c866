"""Any valid settings survive the way into a link or a file and back, to the last bit."""

from typing import get_args
from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st

from rpn_core.settings import (
    CONTROLS,
    MAX_LEVELS,
    MAX_VALUES_PER_LEVEL,
    AnchorSettings,
    InputSettings,
    NmsMethod,
    NmsSettings,
    SelectionSettings,
    Settings,
)
from rpn_core.settings_text import QUERY_KEYS, from_json, from_query, to_json, to_query


def whole(name, low=None):
    return st.integers(int(CONTROLS[name].low) if low is None else low, int(CONTROLS[name].high))


def number(name):
    control = CONTROLS[name]
    return st.floats(control.low, control.high) | whole(name, low=-int(-control.low // 1))


def per_level(name, levels):
    level = st.lists(number(name), max_size=MAX_VALUES_PER_LEVEL).map(tuple)
    each = st.tuples(*[level] * levels)
    return each | level.map(lambda shared: (shared,) * levels)


def anchors(levels):
    return st.builds(
        AnchorSettings,
        sizes=per_level("sizes", levels),
        aspect_ratios=per_level("aspect_ratios", levels),
        size_factor=number("size_factor"),
        offset=number("offset"),
        convention=st.sampled_from(["torchvision", "detectron2"]),
    )


inputs = whole("min_side").flatmap(
    lambda short: st.builds(InputSettings, st.just(short), whole("max_side", low=short))
)


def settings_of(levels):
    return st.builds(
        Settings,
        input=inputs,
        anchors=anchors(levels),
        selection=st.builds(
            SelectionSettings,
            whole("pre_nms_top_n"), number("min_size"), number("score_thresh"), st.booleans(),
        ),
        nms=st.builds(
            NmsSettings,
            number("nms_thresh"), whole("post_nms_top_n"), st.sampled_from(get_args(NmsMethod)),
            number("sigma"), number("soft_score_thresh"), st.booleans(),
        ),
        foreign_anchors=st.sampled_from(["borrow", "geometry"]),
    )  # fmt: skip


pairs = st.integers(1, MAX_LEVELS).flatmap(
    lambda levels: st.tuples(settings_of(levels), settings_of(levels))
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


texts = st.text() | st.from_regex(r"[-_.0-9e+naif]{0,40}", fullmatch=True)


@given(st.dictionaries(st.sampled_from(QUERY_KEYS) | st.text(), texts), pairs)
def test_no_link_raises_and_each_broken_value_is_told_once(query, pair):
    base, _ = pair
    settings, sentences = from_query(query, base)
    assert len(settings.anchors.sizes) == len(base.anchors.sizes)
    told = [sentence for sentence in sentences if sentence.startswith("The link's ")]
    assert len(told) == len(sentences) <= sum(key in QUERY_KEYS for key in query)
    # What was understood can be written again, and then nothing is left to complain about.
    assert from_query(to_query(settings, base), base) == (settings, ())
