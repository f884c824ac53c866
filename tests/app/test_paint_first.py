"""What is slow to draw waits for the answer, and for nothing else."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pages._ui.run import paint_first
from tests.app.app_run import AppRun

CHARTS_S, NUMBERS_S = 0.001, 0.002


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every wait, instead of waiting."""
    asked: list[float] = []
    monkeypatch.setattr(paint_first, "BEFORE_CHARTS_S", CHARTS_S)
    monkeypatch.setattr(paint_first, "BEFORE_NUMBERS_S", NUMBERS_S)
    monkeypatch.setattr(paint_first, "time", SimpleNamespace(sleep=asked.append))
    return asked


@pytest.mark.parametrize(
    ("page", "panel", "other", "wait"),
    [
        ("explore", "panel", "boxes", CHARTS_S),
        ("nms", "nms_panel", "objects", CHARTS_S),
        ("targets", "targets_panel", "Boxes in and out", NUMBERS_S),
    ],
)
def test_only_a_new_picture_is_waited_for(
    app: AppRun, waits: list[float], page: str, panel: str, other: str, wait: float
) -> None:
    app.test.switch_page(f"pages/{page}.py").run()
    app.must_be_whole()
    waits.clear()
    app.set("anchors.size_factor", 1.1)
    assert wait in waits
    app.test.run()
    waits.clear()
    app.test.session_state[panel] = other
    app.test.run()
    app.must_be_whole()
    assert waits == []


def test_charts_of_a_data_set_wait_for_its_numbers_alone(app: AppRun, waits: list[float]) -> None:
    app.test.switch_page("pages/design.py").run()
    app.click("labels_example")
    assert CHARTS_S in waits
    waits.clear()
    app.test.run()
    assert waits == []
    app.set("anchors.size_factor", 1.1)
    assert CHARTS_S in waits
