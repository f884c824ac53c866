"""A control moves exactly its own stages, the address, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rpn_core.settings import Settings
from rpn_core.settings.file import to_json
from rpn_core.settings.presets import PAPER_2015, TORCHVISION_FPN
from tests.app.app_run import AppRun

# Cells of the astronaut at 448 x 448 px: 56, 28, 14 and 7 a side.
CELLS = (56**2, 28**2, 14**2, 7**2)
STAGES = ["network", "anchors", "head", "decode", "selection", "NMS", "ledger", "picture"]


def test_a_newcomer_sees_proposals_and_how_to_go_on(app: AppRun) -> None:
    assert app.settings == Settings()
    assert app.link == {}
    assert app.complaints == []
    assert list(app.recomputed) == STAGES
    assert app.explanations == ["Click a box in the picture to see every number that led to it."]


@pytest.mark.parametrize(
    ("key", "value", "first"),
    [
        ("input.max_side", 480, "network"),
        ("anchors.size_factor", 1.5, "anchors"),
        ("anchors.offset", 0.0, "anchors"),
        ("selection.score_thresh", 0.02, "selection"),
        ("selection.pre_nms_top_n", 777, "selection"),
        ("selection.min_size", 3.5, "selection"),
        ("selection.drop_cross_border", True, "selection"),
        ("nms.nms_thresh", 0.37, "NMS"),
        ("nms.post_nms_top_n", 123, "ledger"),
    ],
)
def test_a_setting_recomputes_its_stage_and_the_ones_after_it(
    app: AppRun, key: str, value: object, first: str
) -> None:
    app.set("input.min_side", 256)  # less work for what follows
    app.set("input.max_side", 256)
    app.set(key, value)  # values that no other test uses: results are kept between visitors
    wanted = {
        stage: place >= STAGES.index(first) and stage != "picture"
        for place, stage in enumerate(STAGES)
    }
    assert app.recomputed == wanted
    app.test.run()
    assert not any(app.recomputed.values())


def test_the_address_holds_what_differs_from_the_preset(app: AppRun) -> None:
    app.set("nms.nms_thresh", 0.45)
    app.set("selection.drop_cross_border", True)
    assert app.link == {"nms": "0.45", "inside": "1"}
    app.click("reset")
    assert app.link == {}
    assert app.settings == Settings()


def test_presets_and_reset(app: AppRun) -> None:
    app.set("preset", PAPER_2015.name)
    assert app.settings.anchors.sizes == ((), (128, 256, 512), (), ())
    assert app.settings.input.min_side == 600
    assert app.settings.nms.post_nms_top_n == 300
    assert app.link == {"preset": PAPER_2015.name}
    app.set("nms.post_nms_top_n", 50)
    app.click("reset")
    assert app.settings.nms.post_nms_top_n == 300
    app.set("preset", TORCHVISION_FPN.name)
    assert app.settings.anchors.sizes == ((64,), (128,), (256,), (512,))


@pytest.mark.parametrize(
    ("key", "value", "shapes"),
    [
        ("anchors.aspect_ratios.all", ["0.5", "1", "2", "3"], (12, 12, 12, 12)),
        ("anchors.aspect_ratios.all", ["1"], (3, 3, 3, 3)),
        ("anchors.sizes.0", ["16", "25", "40", "51"], (12, 9, 9, 9)),
        ("anchors.sizes.3", [], (9, 9, 9, 0)),
    ],
)
def test_values_added_and_removed_make_so_many_anchors(
    app: AppRun, key: str, value: list[str], shapes: tuple[int, ...]
) -> None:
    app.set(key, value)
    funnel = app.test.get("plotly_chart")[0].proto.spec
    total = sum(cells * shape for cells, shape in zip(CELLS, shapes, strict=True))
    assert f'"{total:,}"' in funnel


def test_levels_may_have_ratios_of_their_own(app: AppRun) -> None:
    app.set("ratios_apart", True)
    app.set("anchors.aspect_ratios.1", ["1"])
    ratios = app.settings.anchors.aspect_ratios
    assert ratios == ((0.5, 1, 2), (1,), (0.5, 1, 2), (0.5, 1, 2))


def test_a_level_may_be_a_list_of_shapes_and_keeps_its_sizes_and_ratios(app: AppRun) -> None:
    app.set("levels_listed", [1])
    assert app.value("anchors.shapes.1").startswith("72.125x36.062, 51x51, ")
    before = app.settings.anchors
    assert (before.sizes, before.aspect_ratios) == (Settings().anchors.sizes, ((0.5, 1, 2),) * 4)
    assert [len(before.listed(level)) for level in range(4)] == [0, 9, 0, 0]

    app.set("anchors.shapes.1", "16x30, 10 x 13.5,33×23")
    assert app.settings.anchors.shapes == ((), ((16, 30), (10, 13.5), (33, 23)), (), ())
    assert app.link["shapes"] == "none_16x30-10x13.5-33x23_none_none"
    funnel = app.test.get("plotly_chart")[0].proto.spec
    total = sum(cells * shape for cells, shape in zip(CELLS, (9, 3, 9, 9), strict=True))
    assert f'"{total:,}"' in funnel

    app.set("levels_listed", [])
    assert app.settings == Settings()
    assert app.value("anchors.sizes.1") == ["51", "64", "81"]
    app.set("levels_listed", [0, 1])
    assert app.value("anchors.shapes.1") == "16x30, 10x13.5, 33x23"
    assert len(app.settings.anchors.listed(0)) == 9


def test_a_list_of_shapes_may_be_pasted_as_yolo_writes_it_and_is_refused_whole(
    app: AppRun,
) -> None:
    app.set("levels_listed", [0])
    app.set("anchors.shapes.0", "[10,13, 16,30, 33,23]")
    last = app.settings
    assert last.anchors.listed(0) == ((10, 13), (16, 30), (33, 23))
    for said, part in (
        ("", "got '', but it must be width x height"),
        ("10x13, 16", "must be width x height of each anchor, like 10x13, 16x30"),
        ("10, 13, 16", "must be width x height of each anchor"),
        ("10x13x5", "must be width x height of each anchor"),
        ("wide", "must be width x height of each anchor"),
        ("10x900", "has [10, 900], but each must be width x height, with sqrt"),
        ("nanx5", "each must be width x height, with sqrt"),
    ):
        app.set("anchors.shapes.0", said)
        assert app.settings == last
        (complaint,) = app.complaints
        assert part in complaint
    app.set("anchors.shapes.0", "9x9")
    assert app.complaints == []
    assert app.settings.anchors.listed(0) == ((9, 9),)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"input.max_side": 256},
            '"Long side, at most" is 256, but it must not be less than "Short side" (448). '
            "The last settings that fit together stay in force.",
        ),
        (
            {"anchors.aspect_ratios.all": ["1", "tall"]},
            "Aspect ratios (h/w) got 'tall', but it must be a number (height / width): remove it "
            "from the list. The last settings that fit together stay in force.",
        ),
        (
            {"anchors.sizes.0": ["1e9"]},
            '"Anchor sizes" is 1000000000.0, but it must be a number from 2 to 2048 (px of the '
            "network input, sqrt(area)). The last settings that fit together stay in force.",
        ),
        (
            {"anchors.aspect_ratios.all": ["nan"]},
            '"Aspect ratios (h/w)" is NaN, but it must be a number from 0.05 to 20 (height / '
            "width). The last settings that fit together stay in force.",
        ),
    ],
)
def test_what_does_not_fit_together_is_said_and_the_last_settings_stay(
    app: AppRun, changes: dict[str, object], sentence: str
) -> None:
    for key, value in changes.items():
        app.set(key, value)
    assert app.complaints == [sentence]
    assert app.settings == Settings()
    assert not any(app.recomputed.values())


def test_no_anchor_left_is_explained(app: AppRun) -> None:
    app.set("anchors.aspect_ratios.all", [])
    assert any("These settings leave no anchor" in text for text in app.explanations)
    app.click("reset")
    assert not any("leave no anchor" in text for text in app.explanations)


def test_no_proposal_left_is_explained(app: AppRun) -> None:
    app.set("selection.score_thresh", 1.0)
    assert any("These settings leave no proposal" in text for text in app.explanations)


def test_settings_from_a_file(app: AppRun) -> None:
    app.set("nms.nms_thresh", 0.2)
    app.set("anchors.sizes.2", ["100"])
    saved, text = app.settings, to_json(app.settings)
    app.click("reset")
    assert app.settings == Settings()
    app.set("settings_upload", ("settings.json", text.encode(), "application/json"))
    assert app.settings == saved
    assert app.complaints == []


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[1, 2]", "must be a JSON object"),
        (b"{}", "lacks the field"),
        (
            to_json(Settings()).replace("0.7", "NaN").encode(),
            'nms.nms_thresh in the settings file: "NMS IoU threshold" is NaN',
        ),
        (to_json(Settings()).replace("0.7", '"0.7"').encode(), "\"NMS IoU threshold\" is '0.7'"),
    ],
)
def test_a_bad_settings_file_is_said_and_the_settings_stay(
    app: AppRun, content: bytes, part: str
) -> None:
    app.set("nms.nms_thresh", 0.2)
    before = app.settings
    app.set("settings_upload", ("settings.json", content, "application/json"))
    (sentence,) = app.complaints
    assert part in sentence
    assert sentence.endswith("The settings stay as they were.")
    assert app.settings == before


def test_two_visitors_have_their_own_settings(open_app: Callable[..., AppRun]) -> None:
    first, second = open_app(), open_app(photo="coins")
    first.set("nms.nms_thresh", 0.3)
    second.test.run()
    assert second.settings == Settings()
    assert (first.bench.sample, second.bench.sample) == ("astronaut", "coins")
