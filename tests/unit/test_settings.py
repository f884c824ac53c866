"""Which values each control takes, and what its sentence says about the others."""

import math

import pytest

from rpn_core.errors import UserError
from rpn_core.settings import (
    CONTROLS,
    MAX_LEVELS,
    MAX_VALUES_PER_LEVEL,
    AnchorSettings,
    InputSettings,
    LossSettings,
    MatchSettings,
    NmsSettings,
    SampleSettings,
    SelectionSettings,
    Settings,
)

WHOLE = {
    "min_side", "max_side", "pre_nms_top_n", "post_nms_top_n", "batch_size_per_image", "seed",
}  # fmt: skip
TRAINING = (MatchSettings, SampleSettings, LossSettings)
NO_NUMBERS = {
    "convention", "drop_cross_border", "allow_low_quality", "form", "method", "across_levels",
}  # fmt: skip


def settings_with(name, value):
    """The slice that holds the control, with this value and nothing else in its way."""
    if name in ("min_side", "max_side"):
        sides = {"min_side": CONTROLS["min_side"].low, "max_side": CONTROLS["max_side"].high}
        return InputSettings(**{**sides, name: value})
    if name in ("sizes", "aspect_ratios"):
        return AnchorSettings(**{"sizes": ((32,),), "aspect_ratios": ((1,),), name: ((value,),)})
    if name in ("size_factor", "offset"):
        return AnchorSettings(**{name: value})
    if name in ("pre_nms_top_n", "min_size", "score_thresh"):
        return SelectionSettings(**{name: value})
    if name in ("fg_iou_thresh", "bg_iou_thresh"):
        return MatchSettings(**{"fg_iou_thresh": 1, "bg_iou_thresh": 0, name: value})
    for kind in TRAINING:
        if name in kind.__slots__:
            return kind(**{name: value})
    return NmsSettings(**{name: value})


def test_every_number_of_the_settings_has_a_control_and_the_defaults_pass():
    anchors, selection = AnchorSettings.__slots__, SelectionSettings.__slots__
    names = {*InputSettings.__slots__, *anchors, *selection, *NmsSettings.__slots__}
    names |= {name for kind in TRAINING for name in kind.__slots__}
    assert set(CONTROLS) == names - NO_NUMBERS
    assert Settings() == Settings()
    assert [kind() for kind in TRAINING] == [kind() for kind in TRAINING]


@pytest.mark.parametrize("name", CONTROLS)
def test_the_ends_of_the_range_belong_to_it(name):
    for value in (CONTROLS[name].low, CONTROLS[name].high):
        settings_with(name, value)


@pytest.mark.parametrize("name", CONTROLS)
@pytest.mark.parametrize(
    "wrong",
    [
        "below", "above", math.nan, math.inf, -math.inf, True, "5", None, [5], (5,), 1 + 0j,
        10**400, -(10**400),
    ],
    ids=lambda value: str(value)[:8],
)  # fmt: skip
def test_anything_else_is_refused_with_a_sentence(name, wrong):
    control = CONTROLS[name]
    if wrong == "below":
        wrong = int(control.low) - 1 if name in WHOLE else math.nextafter(control.low, -math.inf)
    if wrong == "above":
        wrong = int(control.high) + 1 if name in WHOLE else math.nextafter(control.high, math.inf)
    with pytest.raises(UserError) as caught:
        settings_with(name, wrong)
    message = str(caught.value)
    assert message.startswith(f"{name} is ")
    assert f"from {control.low:g} to {control.high:g}" in message
    assert len(message) < 250


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_count_or_a_side_is_whole(name):
    with pytest.raises(UserError, match="a whole number"):
        settings_with(name, 500.0)


LEVELS = [
    ({"sizes": ()}, "has 0 levels"),
    ({"sizes": ((32,),) * (MAX_LEVELS + 1)}, "has 7 levels"),
    ({"sizes": [[32]] * 4}, "one list of numbers per level"),
    ({"sizes": (32, 64)}, "one list of numbers per level"),
    ({"sizes": "32-64"}, "one list of numbers per level"),
    ({"sizes": ("32", "64")}, "one list of numbers per level"),
    ({"sizes": ((32,) * (MAX_VALUES_PER_LEVEL + 1),) * 4}, "has 11 values on one level"),
    ({"aspect_ratios": ((1,),) * 3}, "sizes has 4 levels and aspect_ratios 3"),
    ({"convention": "caffe"}, "'caffe', but it must be one of torchvision, detectron2"),
    ({"convention": ["torchvision"]}, "must be one of torchvision, detectron2"),
    ({"convention": "x" * 10_000}, "must be one of torchvision, detectron2"),
]


@pytest.mark.parametrize(("changes", "words"), LEVELS)
def test_lists_that_fit_no_model_are_refused(changes, words):
    with pytest.raises(UserError, match=words) as caught:
        AnchorSettings(**changes)
    assert len(str(caught.value)) < 250


def test_a_level_may_have_no_anchors():
    AnchorSettings(sizes=((), (32,)), aspect_ratios=((1,), ()))


def test_the_long_side_is_not_shorter_than_the_short_one():
    InputSettings(min_side=500, max_side=500)
    with pytest.raises(UserError, match=r"max_side is 499, .* min_side \(500\)"):
        InputSettings(min_side=500, max_side=499)


@pytest.mark.parametrize("value", [0, 1, "yes", None])
def test_a_switch_is_true_or_false(value):
    with pytest.raises(UserError, match="true or false"):
        SelectionSettings(drop_cross_border=value)


@pytest.mark.parametrize("value", ["guess", None, 1])
def test_foreign_anchors_is_one_of_its_choices(value):
    with pytest.raises(UserError, match="one of borrow, geometry"):
        Settings(foreign_anchors=value)


@pytest.mark.parametrize("name", ["input", "anchors", "selection", "nms"])
def test_each_slice_is_its_own_kind(name):
    with pytest.raises(UserError, match=name):
        Settings(**{name: {"nms_thresh": 0.7}})


@pytest.mark.parametrize("name", CONTROLS)
def test_every_control_explains_itself(name):
    control = CONTROLS[name]
    assert control.reason.endswith(".")
    assert control.label
    assert control.unit
    assert control.low < control.high
    assert 0 < control.step <= control.high - control.low


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: MatchSettings(fg_iou_thresh=0.4, bg_iou_thresh=0.5),
            "bg_iou_thresh is 0.5, but it must not be more than fg_iou_thresh (0.4).",
        ),
        (
            lambda: MatchSettings(allow_low_quality=1),
            "allow_low_quality is 1, but it must be true or false.",
        ),
        (
            lambda: MatchSettings(drop_cross_border="no"),
            "drop_cross_border is 'no', but it must be true or false.",
        ),
        (
            lambda: LossSettings(form="focal"),
            "form is 'focal', but it must be one of paper, torchvision.",
        ),
    ],
)
def test_what_training_sees_is_checked_too(make, sentence):
    with pytest.raises(UserError) as caught:
        make()
    assert str(caught.value) == sentence
