"""Targets and loss, page and frame together: what is said, what moves, and what is not rerun."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save

import pages._ui.canvas.box_canvas as canvas
from pages._ui.scene.edits import read_edit
from pages._ui.scene.scene import Scene
from pages._ui.scene.selection import CanvasResult
from pages._ui.state.visit import TARGETS_PANEL
from pages._ui.targets.scene import Panel
from pages._ui.targets.threshold_histogram import read_thresholds
from rpn_core.labels.ground_truth import GroundTruth, Origin
from rpn_core.labels.objects import Objects, make_objects
from rpn_core.models.networks.build import build_network
from rpn_core.settings import LossSettings, MatchSettings, SampleSettings, Settings
from tests.app.app_run import AppRun
from tests.app.test_models import upload_weights
from tests.pictures import jpeg
from tests.unit.labels_data import coco, zipped

OpenApp = Callable[..., AppRun]
OWN_STAGES = ("matching", "reasons", "histogram", "sample", "loss")


class Picture:
    """Stands in for the canvas: keeps the scenes, and does what a person would do on it."""

    def __init__(self) -> None:
        self.scenes: list[Scene] = []
        self.on_objects: Callable[[Objects], None] | None = None
        self.object: int | None = None
        self.anchor: int | None = None

    def __call__(self, scene: Scene, *, key: str, on_objects: Any = None, **_: Any) -> CanvasResult:
        self.scenes.append(scene)
        self.on_objects = on_objects
        return CanvasResult(self.anchor, None, self.object, scene.objects)

    @property
    def scene(self) -> Scene:
        return self.scenes[-1]

    def kinds(self) -> dict[str, int]:
        """Name of each class of anchors -> how many anchors are of it."""
        classes = self.scene.classes
        assert classes is not None
        counts = torch.bincount(classes.of.long(), minlength=len(classes.styles)).tolist()
        return dict(zip((str(style.name) for style in classes.styles), counts, strict=True))

    def states(self) -> list[str]:
        """What is told of each object."""
        states = self.scene.object_states
        assert states is not None
        return [str(states.styles[state].name) for state in states.of]


@pytest.fixture
def picture(monkeypatch: pytest.MonkeyPatch) -> Picture:
    stand_in = Picture()
    monkeypatch.setattr(canvas, "box_canvas", stand_in)
    return stand_in


@pytest.fixture
def page(app: AppRun, picture: Picture) -> AppRun:
    """The page with the astronaut and the five objects of the example."""
    app.test.switch_page("pages/targets.py").run()
    app.must_be_whole()
    return app


def words(app: AppRun) -> str:
    texts = [e.value for e in (*app.test.markdown, *app.test.caption, *app.test.text)]
    return re.sub(r"\\([^A-Za-z0-9])", r"\1", "\n".join(texts))


def open_panel(app: AppRun, panel: Panel) -> None:
    app.test.session_state["targets_panel"] = panel
    app.test.run()
    app.must_be_whole()


def settings_of(app: AppRun) -> tuple[MatchSettings, SampleSettings, LossSettings]:
    found: Settings = app.test.session_state["_settings"]
    return found.match, found.sample, found.loss


def set_value(app: AppRun, name: str, value: Any) -> None:
    app._drawn_widget(name).set_value(value).run()
    app.must_be_whole()


def draw(app: AppRun, *boxes: tuple[float, ...]) -> None:
    """Leave these boxes on the photo, as when they were drawn on the canvas."""
    objects = make_objects(np.array(boxes, np.float64).reshape(-1, 4))
    drawn = GroundTruth(objects, Origin.DRAWN)
    app.test.session_state["_ground_truth"] = {app.bench.photo.sha256: drawn}
    app.test.run()
    app.must_be_whole()


def test_the_settings_travel_in_the_link(page: AppRun, open_app: Callable[..., AppRun]) -> None:
    assert page.link == {}
    set_value(page, "match.fg_iou_thresh", 0.6)
    page.click("targets_reset")
    assert page.link == {}
    set_value(page, "match.fg_iou_thresh", 0.6)
    set_value(page, "match.drop_cross_border", True)
    assert page.link == {"fg": "0.6", "nocross": "1"}
    page.test.switch_page("pages/explore.py").run()
    page.must_be_whole()
    assert page.link == {"fg": "0.6", "nocross": "1"}
    again = open_app(**page.link)
    assert settings_of(again) == settings_of(page)
    assert again.link == page.link
    assert again.complaints == []
    broken = open_app(fg="7", seed="3")
    assert len(broken.complaints) == 1
    assert broken.complaints[0].startswith(
        'The link\'s fg=7 was ignored: "Foreground IoU, at least" must be a number from'
    )
    assert broken.link == {"seed": "3"}


def test_the_example_is_there_to_be_looked_at(page: AppRun, picture: Picture) -> None:
    assert "5 objects, from the bundled example." in words(page)
    assert re.search(r"\*\*\d of 5 objects\*\* have an anchor that fits", words(page))
    kinds = picture.kinds()
    assert kinds["positive"] > 0
    assert sum(kinds.values()) == len(picture.scene.anchors)
    assert len(picture.states()) == 5
    assert picture.scene.objects_editable
    assert picture.scene.objects_numbered
    assert list(page.recomputed)[-len(OWN_STAGES) :] == list(OWN_STAGES)


@pytest.mark.parametrize(
    ("name", "value", "panel", "first"),
    [
        ("match.fg_iou_thresh", 0.61, Panel.OBJECTS, "matching"),
        ("match.bg_iou_thresh", 0.27, Panel.OBJECTS, "matching"),
        ("match.allow_low_quality", False, Panel.OBJECTS, "matching"),
        ("match.drop_cross_border", True, Panel.OBJECTS, "matching"),
        ("sample.batch_size_per_image", 77, Panel.MINIBATCH, "sample"),
        ("sample.positive_fraction", 0.15, Panel.MINIBATCH, "sample"),
        ("sample.seed", 99, Panel.MINIBATCH, "sample"),
        ("loss.form", "paper", Panel.LOSS, "loss"),
        ("loss.reg_lambda", 3.0, Panel.LOSS, "loss"),
        ("loss.beta", 0.5, Panel.LOSS, "loss"),
    ],
)
def test_a_control_moves_its_own_stage_and_never_the_network(
    page: AppRun, name: str, value: object, panel: Panel, first: str
) -> None:
    open_panel(page, panel)
    set_value(page, name, value)
    wanted = {stage: OWN_STAGES.index(stage) >= OWN_STAGES.index(first) for stage in OWN_STAGES}
    assert {stage: page.recomputed[stage] for stage in OWN_STAGES} == wanted
    others = {k: v for k, v in page.recomputed.items() if k not in OWN_STAGES}
    assert not any(others.values())
    page.test.run()
    assert not any(page.recomputed.values())


def test_nms_moves_recall_and_not_the_matching(page: AppRun) -> None:
    page.set("nms.nms_thresh", 0.43)
    assert "recall" not in page.recomputed  # nobody looks at it
    open_panel(page, Panel.RECALL)
    page.set("nms.nms_thresh", 0.41)
    assert page.recomputed["recall"]
    assert not any(page.recomputed[stage] for stage in OWN_STAGES)
    assert not page.recomputed["network"]
    page.test.run()
    assert not page.recomputed["recall"]


def test_one_threshold_pushes_the_other(page: AppRun) -> None:
    set_value(page, "match.fg_iou_thresh", 0.2)
    assert page.settings.match == MatchSettings(0.2, 0.2)
    set_value(page, "match.bg_iou_thresh", 0.45)
    assert page.settings.match == MatchSettings(0.45, 0.45)
    page.click("targets_reset")
    assert settings_of(page) == (MatchSettings(), SampleSettings(), LossSettings())


def test_settings_outlast_a_visit_to_another_page(page: AppRun) -> None:
    set_value(page, "match.fg_iou_thresh", 0.55)
    page.test.switch_page("pages/explore.py").run()
    page.test.switch_page("pages/targets.py").run()
    assert page.test.number_input(key="match.fg_iou_thresh").value == 0.55


def test_the_low_quality_rule_says_what_it_takes(page: AppRun, picture: Picture) -> None:
    set_value(page, "match.fg_iou_thresh", 0.85)  # what few anchors reach
    assert re.search(r"The low-quality rule makes \d+ anchors? positive: \d+ from the", words(page))
    before = picture.kinds()
    set_value(page, "match.allow_low_quality", False)
    assert "The low-quality rule would make" in words(page)
    assert picture.kinds()["positive, low quality"] == 0
    assert picture.kinds()["positive"] == before["positive"]
    assert "low quality only" not in picture.states()


def test_a_remedy_that_is_pressed_works(page: AppRun, picture: Picture) -> None:
    set_value(page, "match.fg_iou_thresh", 0.85)
    number = picture.states().index("low quality only")
    anchors = page.settings.anchors
    page.click(f"targets_remedy_{number}")
    assert page.settings.anchors != anchors
    assert picture.states()[number] == "has a positive"


def test_a_drawn_box_is_reported_on(page: AppRun, picture: Picture) -> None:
    draw(page, (100, 100, 104, 190), (40, 40, 300, 310))
    assert "2 objects, drawn by hand." in words(page)
    assert "Object 1: " in words(page).replace("**", "")
    assert picture.states()[0] != "has a positive"


def test_without_boxes_it_says_how_to_begin(page: AppRun, picture: Picture) -> None:
    draw(page)
    assert "No objects yet" in words(page)
    assert any("Edit boxes" in text for text in page.explanations)
    assert picture.kinds()["negative"] == len(picture.scene.anchors)
    for panel in Panel:
        open_panel(page, panel)
    assert picture.states() == []


def test_one_object_is_looked_at_alone(page: AppRun, picture: Picture) -> None:
    before = picture.kinds()
    picture.object = 0
    page.test.run()
    kinds = picture.kinds()
    assert kinds["positive for another object"] > 0
    assert kinds["positive"] + kinds["positive, low quality"] < (
        before["positive"] + before["positive, low quality"]
    )
    assert "anchors that learn from it, best first." in words(page)
    page.click("targets_all")
    assert "positive for another object" not in picture.kinds()


def test_a_category_is_typed_and_shown_as_it_is(page: AppRun, picture: Picture) -> None:
    picture.object = 4
    page.test.run()
    key = f"targets_category_{picture.scene.objects.ids[4]}"
    page.test.text_input(key=key).set_value("*a* <b>[c](d)").run()
    page.must_be_whole()
    assert picture.scene.objects.categories[4] == "*a* <b>[c](d)"
    assert any(r"\*a\* \<b\>\[c\]" in m.value for m in page.test.markdown)


@pytest.mark.parametrize("name", ["3", "12. cat"])
def test_a_category_that_looks_like_a_number_outlives_a_drawn_box(
    page: AppRun, picture: Picture, name: str
) -> None:
    picture.object = 4
    page.test.run()
    before = picture.scene.objects
    assert before is not None
    page.test.text_input(key=f"targets_category_{before.ids[4]}").set_value(name).run()
    sent = {
        "photo": picture.scene.photo.id,
        "revision": picture.scene.objects_revision,
        "objects": [[i, *box] for i, box in zip(before.ids, before.boxes.tolist(), strict=True)],
    }
    sent["objects"].append([max(before.ids) + 1, 10, 10, 60, 60])
    edited = read_edit(sent, picture.scene)
    assert edited is not None
    kept = page.test.session_state["_ground_truth"][page.bench.photo.sha256]
    page.test.session_state["_ground_truth"] = {page.bench.photo.sha256: kept.edited_to(edited)}
    page.test.run()
    page.must_be_whole()
    objects = picture.scene.objects
    assert objects is not None
    assert objects.categories == (*before.categories[:4], name, "")
    assert "6 objects, from the bundled example, edited by hand." in words(page)


def test_resample_draws_others_and_the_first_seed_the_first(page: AppRun, picture: Picture) -> None:
    open_panel(page, Panel.MINIBATCH)
    first = picture.scene.classes.of
    assert picture.kinds()["drawn as positive"] + picture.kinds()["drawn as negative"] == 256
    assert re.search(r"negatives of [\d,]+ are left out", words(page))
    page.click("targets_resample")
    assert page.settings.sample == SampleSettings(seed=1)
    assert not torch.equal(picture.scene.classes.of, first)
    set_value(page, "sample.seed", 0)
    assert torch.equal(picture.scene.classes.of, first)


def test_the_loss_adds_up_in_both_forms(page: AppRun, picture: Picture) -> None:
    open_panel(page, Panel.LOSS)
    for form, reg_lambda in (("torchvision", 1), ("paper", 10)):
        if form == "paper":
            set_value(page, "loss.form", form)
        assert page.settings.loss == LossSettings(form, reg_lambda)
        latex = page.test.latex[0].value
        parts = re.search(r"&= (\d\.\d{4}) \+ (\d\.\d{4}) = (\d\.\d{4})", latex)
        assert parts is not None
        by_score, by_offset, total = (float(part) for part in parts.groups())
        assert total == pytest.approx(by_score + by_offset, abs=2e-4)
        values = picture.scene.values
        assert values is not None
        assert int(values.values.isfinite().sum()) == 256
        assert float(values.values.nansum()) == pytest.approx(total, abs=1e-4)
    assert r"\frac{10}{4165}" in latex  # 56 * 56 + 28 * 28 + 14 * 14 + 7 * 7 locations


def test_a_chosen_positive_is_alone_on_the_curve(page: AppRun, picture: Picture) -> None:
    open_panel(page, Panel.LOSS)
    assert "The curve's marks: All drawn positives." in words(page)
    role = picture.scene.classes.of
    picture.anchor = int((role == 0).nonzero()[0])
    page.test.run()
    assert f"The curve's marks: Anchor {picture.anchor}." in words(page)


def test_recall_by_stage_says_where_an_object_was_lost(page: AppRun, picture: Picture) -> None:
    open_panel(page, Panel.RECALL)
    assert re.search(r"\*\*\d of 5 objects\*\* are found by a proposal", words(page))
    assert picture.scene.outcome is not None
    page.set("nms.post_nms_top_n", 1)
    assert 'Lost at "Kept: proposals"' in words(page)
    assert "lost" in picture.states()


def test_an_image_of_a_data_set_is_opened_with_its_boxes(page: AppRun, picture: Picture) -> None:
    open_panel(page, Panel.KEEP)
    page.click("labels_example")
    page.test.number_input(key="targets_label_image").set_value(2).run()
    page.click("targets_open_image")
    labels = page.test.session_state["_labels"].labels
    assert page.bench.photo.name == labels.names[1]
    objects = picture.scene.objects
    assert objects is not None
    boxes = labels.boxes[labels.boxes_of(1)]
    assert np.array_equal(objects.boxes, boxes)
    assert f"{len(boxes):,} objects, from" in words(page)


def test_errors_of_an_image_of_a_data_set_are_told_before_its_numbers(page: AppRun) -> None:
    open_panel(page, Panel.KEEP)
    rows = ({"bbox": box} for box in ([10, 10, -5, 4], [10, 10, 30, 30], [20, 30, 30, 30]))
    archive = zipped({"x.json": coco(*rows), "a.jpg": jpeg(100, 80)})
    page.upload_labels("x.zip", archive)
    page.click("targets_open_image")
    open_panel(page, Panel.OBJECTS)
    [told] = [one for one in page.complaints if "without area" in one]
    assert "1 found (x1 10, y1 10, x2 5, y2 14). They are left out. Swap corners" in told
    [panels] = [one for one in page.test.get("button_group") if one.key == TARGETS_PANEL.key]
    assert "Boxes in and out: 1 error" in panels.options


def test_a_photo_shown_larger_is_a_remedy_too(page: AppRun, picture: Picture) -> None:
    # 12 px in the photo, 10.5 in the network input: on a grid of 8 px no shape can do
    draw(page, (101, 101, 113, 113))
    assert picture.states() != ["has a positive"]
    assert "Show the photo larger to the network" in words(page)
    before = page.settings.input
    page.click("targets_remedy_0")
    assert page.settings.input.max_side > before.max_side
    assert picture.states() == ["has a positive"]


def test_scores_that_mean_nothing_have_no_loss(open_app: OpenApp, picture: Picture) -> None:
    app = open_app(model="vgg16", min="64", max="64")
    app.test.switch_page("pages/targets.py").run()
    app.must_be_whole()
    open_panel(app, Panel.LOSS)
    assert any("A loss of scores that mean nothing" in text for text in app.explanations)
    assert not app.test.latex
    assert picture.scene.values is None
    open_panel(app, Panel.RECALL)
    assert any("no proposals to look for objects in" in text for text in app.explanations)
    open_panel(app, Panel.OBJECTS)  # what needs no scores is there
    assert "5 objects, from the bundled example." in words(app)


def test_borrowed_scores_are_called_borrowed(open_app: OpenApp, picture: Picture) -> None:
    app = open_app(model="vgg16", min="64", max="64", ratios="0.5-1-3")
    torch.manual_seed(1)
    upload_weights(app, "mine.safetensors", save(build_network("vgg16").state_dict()))
    app.test.switch_page("pages/targets.py").run()
    open_panel(app, Panel.LOSS)
    assert any("borrows" in text and "So it is with this loss." in text for text in app.complaints)
    assert app.test.latex


@pytest.mark.parametrize(
    "hostile",
    [
        None, 5, "x", [], {}, {"bg": 30}, {"bg": "30", "fg": 70}, {"bg": 30.5, "fg": 70},
        {"bg": True, "fg": 70}, {"bg": -1, "fg": 70}, {"bg": 30, "fg": 101}, {"bg": 0, "fg": 0},
        {"bg": 10**400, "fg": 70}, {"bg": 71, "fg": 70},
    ],
)  # fmt: skip
def test_what_a_browser_may_send_for_thresholds_is_checked(hostile: object) -> None:
    assert read_thresholds(hostile) is None


def test_thresholds_of_the_histogram_are_read() -> None:
    assert read_thresholds({"bg": 30, "fg": 70, "more": 1}) == (0.3, 0.7)
