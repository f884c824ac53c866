"""The pages ask a proposer what it can show: one without anchors or network breaks none of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pages._ui.nms.scene as nms_scene
from pages._ui.scene.scene import Scene
from pages._ui.scene.selection import CanvasResult
from pages._ui.state.workbench import Workbench
from rpn_core.proposers.anchors_alone import AnchorsAlone
from rpn_core.proposers.base import Proposer
from rpn_core.proposers.rpn import RpnProposer
from tests.app.app_run import AppRun
from tests.fixed_boxes import FixedBoxes


def _alone(bench: Workbench) -> Proposer:
    return AnchorsAlone(RpnProposer(bench.rpn, bench.settings, bench.model_key))


def _words(app: AppRun) -> str:
    kinds = (app.test.markdown, app.test.caption, app.test.info, app.test.warning)
    return "\n".join(element.value for kind in kinds for element in kind)


@pytest.fixture
def open_with(
    open_app: Callable[..., AppRun], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Workbench], Proposer]], AppRun]:
    """Open the app with another proposer in the place of the RPN."""

    def open_(made: Callable[[Workbench], Proposer]) -> AppRun:
        monkeypatch.setattr(Workbench, "proposer", property(made))
        return open_app()

    return open_


def _visit(app: AppRun, page: str) -> str:
    app.test.switch_page(f"pages/{page}.py").run()
    app.must_be_whole()
    assert [error.value for error in app.test.error] == []
    return _words(app)


def test_boxes_from_no_anchor_are_drawn_counted_and_not_traced(open_with) -> None:
    words = _words(open_with(lambda bench: FixedBoxes()))
    assert "**fixed boxes**" in words
    assert "fixed boxes 0" in words, "its stage is in the header, with its time"
    assert "fixed boxes: no network moves a box" in words
    assert "network input" not in words


def test_nms_follows_them_and_their_objects(open_with, monkeypatch: pytest.MonkeyPatch) -> None:
    scenes: list[Scene] = []

    def canvas(scene: Scene, **_: Any) -> CanvasResult:
        scenes.append(scene)
        return CanvasResult()

    monkeypatch.setattr(nms_scene, "box_canvas", canvas)
    words = _visit(open_with(lambda bench: FixedBoxes()), "nms")
    assert "decided in one pass" in words
    assert len(scenes[-1]) == 5
    assert scenes[-1].anchors is None
    assert scenes[-1].level_names == ("upper level", "lower level")


def test_targets_say_that_there_are_none(open_with) -> None:
    words = _visit(open_with(lambda bench: FixedBoxes()), "targets")
    assert "fixed boxes learns from no anchors, so it has no targets." in words


def test_design_needs_no_proposer(open_with) -> None:
    _visit(open_with(lambda bench: FixedBoxes()), "design")


def test_anchors_without_scores_have_targets_and_no_loss(open_with) -> None:
    app = open_with(_alone)
    assert "there is no trace" in _words(app)
    words = _visit(app, "targets")
    assert "The scores are a random order." not in words
    app.test.session_state["targets_panel"] = "loss"
    app.test.run()
    app.must_be_whole()
    assert "A loss of scores that mean nothing would mean nothing" in _words(app)
