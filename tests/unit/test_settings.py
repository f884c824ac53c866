"""Which values each setting takes, what its sentence says about the others, and what it declares.

All of it is asked of every declaration: a new setting needs no new line here.
"""

import math
from dataclasses import fields, replace

import pytest

from rpn_core.errors import UserError
from rpn_core.settings import (
    BY_NAME,
    DECLARED,
    MAX_LEVELS,
    MAX_SHAPES_PER_LEVEL,
    MAX_VALUES_PER_LEVEL,
    AnchorSettings,
    HeadSettings,
    InputSettings,
    LossSettings,
    MatchSettings,
    NmsSettings,
    SelectionSettings,
    Settings,
    number_of,
)
from rpn_core.settings.check import SettingError
from rpn_core.settings.declare import (
    Choice,
    Declared,
    Number,
    NumbersPerLevel,
    ShapesPerLevel,
    Switch,
    applies,
    in_force,
)
from tests.settings_values import another_value

NUMBERS = [entry.name for entry in DECLARED if isinstance(entry.setting, Number)]
CHOICES = [entry.name for entry in DECLARED if isinstance(entry.setting, Choice)]
SWITCHES = [entry.name for entry in DECLARED if isinstance(entry.setting, Switch)]
SHAPES = [entry.name for entry in DECLARED if isinstance(entry.setting, ShapesPerLevel)]
# Partners of a rule between two settings, at values that let each other take any value.
ROOMY = {
    "input.min_side": {"max_side": int(number_of("input.max_side").high)},
    "input.max_side": {"min_side": int(number_of("input.min_side").low)},
    "match.fg_iou_thresh": {"bg_iou_thresh": 0.0},
    "match.bg_iou_thresh": {"fg_iou_thresh": 1.0},
}


def slice_with(name: str, value: object) -> object:
    """The slice that holds the setting, with this value and nothing else in its way."""
    entry = BY_NAME[name]
    if isinstance(entry.setting, NumbersPerLevel):
        value = ((value,),) * 4
    kind = type(getattr(Settings(), entry.slice))
    return kind(**{**ROOMY.get(name, {}), entry.field: value})


def test_every_field_of_every_slice_is_declared():
    names = {
        f"{part.name}.{entry.name}"
        for part in fields(Settings)
        for entry in fields(part.default_factory)
    }
    assert names == set(BY_NAME)
    assert sorted(names) == sorted([*NUMBERS, *CHOICES, *SWITCHES, *SHAPES])
    assert Settings() == Settings()


@pytest.mark.parametrize("entry", DECLARED, ids=lambda entry: entry.name)
def test_every_setting_explains_itself(entry: Declared):
    setting = entry.setting
    assert str(setting.label)
    assert str(setting.reason).endswith(".")
    assert setting.key.isalnum()
    if isinstance(setting, Number):
        assert setting.low < setting.high
        assert 0 < setting.step <= setting.high - setting.low
        assert str(setting.unit)
    if isinstance(setting, Choice):
        assert len(setting.options) > 1
    if setting.when is not None:
        partner = BY_NAME[f"{entry.slice}.{setting.when.field}"].setting
        assert isinstance(partner, Choice)
        assert set(setting.when.values) < set(partner.options)


def test_no_two_settings_have_one_key_in_a_link_or_one_label_in_a_slice():
    assert len({entry.setting.key for entry in DECLARED}) == len(DECLARED)
    assert len({(entry.slice, str(entry.setting.label)) for entry in DECLARED}) == len(DECLARED)


@pytest.mark.parametrize("name", NUMBERS)
def test_the_ends_of_the_range_belong_to_it(name):
    for value in (number_of(name).low, number_of(name).high):
        slice_with(name, value)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "wrong",
    [
        "below", "above", math.nan, math.inf, -math.inf, True, "5", None, [5], (5,), 1 + 0j,
        10**400, -(10**400),
    ],
    ids=lambda value: str(value)[:8],
)  # fmt: skip
def test_anything_else_is_refused_with_a_sentence(name, wrong):
    setting = number_of(name)
    if wrong == "below":
        wrong = int(setting.low) - 1 if setting.whole else math.nextafter(setting.low, -math.inf)
    if wrong == "above":
        wrong = int(setting.high) + 1 if setting.whole else math.nextafter(setting.high, math.inf)
    with pytest.raises(SettingError) as caught:
        slice_with(name, wrong)
    message = str(caught.value)
    assert message.startswith(f'"{setting.label}" is ')
    assert f"from {setting.low:g} to {setting.high:g}" in message
    assert len(message) < 250
    assert caught.value.field == BY_NAME[name].field


@pytest.mark.parametrize("name", [name for name in NUMBERS if number_of(name).whole])
def test_a_count_or_a_side_is_whole(name):
    with pytest.raises(UserError, match="a whole number"):
        slice_with(name, 500.0)


def test_these_are_whole():
    assert {name for name in NUMBERS if number_of(name).whole} == {
        "input.min_side", "input.max_side", "selection.pre_nms_top_n", "nms.post_nms_top_n",
        "sample.batch_size_per_image", "sample.seed",
    }  # fmt: skip


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("wrong", ["guess", "", None, 1, ["greedy"], "x" * 10_000], ids=str)
def test_a_choice_is_one_of_its_options(name, wrong):
    setting = BY_NAME[name].setting
    with pytest.raises(UserError) as caught:
        slice_with(name, wrong)
    assert str(caught.value).endswith(f"must be one of {', '.join(setting.options)}.")
    assert len(str(caught.value)) < 250
    for value in setting.options:
        slice_with(name, value)


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("wrong", [0, 1, "yes", "no", None])
def test_a_switch_is_true_or_false(name, wrong):
    with pytest.raises(UserError) as caught:
        slice_with(name, wrong)
    label = BY_NAME[name].setting.label
    assert str(caught.value) == f'"{label}" is {wrong!r}, but it must be true or false.'
    assert slice_with(name, True) != slice_with(name, False)


LEVELS = [
    ({"sizes": ()}, "has 0 levels"),
    ({"sizes": ((32,),) * (MAX_LEVELS + 1)}, "has 7 levels"),
    ({"sizes": [[32]] * 4}, "one list of numbers per level"),
    ({"sizes": (32, 64)}, "one list of numbers per level"),
    ({"sizes": "32-64"}, "one list of numbers per level"),
    ({"sizes": ("32", "64")}, "one list of numbers per level"),
    ({"sizes": ((32,) * (MAX_VALUES_PER_LEVEL + 1),) * 4}, "has 11 values on one level"),
    (
        {"aspect_ratios": ((1,),) * 3},
        r'"Anchor sizes" has 4 levels and "Aspect ratios \(h/w\)" 3',
    ),
    ({"shapes": [[(10, 13)]]}, "one list of shapes per level, or no list at all"),
    ({"shapes": ((10, 13),) * 4}, r"has 10, but each must be width x height"),
    ({"shapes": (((10, 13),),) * 3}, '"Anchor sizes" has 4 levels and "Anchor shapes" 3'),
    ({"shapes": ((),) * 5}, '"Anchor sizes" has 4 levels and "Anchor shapes" 5'),
    (
        {"shapes": (((9, 9),) * (MAX_SHAPES_PER_LEVEL + 1), (), (), ())},
        "lists 101 on one level, but at most 100",
    ),
    *(
        ({"shapes": ((), ((16, 16), wrong), (), ())}, "each must be width x height, with sqrt")
        for wrong in [
            (1, 1),
            (10, 201),
            (201, 10),
            (2049, 2049),
            (0, 5),
            (-5, -5),
            (math.nan, 5),
            (5,),
            (math.inf, 5),
            (5, 5, 5),
            ("5", 5),
            (True, 5),
            (10**400, 5),
            [5, 5],
            None,
            5,
        ]
    ),
    ({"convention": "caffe"}, "'caffe', but it must be one of torchvision, detectron2"),
    ({"convention": ["torchvision"]}, "must be one of torchvision, detectron2"),
    ({"convention": "x" * 10_000}, "must be one of torchvision, detectron2"),
]


@pytest.mark.parametrize(("changes", "words"), LEVELS)
def test_lists_that_fit_no_model_are_refused(changes, words):
    with pytest.raises(UserError, match=words) as caught:
        AnchorSettings(**changes)
    assert len(str(caught.value)) < 250


def test_no_list_of_shapes_on_any_level_is_no_list():
    assert AnchorSettings(shapes=((),) * 4) == AnchorSettings()
    listed = AnchorSettings(shapes=((), ((10, 200), (200, 10), (2, 2), (2048, 2048)), (), ()))
    assert [len(listed.listed(level)) for level in range(4)] == [0, 4, 0, 0]
    assert AnchorSettings().listed(0) == ()


def test_a_level_may_have_no_anchors():
    AnchorSettings(sizes=((), (32,)), aspect_ratios=((1,), ()))


def test_the_long_side_is_not_shorter_than_the_short_one():
    InputSettings(min_side=500, max_side=500)
    with pytest.raises(
        UserError, match=r'"Long side, at most" is 499, .* "Short side" \(500\)'
    ) as caught:
        InputSettings(min_side=500, max_side=499)
    assert caught.value.field == "max_side"


def test_the_background_threshold_is_not_above_the_other():
    with pytest.raises(UserError) as caught:
        MatchSettings(fg_iou_thresh=0.4, bg_iou_thresh=0.5)
    assert str(caught.value) == (
        '"Background IoU, below" is 0.5, but it must not be more than "Foreground IoU, at least" '
        "(0.4)."
    )


@pytest.mark.parametrize("name", [part.name for part in fields(Settings)])
def test_each_slice_is_its_own_kind(name):
    with pytest.raises(UserError, match=name):
        Settings(**{name: {"nms_thresh": 0.7}})


# ---- what is in force ------------------------------------------------------------------------


def test_what_does_not_apply_is_no_part_of_what_is_in_force():
    greedy = NmsSettings(sigma=3.0, soft_score_thresh=0.5)
    assert in_force(greedy) == NmsSettings()
    soft = NmsSettings(method="soft-gaussian", sigma=3.0, nms_thresh=0.2)
    assert in_force(soft) == NmsSettings(method="soft-gaussian", sigma=3.0)
    assert in_force(NmsSettings(0.3, 77), without=("post_nms_top_n",)) == NmsSettings(0.3)
    assert in_force(NmsSettings(method="none", across_levels=True)) == NmsSettings(method="none")


@pytest.mark.parametrize("entry", DECLARED, ids=lambda entry: entry.name)
def test_a_setting_is_in_force_exactly_while_it_applies(entry: Declared):
    when = entry.setting.when
    before = getattr(Settings(), entry.slice)
    partners = BY_NAME[f"{entry.slice}.{when.field}"].setting.options if when else [None]
    for value in partners:
        now = replace(before, **{when.field: value}) if when else before
        changed = replace(now, **{entry.field: another_value(entry, now)})
        assert (in_force(changed) != in_force(now)) == applies(entry.setting, now)


def test_slices_that_no_rule_speaks_of_are_in_force_as_they_are():
    for slice_ in (HeadSettings("geometry"), SelectionSettings(score_thresh=0.5), LossSettings()):
        assert in_force(slice_) == slice_
