"""Any link and any file of settings: settings that are valid, or one plain sentence."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from rpn_core.models.catalogue.table import CARDS, DEFAULT_MODEL
from rpn_core.settings import Settings
from rpn_core.settings.file import from_json, to_json
from rpn_core.settings.url import QUERY_KEYS, from_query
from tests.hostile_files import refusal

BASE = CARDS[DEFAULT_MODEL].own_settings
LEVELS = len(BASE.anchors.sizes)
# Numbers as people, programs and enemies write them.
PIECES = st.sampled_from(
    ["0", "1", "-1", "0.5", "1e999", "-1e999", "1e-999", "nan", "inf", "9" * 400, "0x10", "1_0",
     "٣", "²", "½", "-", "_", "--", "none", ".", "e", "E5", "+1", " 1", "1 ", "\0", "\n", "<b>",
     "*", "`", "](x)", "\ud800", "greedy", "soft-linear", "borrow", "geometry", "true"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=6).map("".join) | st.text(max_size=30)


@given(
    st.dictionaries(
        st.sampled_from([*QUERY_KEYS, "model", "photo", "preset"]) | st.text(max_size=5), TEXTS
    )
)
@settings(max_examples=200)
def test_any_link(query):
    read, sentences = from_query(query, BASE)
    assert isinstance(read, Settings)
    assert from_json(to_json(read), levels=LEVELS) == read  # valid, to the last field
    for sentence in map(str, sentences):
        assert not set(sentence) & set("<>`*[]\n\0")
        assert len(sentence) < 400


PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(["greedy", "borrow", "32", "", "\ud800", "<b>"])
)
VALUES = PLAIN | st.lists(PLAIN | st.lists(PLAIN, max_size=3), max_size=6) | st.just({"a": [{}]})


@given(data=st.data())
@settings(max_examples=200)
def test_any_value_in_any_field_of_a_file(data):
    whole = json.loads(to_json(BASE))
    for _ in range(data.draw(st.integers(1, 3))):
        part = data.draw(
            st.sampled_from([whole, *(p for p in whole.values() if isinstance(p, dict))])
        )
        key = data.draw(st.sampled_from(sorted(part) or ["a"]) | st.text(max_size=4))
        if data.draw(st.booleans()):
            part[key] = data.draw(VALUES)
        else:
            part.pop(key, None)
    check_file(json.dumps(whole))


@given(st.binary(max_size=60) | st.text(max_size=60))
@settings(max_examples=150)
def test_any_file(content):
    check_file(content)


@given(
    data=st.data(),
    piece=st.sampled_from(
        ["[" * 50_000, "{" * 50_000, "1" * 10_000, "1e999", "NaN", "\\ud800", '"', "\0"]
    ),
)
@settings(max_examples=100)
def test_a_file_with_something_put_in(data, piece):
    text = to_json(BASE)
    at = data.draw(st.integers(0, len(text)))
    check_file(text[:at] + piece + text[at:])


def check_file(content: str | bytes) -> None:
    def read() -> None:
        found = from_json(content, levels=LEVELS)
        assert from_json(to_json(found), levels=LEVELS) == found

    sentence = refusal(read)
    assert "\n" not in sentence
    assert len(sentence) < 600
