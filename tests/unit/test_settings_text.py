"""What a link and a file look like, and what is said about broken ones."""

import json
from dataclasses import replace

import pytest

from rpn_core.errors import UserError
from rpn_core.presets import preset
from rpn_core.settings import AnchorSettings, InputSettings, NmsSettings, Settings
from rpn_core.settings_text import QUERY_KEYS, from_json, from_query, to_json, to_query

BASE = Settings()
STRIDES = (8, 16, 32, 64)


def test_a_link_to_the_preset_itself_is_empty():
    assert to_query(BASE, BASE) == {}
    assert from_query({}, BASE) == (BASE, ())


def test_a_link_is_short_and_legible():
    assert to_query(preset("paper 2015", STRIDES, BASE), BASE) == {
        "min": "600",
        "max": "1000",
        "sizes": "none_128-256-512_none_none",
        "offset": "0",
        "convention": "torchvision",
        "pre": "6000",
        "post": "300",
    }


def test_ratios_that_all_levels_share_are_written_once():
    shared = replace(BASE, anchors=AnchorSettings(aspect_ratios=((1, 3.0),) * 4))
    assert to_query(shared, BASE) == {"ratios": "1-3"}
    own = replace(BASE, anchors=AnchorSettings(aspect_ratios=((1,), (2,), (), (0.3,))))
    assert to_query(own, BASE) == {"ratios": "1_2_none_0.3"}


def test_keys_of_others_are_passed_over():
    assert from_query({"image": "astronaut", "model": "<script>", "": "7"}, BASE) == (BASE, ())


# A broken value, and words of its sentence.
BROKEN = [
    ("nms", "nan", "a number from 0 to 1"),
    ("nms", "NaN", "a number from 0 to 1"),
    ("nms", "inf", "a number from 0 to 1"),
    ("nms", "1e999", "a number from 0 to 1"),
    ("nms", "7", "a number from 0 to 1"),
    ("nms", "-0.1", "a number from 0 to 1"),
    ("nms", "", "a number from 0 to 1"),
    ("nms", " 0.5", "a number from 0 to 1"),
    ("nms", "0.5\n", "a number from 0 to 1"),
    ("nms", "0,5", "a number from 0 to 1"),
    ("nms", "0_5", "a number from 0 to 1"),
    ("nms", "true", "a number from 0 to 1"),
    ("nms", "٠.٥", "a number from 0 to 1"),
    ("nms", "0." + "3" * 40, "a number from 0 to 1"),
    ("nms", "9" * 100_000, "at most 1500 characters"),
    ("pre", "1e3", "a whole number from 1 to 100000"),
    ("pre", "0", "a whole number"),
    ("pre", "10.0", "a whole number"),
    ("sizes", "32-51", "one list for each level of the model, 4 in all"),
    ("sizes", "32_64_128_256_512", "4 in all"),
    ("sizes", "32_64_128_1", "each a number from 2 to 2048"),
    ("sizes", "32__64_128", "each a number from 2 to 2048"),
    ("sizes", "32--64_64_128_256", "each a number from 2 to 2048"),
    ("sizes", "-".join(["32"] * 11) + "_1_1_1", "at most 10 values on each level"),
    ("ratios", "1_2", "4 in all"),
    ("ratios", "0", "each a number from 0.05 to 20"),
    ("convention", "caffe", "one of torchvision, detectron2"),
    ("inside", "yes", "one of 0, 1"),
    ("foreign", "<b>", "one of borrow, geometry"),
    ("min", "800", "max_side is 448"),
    ("max", "64", "min_side (448)"),
]


@pytest.mark.parametrize(
    ("key", "text", "words"), BROKEN, ids=[f"{row[0]}={row[1][:12]!r}" for row in BROKEN]
)
def test_a_broken_value_falls_back_alone(key, text, words):
    settings, sentences = from_query({key: text, "post": "77"}, BASE)
    assert settings == replace(BASE, nms=NmsSettings(post_nms_top_n=77))
    (sentence,) = sentences
    assert sentence.startswith(f"The link's {key}")
    assert words in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 300


def test_values_that_contradict_one_another_fall_back_together():
    settings, sentences = from_query({"min": "800", "max": "600", "nms": "0.3"}, BASE)
    assert settings == replace(BASE, nms=NmsSettings(nms_thresh=0.3))
    assert sentences == (
        "The link's min and max had to be ignored: max_side is 600, but it must not be less than "
        "min_side (800).",
    )


def test_values_that_fit_only_together_are_taken_together():
    settings, sentences = from_query({"min": "800", "max": "1333"}, BASE)
    assert settings.input == InputSettings(min_side=800, max_side=1333)
    assert sentences == ()


def test_a_hostile_value_is_never_repeated_as_markup():
    for key in QUERY_KEYS:
        (sentence,) = from_query({key: "<img src=x>[a](http://b)`*$"}, BASE)[1]
        assert not set("<>[]`*$") & set(sentence)


def test_a_link_for_another_model_is_a_defect():
    one_level = preset("paper 2015", (16,), BASE)
    with pytest.raises(ValueError, match="1 levels and base 4"):
        to_query(one_level, BASE)


def test_a_file_is_whole_and_one_slice_a_line():
    lines = to_json(BASE).splitlines()
    assert len(lines) == 7
    assert lines[3].startswith('  "selection": {"pre_nms_top_n": 1000, ')


def test_a_file_from_before_soft_nms_means_greedy_nms_in_each_level():
    whole = json.loads(to_json(BASE))
    whole["nms"] = {"nms_thresh": 0.6, "post_nms_top_n": 300}
    assert from_json(json.dumps(whole)).nms == NmsSettings(0.6, 300, "greedy", across_levels=False)


def changed(slice_, field, value):
    whole = json.loads(to_json(BASE))
    (whole[slice_] if slice_ else whole)[field] = value
    return json.dumps(whole)


def without(slice_, field):
    whole = json.loads(to_json(BASE))
    del (whole[slice_] if slice_ else whole)[field]
    return json.dumps(whole)


FILES = [
    ("", "not valid JSON"),
    (b"\xff\xfe\xff", "not valid JSON"),
    ("{", "not valid JSON"),
    ("[" * 90_000, "not valid JSON"),
    (" " * 200_000, "200,000 characters"),
    ("9" * 5_000, "JSON"),
    ("null", "must be a JSON object"),
    ("[]", "must be a JSON object"),
    ("{}", "lacks the field input"),
    (without("", "nms"), "lacks the field nms"),
    (without("nms", "nms_thresh"), "lacks the field nms_thresh"),
    (changed("", "extra", 1), "the field 'extra', which is unknown"),
    (changed("nms", "iou", 0.5), "the field 'iou', which is unknown"),
    (changed("", "nms", 0.5), "nms in the settings file must be a JSON object"),
    (changed("nms", "nms_thresh", float("nan")), "nms_thresh is nan"),
    (changed("nms", "nms_thresh", "0.5"), "nms_thresh is '0.5'"),
    (changed("nms", "nms_thresh", None), "nms_thresh is None"),
    (changed("nms", "post_nms_top_n", 10**400), "post_nms_top_n is 1000"),
    (changed("input", "max_side", 100), "max_side is 100"),
    (changed("anchors", "sizes", 32), "sizes is 32"),
    (changed("anchors", "sizes", [32, 64]), "sizes is"),
    (changed("anchors", "sizes", [["32"]]), "sizes is '32'"),
    (changed("anchors", "sizes", [[[32]]]), "sizes is"),
    (changed("anchors", "sizes", {"0": [32]}), "sizes is"),
    (changed("", "foreign_anchors", ["borrow"]), "foreign_anchors is"),
]


@pytest.mark.parametrize(("text", "words"), FILES, ids=[row[1] for row in FILES])
def test_a_broken_file_is_refused_by_name(text, words):
    with pytest.raises(UserError, match=words) as caught:
        from_json(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_file_for_another_model_is_refused():
    assert from_json(to_json(BASE), levels=4) == BASE
    with pytest.raises(UserError, match="anchors for 4 levels, but the model has 1"):
        from_json(to_json(BASE), levels=1)
