"""The page "NMS" and the settings of NMS: what is said, what is computed, what travels."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from pages._ui.nms import scene as nms_scene
from pages._ui.scene.scene import Scene
from pages._ui.scene.selection import CanvasResult
from rpn_core.nms_analysis.survival import survives
from rpn_core.settings import NmsSettings
from rpn_core.stages.fate import Fate
from tests.app.app_run import AppRun

OpenApp = Callable[..., AppRun]


class Canvas:
    """Stands for the picture: keeps what it was given, and selects what a test wants."""

    def __init__(self) -> None:
        self.scenes: list[Scene] = []
        self.anchor: int | None = None

    def __call__(self, scene: Scene, **_: Any) -> CanvasResult:
        self.scenes.append(scene)
        return CanvasResult(anchor=self.anchor)

    @property
    def ledger(self) -> Any:
        return self.scenes[-1].outcome.ledger


@pytest.fixture
def canvas(monkeypatch: pytest.MonkeyPatch) -> Canvas:
    stand_in = Canvas()
    monkeypatch.setattr(nms_scene, "box_canvas", stand_in)
    return stand_in


def open_nms(app: AppRun) -> AppRun:
    app.test.switch_page("pages/nms.py").run()
    app.must_be_whole()
    return app


def words(app: AppRun) -> str:
    return "\n".join(element.value for element in (*app.test.markdown, *app.test.caption))


def test_the_slider_gets_every_threshold_and_agrees_with_the_ledger(
    app: AppRun, canvas: Canvas
) -> None:
    open_nms(app)
    survival = canvas.scenes[-1].survival
    alive = survives(survival.masks, 70)
    assert survival.threshold == 0.7
    assert survival.order[alive][: survival.post_nms_top_n].tolist() == canvas.ledger.kept.tolist()
    assert {"threshold sweep", "curves", "recall"} <= set(app.recomputed)
    assert any("Click a box in the picture" in text for text in app.explanations)


def test_a_suppressed_box_is_told_by_whom_and_with_which_overlap(
    app: AppRun, canvas: Canvas
) -> None:
    open_nms(app)
    ledger = canvas.ledger
    canvas.anchor = int(torch.nonzero(ledger.suppressed_by >= 0)[0])
    app.test.run()
    app.must_be_whole()
    by = int(ledger.suppressed_by[canvas.anchor])
    iou = float(ledger.suppressed_iou[canvas.anchor])
    said = words(app)
    assert f"Box {canvas.anchor} is suppressed by box {by} (score" in said
    assert f"IoU {iou:.3f} > 0.7." in said
    # every chain ends at a box that nothing better overlaps
    assert re.search(r"No better box overlaps box \d+ by more than 0.7\.", said)
    victims = int((ledger.suppressed_by == by).sum())
    canvas.anchor = by
    app.test.run()
    count = "1 box" if victims == 1 else f"{victims:,} boxes"
    assert f"**It suppresses {count}**" in words(app)
    assert "**Why it stays**" in words(app)


def test_a_box_that_did_not_enter_nms_is_told_so(app: AppRun, canvas: Canvas) -> None:
    open_nms(app)
    below = canvas.ledger.fate == int(Fate.BELOW_PRE_NMS_TOP_N)
    canvas.anchor = int(torch.nonzero(below)[0])
    app.test.run()
    app.must_be_whole()
    assert "It did not enter NMS" in words(app)


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        ("matrix", r"Box \d+ and 15 of the [\d,]+ boxes that overlap it"),
        ("objects", r"a proposal covers \*\*\d+ of 5 objects\*\* with IoU ≥ 0.5"),
        ("top_n", r"spares it up to [\d,]+ comparisons"),
    ],
)
def test_each_panel_says_what_it_shows(app: AppRun, canvas: Canvas, panel: str, said: str) -> None:
    app.test.session_state["nms_panel"] = panel
    open_nms(app)
    assert re.search(said, words(app))


def test_soft_nms_travels_in_the_link_and_turns_the_slider_off(
    open_app: OpenApp, canvas: Canvas
) -> None:
    app = open_app(method="soft-gaussian", sigma="0.3", soft="0.05", across="1")
    assert app.settings.nms == NmsSettings(0.7, 1000, "soft-gaussian", 0.3, 0.05, True)
    open_nms(app)
    assert canvas.scenes[-1].survival is None
    assert "are for greedy NMS" in words(app)
    assert "these curves are not what it does" in words(app)
    ledger = canvas.ledger
    assert int(ledger.counts.sum()) == len(canvas.scenes[-1].anchors)
    canvas.anchor = int(torch.nonzero(ledger.suppressed_by >= 0)[0])
    app.test.run()
    app.must_be_whole()
    assert "took most from its score" in words(app)
    assert "after Soft-NMS 0.0" in words(app)


def test_the_method_has_its_own_controls_and_the_others_keep_their_values(app: AppRun) -> None:
    app.set("nms.nms_thresh", 0.55)
    app.set("nms.method", "soft-gaussian")
    app.set("nms.sigma", 0.25)
    assert app.link == {"nms": "0.55", "method": "soft-gaussian", "sigma": "0.25"}
    with pytest.raises(KeyError):
        app.value("nms.nms_thresh")
    app.set("nms.method", "none")
    assert app.settings.nms.method == "none"
    app.set("nms.method", "greedy")
    assert app.value("nms.nms_thresh") == 0.55
    assert app.settings.nms.sigma == 0.25
    assert app.recomputed["network"] is False


def test_nothing_that_enters_nms_is_explained(open_app: OpenApp, canvas: Canvas) -> None:
    app = open_app(score="1")
    for panel in ("box", "matrix", "objects", "top_n"):
        app.test.session_state["nms_panel"] = panel
        open_nms(app)
    assert np.size(canvas.scenes[-1].survival.order) == 0


def test_nothing_that_enters_nms_can_be_drawn(open_app: OpenApp) -> None:
    open_nms(open_app(score="1"))


def test_without_scores_there_is_nothing_to_sort(open_app: OpenApp) -> None:
    app = open_nms(open_app(model="vgg16", preset="paper 2015"))
    assert any("nothing that NMS could sort" in text for text in app.explanations)
