"""The app on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.app_page import TIMEOUT_MS, AppPage
from tests.pictures import jpeg

pytestmark = pytest.mark.browser


def test_picture_in_view_and_no_sideways_scrolling(open_app: Callable[..., AppPage]) -> None:
    app = open_app(width=390, height=844, touch=True, scale=2)
    stage = app.stage()
    assert stage["x"] >= 0
    assert stage["x"] + stage["width"] <= 390
    assert stage["width"] > 300
    # its upper part is on the first screen
    assert stage["y"] + 150 < 844
    app.shows()
    for panel in ("Table of boxes", "Download and link"):
        app.panel(panel)
        assert app.page.evaluate("document.documentElement.scrollWidth") <= 390
        main = app.page.get_by_test_id("stMain")
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def test_the_side_bar_opens_for_an_upload(open_app: Callable[..., AppPage]) -> None:
    app = open_app(width=390, height=844, touch=True)
    app.page.get_by_test_id("stExpandSidebarButton").tap()
    app.upload("photo_upload", "tall.jpg", jpeg(200, 600))
    expect(app.page.get_by_text("tall.jpg · 200 × 600 px")).to_be_visible(timeout=TIMEOUT_MS)
    app.idle()
    assert app.stage()["width"] <= 390
