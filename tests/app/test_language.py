"""In another language every word of a page is in that language: none is left out of the catalogue.

Every text is drawn in a language that marks what it says; what then has letters outside the marks
was said past `rpn_core.messages`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
import torch

from pages._ui.canvas import box_canvas as canvas
from pages._ui.controls.side_bar import TABS
from pages._ui.nms import scene as nms_scene
from pages._ui.scene.scene import Scene
from pages._ui.scene.selection import CanvasResult
from pages._ui.state import language as visit
from pages._ui.state.remembered import Control
from pages._ui.state.visit import (
    CAMERA_ON,
    DESIGN_KIND,
    EXPLORE_PANEL,
    FRAMEWORK,
    GALLERY,
    NMS_PANEL,
    OPEN_TAB,
    PASTED,
    RESIZE_RULE,
    TARGETS_PANEL,
)
from pages._ui.targets.scene import Panel
from rpn_core.design.groups import GroupKind
from rpn_core.design.resize_rule import RESIZE_KINDS
from rpn_core.frameworks.table import FRAMEWORKS
from rpn_core.messages import language
from rpn_core.stages.fate import Fate
from tests.app.app_run import AppRun
from tests.app.unmarked_text import LANGUAGE, texts, unmarked
from tests.pictures import jpeg

OpenApp = Callable[..., AppRun]


class Canvas:
    """Stands for the picture: selects what a test wants."""

    anchor: int | None = None
    object: int | None = None

    def __call__(self, scene: Scene, **_: Any) -> CanvasResult:
        self.scene = scene
        return CanvasResult(self.anchor, None, self.object, scene.objects)

    def select(self, app: AppRun, fate: Fate) -> None:
        """Select the first box that ended so, and run the app."""
        assert self.scene.outcome is not None
        ledger = self.scene.outcome.ledger
        self.anchor = int(torch.nonzero(ledger.fate == int(fate))[0])
        app.test.run()
        app.must_be_whole()


@pytest.fixture
def picture(monkeypatch: pytest.MonkeyPatch) -> Canvas:
    stand_in = Canvas()
    monkeypatch.setattr(canvas, "box_canvas", stand_in)
    monkeypatch.setattr(nms_scene, "box_canvas", stand_in)
    return stand_in


@pytest.fixture(autouse=True)
def _marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(visit, "visit_language", lambda: LANGUAGE)
    with language(LANGUAGE):  # AppTest looks options up by their words, outside of the app's run
        yield


def to(app: AppRun, page: str) -> AppRun:
    app.test.switch_page(f"pages/{page}.py").run()
    app.must_be_whole()
    return app


def show(app: AppRun, key: str, value: object) -> None:
    app.test.session_state[key] = value
    app.test.run()
    app.must_be_whole()


FATES = (Fate.BELOW_PRE_NMS_TOP_N, Fate.SUPPRESSED, Fate.BEYOND_POST_NMS_TOP_N, Fate.KEPT)


def test_explore(picture: Canvas, app: AppRun) -> None:
    assert any("Your photo" in text for _, text in texts(app.test._tree))
    assert sorted(unmarked(app.test)) == []
    for fate in FATES[:2] + FATES[3:]:
        picture.select(app, fate)
        assert sorted(unmarked(app.test)) == []
    for panel in ("boxes", "keep"):
        show(app, EXPLORE_PANEL.key, panel)
        assert sorted(unmarked(app.test)) == []


def test_the_side_bar(app: AppRun) -> None:
    show(app, GALLERY.key, True)
    show(app, CAMERA_ON.key, True)
    assert any("Use the camera" in text for _, text in texts(app.test._tree))
    assert sorted(unmarked(app.test)) == []
    for tab in TABS:
        show(app, OPEN_TAB.key, str(tab))
        assert sorted(unmarked(app.test)) == []


@pytest.mark.parametrize(
    "query",
    [
        {"model": "vgg16", "preset": "paper 2015"},
        {"score": "1"},
        {"size": "a lot", "model": "7", "preset": "8", "photo": "own"},
    ],
    ids=["an untrained model", "no proposals", "a link that is wrong"],
)
def test_explore_and_nms_with_little_to_show(open_app: OpenApp, query: dict[str, str]) -> None:
    app = open_app(**query)
    for panel in ("trace", "boxes", "keep"):
        show(app, EXPLORE_PANEL.key, panel)
        assert sorted(unmarked(app.test)) == []
    to(app, "nms")
    for panel in ("box", "matrix", "objects", "top_n"):
        show(app, NMS_PANEL.key, panel)
        assert sorted(unmarked(app.test)) == []


@pytest.mark.parametrize("method", ["greedy", "soft-gaussian", "soft-linear", "none"])
def test_nms(open_app: OpenApp, picture: Canvas, method: str) -> None:
    app = to(open_app(method=method), "nms")
    assert sorted(unmarked(app.test)) == []
    for panel in ("matrix", "objects", "top_n", "box"):
        show(app, NMS_PANEL.key, panel)
        assert sorted(unmarked(app.test)) == []
    for fate in FATES[::3] if method == "none" else (*FATES[:2], FATES[3]):
        picture.select(app, fate)
        assert sorted(unmarked(app.test)) == []


def test_the_dialog_of_a_model(app: AppRun) -> None:
    app.click("model_card")
    assert any("All models" in text for _, text in texts(app.test._tree))
    assert sorted(unmarked(app.test)) == []


def test_what_cannot_be_loaded(app: AppRun) -> None:
    app.set("model", "fasterrcnn_mobilenet_v3_large_320_fpn")  # there is no connection
    (complaint,) = app.complaints
    assert "Still in use" in complaint
    app.set("photo_upload", ("notes.txt", b"no photo", "text/plain"))
    app.set("settings_upload", ("settings.json", b"[", "application/json"))
    assert len(app.complaints) == 3
    assert sorted(unmarked(app.test)) == []


def test_a_photo_of_one_s_own(app: AppRun) -> None:
    app.set("photo_upload", ("garden.jpg", jpeg(320, 200), "image/jpeg"))
    show(app, EXPLORE_PANEL.key, "keep")
    assert sorted(unmarked(app.test)) == []


@pytest.mark.parametrize("panel", Panel)
def test_targets(picture: Canvas, app: AppRun, panel: Panel) -> None:
    show(to(app, "targets"), TARGETS_PANEL.key, panel)
    assert any("example" in text for _, text in texts(app.test._tree))
    assert sorted(unmarked(app.test)) == []
    picture.object = 0
    picture.anchor = 12_000
    app.test.run()
    app.must_be_whole()
    assert sorted(unmarked(app.test)) == []


@pytest.mark.parametrize(
    "query",
    [{"model": "vgg16"}, {"fg": "0.95", "lowq": "0"}, {"sizes": "none_none_none_none"}],
    ids=["no loss", "few positives", "no anchors"],
)
def test_targets_with_little_to_show(
    picture: Canvas, open_app: OpenApp, query: dict[str, str]
) -> None:
    app = to(open_app(**query), "targets")
    for panel in Panel:
        show(app, TARGETS_PANEL.key, panel)
        assert sorted(unmarked(app.test)) == []


def test_anchor_design(app: AppRun) -> None:
    to(app, "design")
    assert sorted(unmarked(app.test)) == []
    app.click("labels_example")
    assert sorted(unmarked(app.test)) == []
    for key in ("design_suggest", "design_apply", "design_draw_curve"):
        app.click(key)
        assert sorted(unmarked(app.test)) == []


@pytest.mark.parametrize(
    ("control", "value"),
    [
        *((RESIZE_RULE, rule) for rule in RESIZE_KINDS),
        *((DESIGN_KIND, kind) for kind in get_args(GroupKind)),
        *((FRAMEWORK, framework) for framework in FRAMEWORKS),
    ],
)
def test_anchor_design_by_every_choice(app: AppRun, control: Control[str], value: str) -> None:
    to(app, "design").click("labels_example")
    show(app, control.key, value)
    assert sorted(unmarked(app.test)) == []


@pytest.mark.parametrize(
    "pasted", ["AnchorGenerator(((16,), (32,)), ((1.0,),) * 2)", "<b>hello</b>", ""]
)
def test_anchor_design_with_a_pasted_text(app: AppRun, pasted: str) -> None:
    to(app, "design").click("labels_example")
    app.test.text_area(key=PASTED.key).set_value(pasted).run()
    app.click("design_check")
    assert sorted(unmarked(app.test)) == []
