"""What a link and a file look like, and what is said about broken ones."""

import json
from dataclasses import replace

import pytest

from rpn_core.errors import UserError
from rpn_core.settings import (
    AnchorSettings,
    HeadSettings,
    InputSettings,
    LossSettings,
    MatchSettings,
    NmsSettings,
    SampleSettings,
    SelectionSettings,
    Settings,
)
from rpn_core.settings.file import from_json, to_json
from rpn_core.settings.presets import preset
from rpn_core.settings.url import QUERY_KEYS, from_query, to_query

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


SHAPES = (((10, 13), (16, 30.5)), (), ((33, 23),), ())


def test_lists_of_shapes_are_legible_in_a_link_and_a_file():
    listed = replace(BASE, anchors=AnchorSettings(shapes=SHAPES))
    assert to_query(listed, BASE) == {"shapes": "10x13-16x30.5_none_33x23_none"}
    assert to_query(BASE, listed) == {"shapes": "none"}
    assert '"shapes": [[[10, 13], [16, 30.5]], [], [[33, 23]], []]' in to_json(listed)
    assert from_json(to_json(listed)) == listed
    old = json.loads(to_json(BASE))
    del old["anchors"]["shapes"]
    assert from_json(json.dumps(old), absent=listed) == BASE


@pytest.mark.parametrize("shapes", ["10x13", [10, 13], [[10, 13]], [[[10]]], {"0": []}, 5, None])
def test_a_file_whose_shapes_are_none_is_refused(shapes):
    whole = json.loads(to_json(BASE))
    whole["anchors"]["shapes"] = shapes
    with pytest.raises(UserError, match=r'^anchors.shapes in the settings file: "Anchor shapes" '):
        from_json(json.dumps(whole))


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
    ("shapes", "10x13", "one list for each level of the model, 4 in all"),
    ("shapes", "10x13_none_none", "one list for each level of the model, 4 in all"),
    ("shapes", "10x201_none_none_none", "height / width from 0.05 to 20"),
    ("shapes", "1x1_none_none_none", "from 2 to 2048"),
    ("shapes", "10_none_none_none", "lists such as 10x13-16x30_none"),
    ("shapes", "10x13x9_none_none_none", "lists such as 10x13-16x30_none"),
    ("shapes", "10xnan_none_none_none", "lists such as 10x13-16x30_none"),
    ("shapes", "-".join(["9x9"] * 101) + "_none_none_none", "at most 100 shapes"),
    ("shapes", "9" * 40_000, "characters long"),
    ("foreign", "<b>", "one of borrow, geometry"),
    ("min", "800", '"Long side, at most" is 448'),
    ("max", "64", '"Short side" (448)'),
]


@pytest.mark.parametrize(
    ("key", "text", "words"), BROKEN, ids=[f"{row[0]}={row[1][:12]!r}" for row in BROKEN]
)
def test_a_broken_value_falls_back_alone(key, text, words):
    settings, sentences = from_query({key: text, "post": "77"}, BASE)
    assert settings == replace(BASE, nms=NmsSettings(post_nms_top_n=77))
    (sentence,) = map(str, sentences)
    assert sentence.startswith(f"The link's {key}")
    assert words in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 300


def test_values_that_contradict_one_another_fall_back_together():
    settings, sentences = from_query({"min": "800", "max": "600", "nms": "0.3"}, BASE)
    assert settings == replace(BASE, nms=NmsSettings(nms_thresh=0.3))
    assert [str(sentence) for sentence in sentences] == [
        'The link\'s min and max had to be ignored: "Long side, at most" is 600, but it must not '
        'be less than "Short side" (800).'
    ]


def test_values_that_fit_only_together_are_taken_together():
    settings, sentences = from_query({"min": "800", "max": "1333"}, BASE)
    assert settings.input == InputSettings(min_side=800, max_side=1333)
    assert sentences == ()


def test_a_hostile_value_is_never_repeated_as_markup():
    for key in QUERY_KEYS:
        (sentence,) = from_query({key: "<img src=x>[a](http://b)`*$"}, BASE)[1]
        assert not set("<>[]`*$") & set(str(sentence))


def test_a_link_for_another_model_is_a_defect():
    one_level = preset("paper 2015", (16,), BASE)
    with pytest.raises(ValueError, match="1 levels and base 4"):
        to_query(one_level, BASE)


def test_a_file_is_whole_and_one_slice_a_line():
    lines = to_json(BASE).splitlines()
    assert len(lines) == 10
    assert lines[4].startswith('  "selection": {"pre_nms_top_n": 1000, ')


def test_a_file_from_before_soft_nms_means_greedy_nms_in_each_level():
    whole = json.loads(to_json(BASE))
    whole["nms"] = {"nms_thresh": 0.6, "post_nms_top_n": 300}
    assert from_json(json.dumps(whole)).nms == NmsSettings(0.6, 300, "greedy", across_levels=False)


OLD_FILE = """{
  "input": {"min_side": 512, "max_side": 640},
  "anchors": {"sizes": [[16], [32], [64], [128]], "aspect_ratios": [[1], [1], [1], [0.5, 2]],
              "size_factor": 1.5, "offset": 0.0, "convention": "torchvision"},
  "selection": {"pre_nms_top_n": 77, "min_size": 2, "score_thresh": 0.1, "drop_cross_border": true},
  "nms": {"nms_thresh": 0.6, "post_nms_top_n": 300, "method": "soft-linear", "sigma": 0.5,
          "soft_score_thresh": 0.01, "across_levels": true},
  "foreign_anchors": "geometry"
}"""


def test_a_file_from_before_training_had_settings_means_torchvisions_and_keeps_all_else():
    assert from_json(OLD_FILE, levels=4) == Settings(
        input=InputSettings(512, 640),
        anchors=AnchorSettings(
            ((16,), (32,), (64,), (128,)), ((1,), (1,), (1,), (0.5, 2)), 1.5, 0.0, "torchvision"
        ),
        head=HeadSettings("geometry"),
        selection=SelectionSettings(77, 2, 0.1, True),
        nms=NmsSettings(0.6, 300, "soft-linear", 0.5, 0.01, True),
    )


def test_what_an_earlier_version_did_not_write_stays_as_it_is():
    whole = json.loads(to_json(Settings(nms=NmsSettings(nms_thresh=0.4))))
    for name in ("head", "match", "sample", "loss"):
        del whole[name]
    there = Settings(
        match=MatchSettings(fg_iou_thresh=0.9), sample=SampleSettings(seed=5),
        head=HeadSettings(foreign_anchors="geometry"),
    )  # fmt: skip
    read = from_json(json.dumps(whole), absent=there)
    assert read == replace(there, nms=NmsSettings(nms_thresh=0.4))
    assert from_json(to_json(Settings()), absent=there) == Settings()


def test_links_of_before_say_what_they_said():
    """As they stood in addresses before training's settings and the others were one declaration."""
    query = {
        "min": "512", "max": "640", "sizes": "16_32-40_none_128", "ratios": "0.5-1", "scale": "1.5",
        "offset": "0", "convention": "torchvision", "pre": "6000", "minsize": "2", "score": "0.1",
        "inside": "1", "nms": "0.5", "post": "300", "method": "soft-gaussian", "sigma": "0.7",
        "soft": "0.01", "across": "1", "foreign": "geometry", "fg": "0.6", "bg": "0.2",
        "lowq": "0", "nocross": "1", "crowd": "0.9", "batch": "128", "pos": "0.25", "seed": "7",
        "loss": "paper", "lambda": "10", "beta": "1",
    }  # fmt: skip
    settings, sentences = from_query(query, BASE)
    assert sentences == ()
    assert settings == Settings(
        InputSettings(512, 640),
        AnchorSettings(((16,), (32, 40), (), (128,)), ((0.5, 1),) * 4, 1.5, 0.0, "torchvision"),
        HeadSettings("geometry"),
        SelectionSettings(6000, 2, 0.1, True),
        NmsSettings(0.5, 300, "soft-gaussian", 0.7, 0.01, True),
        MatchSettings(0.6, 0.2, False, True, 0.9),
        SampleSettings(128, 0.25, 7),
        LossSettings("paper", 10, 1),
    )
    assert to_query(settings, BASE) == query


def test_a_file_says_which_field_and_which_label():
    with pytest.raises(UserError) as caught:
        from_json(changed("nms", "nms_thresh", 2))
    assert str(caught.value) == (
        'nms.nms_thresh in the settings file: "NMS IoU threshold" is 2, but it must be a number '
        "from 0 to 1 (IoU)."
    )


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
    (without("anchors", "offset"), "anchors in the settings file lacks the field offset"),
    (changed("match", "fg_iou_thresh", 0.1), "bg_iou_thresh in .* is 0.3"),
    (without("nms", "nms_thresh"), "lacks the field nms_thresh"),
    (changed("", "extra", 1), "the field 'extra', which is unknown"),
    (changed("nms", "iou", 0.5), "the field 'iou', which is unknown"),
    (changed("", "nms", 0.5), "nms in the settings file must be a JSON object"),
    (changed("nms", "nms_thresh", float("nan")), "nms_thresh in the settings file: .* is nan"),
    (changed("nms", "nms_thresh", "0.5"), "nms_thresh in the settings file: .* is '0.5'"),
    (changed("nms", "nms_thresh", None), "nms_thresh in the settings file: .* is None"),
    (changed("nms", "post_nms_top_n", 10**400), "post_nms_top_n in .* is 1000"),
    (changed("input", "max_side", 100), "max_side in .* is 100"),
    (changed("anchors", "sizes", 32), "sizes in .* is 32"),
    (changed("anchors", "sizes", [32, 64]), "sizes in .* is"),
    (changed("anchors", "sizes", [["32"]]), "sizes in .* is '32'"),
    (changed("anchors", "sizes", [[[32]]]), "sizes in .* is"),
    (changed("anchors", "sizes", {"0": [32]}), "sizes in .* is"),
    (changed("head", "foreign_anchors", ["borrow"]), "foreign_anchors in .* is"),
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
