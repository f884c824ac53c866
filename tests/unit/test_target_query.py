"""Training's settings in a link: short, read back as they were, and never an exception."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpn_core.settings import (
    CONTROLS,
    LossSettings,
    MatchSettings,
    SampleSettings,
    TargetSettings,
)
from rpn_core.settings_query import QUERY_KEYS
from rpn_core.target_query import TARGET_QUERY_KEYS, targets_from_query, targets_to_query


def test_the_default_is_an_empty_query_and_every_field_has_a_key():
    assert targets_to_query(TargetSettings()) == {}
    assert targets_from_query({"nms": "0.5", "photo": "coins"}) == (TargetSettings(), ())
    slices = (MatchSettings, SampleSettings, LossSettings)
    assert len(TARGET_QUERY_KEYS) == sum(len(fields(slice_)) for slice_ in slices)
    others = {*QUERY_KEYS, "model", "photo", "preset"}
    assert not others & set(TARGET_QUERY_KEYS)


def number(name: str) -> st.SearchStrategy[float]:
    return st.floats(CONTROLS[name].low, CONTROLS[name].high)


def whole(name: str) -> st.SearchStrategy[int]:
    return st.integers(int(CONTROLS[name].low), int(CONTROLS[name].high))


@given(
    st.tuples(number("bg_iou_thresh"), number("fg_iou_thresh")).filter(lambda t: t[0] <= t[1]),
    st.booleans(), st.booleans(), number("crowd_iof_thresh"),
    st.builds(
        SampleSettings, whole("batch_size_per_image"), number("positive_fraction"), whole("seed")
    ),
    st.builds(
        LossSettings, st.sampled_from(("torchvision", "paper")), number("reg_lambda"),
        number("beta"),
    ),
)  # fmt: skip
def test_a_link_reads_back_as_it_was(thresholds, low_quality, inside, crowd, sample, loss):
    match = MatchSettings(thresholds[1], thresholds[0], low_quality, inside, crowd)
    settings = TargetSettings(match, sample, loss)
    assert targets_from_query(targets_to_query(settings)) == (settings, ())


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"fg": "<b>"}, "fg=?b? was ignored: it must be a number from 0.05 to 1"),
        ({"batch": "2.5"}, "a whole number"),
        ({"lowq": "yes"}, "one of 0, 1"),
        ({"loss": "mine"}, "one of paper, torchvision"),
        ({"fg": "0.4", "bg": "0.5"}, "fg and bg had to be ignored: bg_iou_thresh is 0.5"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_holds(query, words):
    settings, (sentence,) = targets_from_query({**query, "seed": "7"})
    assert words in sentence
    assert settings == TargetSettings(sample=SampleSettings(seed=7))


@given(
    st.dictionaries(
        st.sampled_from(TARGET_QUERY_KEYS), st.text(max_size=30) | number("beta").map(str)
    )
)
def test_nothing_in_a_link_raises(query):
    settings, _ = targets_from_query(query)
    assert targets_from_query(targets_to_query(settings)) == (settings, ())
