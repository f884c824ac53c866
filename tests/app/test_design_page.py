"""Anchor design, page and frame together: what is said, what is applied, what stays."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit
from streamlit.delta_generator import DeltaGenerator

from pages._ui.design import suggest as design_suggest
from pages._ui.run.store import shared_store
from rpn_core.design import stages as designing
from rpn_core.frameworks.table import export_anchors
from rpn_core.settings import AnchorSettings
from tests.app.app_run import AppRun
from tests.unit.labels_data import coco

STRIDES = (8, 16, 32, 64)
SIX_SIZES = "AnchorGenerator(((16,), (32,), (64,), (128,), (256,), (512,)), ((0.5, 1.0, 2.0),) * 6)"


@pytest.fixture
def empty(app: AppRun) -> AppRun:
    """The page before any data set."""
    app.test.switch_page("pages/design.py").run()
    app.must_be_whole()
    return app


@pytest.fixture
def design(empty: AppRun) -> AppRun:
    """The page with the bundled example: 41 boxes in five photos."""
    empty.click("labels_example")
    return empty


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[AnchorSettings]:
    """Grows by the anchors of each coverage that is measured, and not taken from the cache."""
    shared_store.clear()
    seen: list[AnchorSettings] = []
    measure = designing.measure_coverage

    def watched(objects, pyramid, anchors, **options):
        seen.append(anchors)
        return measure(objects, pyramid, anchors, **options)

    monkeypatch.setattr(designing, "measure_coverage", watched)
    return seen


def numbers(app: AppRun) -> dict[str, str]:
    """Label -> value of every number on the page."""
    return {metric.label: str(metric.value) for metric in app.test.metric}


def words(app: AppRun) -> str:
    return "\n".join(element.value for element in (*app.test.markdown, *app.test.caption))


def tables(app: AppRun) -> list[str]:
    return [frame.value.to_csv() for frame in app.test.dataframe]


def press(app: AppRun, key: str) -> None:
    app.test.button(key=key).click().run()
    app.must_be_whole()


def keys(app: AppRun) -> set[str]:
    return {button.key for button in app.test.button}


def test_without_boxes_the_page_says_what_it_needs_and_offers_an_example(empty: AppRun) -> None:
    assert any("Anchors are judged against boxes" in text for text in empty.explanations)
    assert "labels_example" in keys(empty)
    assert "design_suggest" not in keys(empty)


def test_the_example_is_judged_in_plain_words_and_numbers(design: AppRun) -> None:
    found = numbers(design)
    assert found["Objects"] == "41"
    assert 0.5 < float(found["Mean best IoU"]) < 1
    assert "4 of 11 objects (large, from 96² px) can never be a positive at IoU 0.7" in words(
        design
    )
    assert "41 objects in 5 images, as the network meets them: long side 448 px" in words(design)
    assert design.complaints == [] or all("torchvision" in text for text in design.complaints)


def test_coverage_is_measured_once_and_only_for_what_it_depends_on(
    design: AppRun, measured: list[AnchorSettings]
) -> None:
    design.test.run()
    assert len(measured) == 1
    design.set("nms.nms_thresh", 0.41)
    design.test.selectbox(key="design_aim").set_value("recall").run()
    design.test.run()
    assert len(measured) == 1
    design.set("anchors.size_factor", 1.25)
    assert measured == [AnchorSettings(), AnchorSettings(size_factor=1.25)]


def test_the_resize_rule_is_the_apps_until_another_is_chosen(design: AppRun) -> None:
    before = numbers(design)["Mean best IoU"]
    design.test.selectbox(key="design_rule").set_value("letterbox").run()
    design.test.number_input(key="design_side").set_value(224).run()
    design.must_be_whole()
    assert "as the network meets them: letterbox of 224 px" in words(design)
    assert numbers(design)["Mean best IoU"] != before
    assert design.settings.input.max_side == 448
    design.test.selectbox(key="design_rule").set_value("min_max").run()
    design.test.number_input(key="design_side").set_value(800).run()
    assert any("must not be less than the short side" in text for text in design.complaints)
    design.must_be_whole()


def test_the_rule_and_the_data_set_outlast_another_page(design: AppRun) -> None:
    design.test.selectbox(key="design_rule").set_value("stretch").run()
    design.test.switch_page("pages/explore.py").run()
    design.must_be_whole()
    design.test.switch_page("pages/design.py").run()
    assert "stretched to 448 x 448 px" in words(design)
    assert numbers(design)["Objects"] == "41"


def test_a_suggestion_is_applied_to_the_app_and_taken_back(design: AppRun) -> None:
    was = design.settings.anchors
    before = float(numbers(design)["Mean best IoU"])
    press(design, "design_suggest")
    made = design.test.session_state["_design_suggestion"][1]
    assert made.before.anchors == was
    table = next(frame.value for frame in design.test.table if "suggested" in frame.value)
    row = table[table[""] == "mean best IoU"].iloc[0]
    assert row["before"] == f"{before:.3f}"
    assert row["suggested"] == f"{made.after.mean_iou:.3f}"
    assert made.after.mean_iou > made.before.mean_iou
    assert {"anchors per image", "head outputs", "memory", "time after the network"} <= set(
        table[""]
    )

    press(design, "design_apply")
    assert design.settings.anchors == made.anchors
    assert float(numbers(design)["Mean best IoU"]) == pytest.approx(made.after.mean_iou, abs=6e-4)
    assert "sizes" in design.link
    design.test.switch_page("pages/explore.py").run()
    design.must_be_whole()
    assert design.settings.anchors == made.anchors
    assert design.recomputed["network"] is False  # suggesting has already asked it

    design.test.switch_page("pages/design.py").run()
    press(design, "design_undo")
    assert design.settings.anchors == was


def test_an_applied_suggestion_is_told_apart_by_the_threshold_in_force(design: AppRun) -> None:
    """A suggestion keeps the threshold that it was made at; what the page says does not."""
    press(design, "design_suggest")
    design.test.slider(key="design_fg_iou").set_value(0.5).run()
    press(design, "design_apply")
    said = words(design), tables(design)
    shared_store.clear()
    design.test.run()
    assert (words(design), tables(design)) == said


def test_the_report_holds_what_is_in_view_and_is_made_outside_of_the_run(
    design: AppRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    makers: list[Callable[[], str]] = []
    monkeypatch.setattr(
        streamlit, "download_button", lambda _, data, *__, **___: makers.append(data)
    )
    press(design, "design_suggest")
    make = next(data for data in reversed(makers) if callable(data))
    with ThreadPoolExecutor(1) as elsewhere:
        html = elsewhere.submit(make).result()
    made = design.test.session_state["_design_suggestion"][1]
    assert f"{made.after.mean_iou:.3f}" in html


def test_who_waits_for_the_network_is_told_their_place(
    design: AppRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute, info, said = design_suggest.compute, DeltaGenerator.info, list[str]()

    def with_others_ahead(bench, on_position):
        on_position(2)
        return compute(bench, on_position)

    def heard(place, body, **options):
        said.append(body)
        return info(place, body, **options)

    monkeypatch.setattr(design_suggest, "compute", with_others_ahead)
    monkeypatch.setattr(DeltaGenerator, "info", heard)
    press(design, "design_suggest")
    assert "The network is busy: 2 ahead of you." in said
    assert not any("ahead of you" in sentence for sentence in design.explanations)  # gone by now


def test_the_controls_show_what_was_applied(design: AppRun) -> None:
    design.test.selectbox(key="design_form").set_value("grid").run()
    press(design, "design_suggest")
    press(design, "design_apply")
    applied = design.settings.anchors
    assert design.value("anchors.sizes.0") == [
        str(int(size)) if size == int(size) else str(size) for size in applied.sizes[0]
    ]
    design.test.run()
    assert design.settings.anchors == applied


def test_levels_without_anchors_and_no_level_at_all(design: AppRun) -> None:
    pills = next(w for w in design.test.get("button_group") if w.key.startswith("design_levels"))
    pills.set_value(["stride 16", "stride 32"]).run()
    press(design, "design_suggest")
    made = design.test.session_state["_design_suggestion"][1]
    assert [bool(level) for level in made.anchors.shapes] == [False, True, True, False]
    pills = next(w for w in design.test.get("button_group") if w.key.startswith("design_levels"))
    pills.set_value([]).run()
    press(design, "design_suggest")
    assert any("choose at least one stride" in text for text in design.complaints)


def test_the_curve_says_where_more_stops_paying(design: AppRun) -> None:
    press(design, "design_draw_curve")
    curve = design.test.session_state["_design_curve"][1]
    assert [point.shapes for point in curve.points] == [1, 2, 3, 4, 6, 9, 12]
    assert f"From **{curve.enough}** shape" in words(design)
    assert "Measured on 41 objects" in words(design)


@pytest.mark.parametrize("framework", ["torchvision", "detectron2 yaml", "mmdetection"])
def test_exports_are_the_frameworks_own_text(design: AppRun, framework: str) -> None:
    pills = next(w for w in design.test.get("button_group") if w.key == "design_framework")
    pills.set_value(framework).run()
    design.must_be_whole()
    made = export_anchors(framework, AnchorSettings(), STRIDES)
    assert made.text.rstrip() in [code.value.rstrip() for code in design.test.code]
    assert made.warnings == () or any(str(made.warnings[0]) in text for text in design.complaints)


def test_a_pasted_mistake_is_explained_corrected_and_applied(design: AppRun) -> None:
    design.test.text_area(key="design_paste").set_value(SIX_SIZES).run()
    press(design, "design_check")
    assert any(
        text.startswith("You gave 6 sizes, the model has 4 levels (strides 8, 16, 32, 64)")
        for text in design.complaints
    )
    press(design, "design_take")
    assert design.settings.anchors == AnchorSettings(
        ((16,), (32,), (64,), (128,)), ((0.5, 1, 2),) * 4, offset=0, convention="torchvision"
    )


def test_what_the_app_cannot_lay_of_a_pasted_text_is_a_warning(design: AppRun) -> None:
    design.test.text_area(key="design_paste").set_value(
        "L(RotatedAnchorGenerator)(sizes=[[32], [64], [128], [256]], aspect_ratios=[0.5, 1, 2], "
        "strides=[8, 16, 32, 64], angles=[-45, 45], offset=0.0)"
    ).run()
    press(design, "design_check")
    assert any(
        text.startswith("RotatedAnchorGenerator is not the plain generator: it turns each box by")
        for text in design.complaints
    )
    assert not any("it fits this model" in shown.value for shown in design.test.success)
    press(design, "design_take")
    assert design.settings.anchors.sizes == ((32,), (64,), (128,), (256,))


def test_a_pasted_list_of_shapes_is_in_force_as_it_is(design: AppRun) -> None:
    design.test.text_area(key="design_paste").set_value(
        "anchors = 10,13,  16,30,  33,23,  30,61,  62,45,  59,119,  116,90,  156,198,  373,326"
    ).run()
    press(design, "design_check")
    press(design, "design_take")
    assert design.settings.anchors.shapes == (
        ((10, 13), (16, 30), (33, 23)),
        ((30, 61), (62, 45), (59, 119)),
        ((116, 90), (156, 198), (373, 326)),
        (),
    )
    design.must_be_whole()


def test_a_pasted_text_that_is_nothing_is_one_sentence(design: AppRun) -> None:
    design.test.text_area(key="design_paste").set_value("<b>*hello*</b>").run()
    press(design, "design_check")
    assert any("not valid Python" in text for text in design.complaints)
    assert design.settings.anchors == AnchorSettings()
    assert "design_take" not in keys(design)


def test_closing_the_data_set_leads_back_to_the_start(design: AppRun) -> None:
    press(design, "labels_close")
    assert any("Anchors are judged against boxes" in text for text in design.explanations)


OpenApp = Callable[..., AppRun]


def test_no_anchor_at_all_is_no_error(open_app: OpenApp) -> None:
    app = open_app(sizes="none_none_none_none")
    app.test.switch_page("pages/design.py").run()
    app.click("labels_example")
    assert numbers(app)["Mean best IoU"] == "0.000"
    press(app, "design_suggest")
    assert app.test.session_state["_design_suggestion"][1].after.mean_iou > 0.5


# ---- what is wrong with the boxes --------------------------------------------------------------


def open_boxes(page: AppRun, *rows: list[float]) -> None:
    page.upload_labels("x.json", coco(*({"bbox": row} for row in rows)).encode())


def data_set_title(page: AppRun) -> str:
    return next(one.label for one in page.test.expander if one.label.startswith("Data set"))


def test_errors_are_in_the_title_of_the_closed_panel_and_above_the_numbers(empty: AppRun) -> None:
    open_boxes(empty, [10, 10, -5, 4], [10, 10, 30, 30], [20, 30, 30, 30], [40, 10, 20, 40])
    assert data_set_title(empty).endswith("4 boxes in 1 image: :red[1 error]")
    [told] = [one for one in empty.complaints if "The check of the boxes" in one]
    assert told.startswith("The check of the boxes found 1 error, and the numbers are to be read")
    assert "a.jpg, box 0 (x1 10, y1 10, x2 5, y2 14). They are left out." in told
    assert numbers(empty)["Objects"] == "3"


def test_boxes_of_which_no_number_would_mean_anything_have_none(empty: AppRun) -> None:
    open_boxes(empty, [0.1, 0.2, 0.3, 0.4], [0.4, 0.2, 0.3, 0.1])
    assert data_set_title(empty).endswith(": :red[1 error]")
    [told] = [one for one in empty.complaints if "no number would mean anything" in one]
    assert told.startswith("The boxes look like fractions of the image, but are read as pixels")
    assert "Mean best IoU" not in numbers(empty)
    assert "design_suggest" not in keys(empty)


def test_boxes_without_errors_have_neither(design: AppRun) -> None:
    assert "error" not in data_set_title(design)
    assert not any("The check of the boxes" in one for one in design.complaints)
