"""The app run by Streamlit's AppTest: no browser, but every widget and every sentence."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from tests.app.app_run import AppRun

ROOT = Path(__file__).resolve().parents[2]
# The first run imports torch and compiles the NMS loop.
TIMEOUT_S = 180


@pytest.fixture(autouse=True)
def _the_app_calls_navigation(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let AppTest run app.py in every run, as the server does.

    Streamlit has an older kind of multipage app, recognised by a folder `pages/`, and takes an
    app for that kind until it has called st.navigation. A server learns this once; AppTest
    forgets it before every run (it sets `uses_pages_directory = None`), and then runs
    pages/explore.py alone, without the frame.
    """
    construct = PagesManager.__init__

    def with_navigation(self: PagesManager, *args: Any, **kwargs: Any) -> None:
        PagesManager.uses_pages_directory = False
        construct(self, *args, **kwargs)

    monkeypatch.setattr(PagesManager, "__init__", with_navigation)
    yield
    PagesManager.uses_pages_directory = None


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test downloads weights, and none finds those that somebody downloaded."""

    def refuse(*_: object, **__: object) -> None:
        raise URLError("no connection")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))


@pytest.fixture(autouse=True)
def _nothing_to_paint(monkeypatch: pytest.MonkeyPatch) -> None:
    """No browser paints, so no run waits for it."""
    for name in ("BEFORE_CHARTS_S", "BEFORE_FIRST_CHART_S", "BEFORE_NUMBERS_S"):
        monkeypatch.setattr(f"pages._ui.run.paint_first.{name}", 0.0)


@pytest.fixture
def open_app() -> Callable[..., AppRun]:
    """Open the app as a new visitor: `open_app(nms="0.5")` follows a link."""

    def open_(**query: str) -> AppRun:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S)
        for key, value in query.items():
            test.query_params[key] = value
        return AppRun(test.run())

    return open_


@pytest.fixture
def app(open_app: Callable[..., AppRun]) -> AppRun:
    """The app at a newcomer's first sight."""
    return open_app()
