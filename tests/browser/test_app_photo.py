"""Photos in the running app: the sample at first sight, uploads, the gallery, two visitors."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.app_page import TIMEOUT_MS, AppPage
from tests.pictures import jpeg

pytestmark = pytest.mark.browser
OpenApp = Callable[..., AppPage]


def test_a_newcomer_sees_proposals_on_the_sample_without_a_click(app: AppPage) -> None:
    app.shows()
    expect(app.status).to_have_text(re.compile(r"^[\d,]+ of [\d,]+ proposals shown$"))
    # 56, 28, 14 and 7 cells a side, of 9 shapes
    app.expect_funnel("All anchors", 9 * (56**2 + 28**2 + 14**2 + 7**2))
    assert app.funnel()["Kept: proposals"] == app.number("total") > 0
    expect(app.page.get_by_text("NASA (Eileen Collins)")).to_be_visible()
    app.shows_no_traceback()


def test_an_upload_becomes_the_photo_and_a_sample_replaces_it(app: AppPage) -> None:
    sample = app.data("payload-id")
    app.upload("photo_upload", "garden.jpg", jpeg(640, 320))
    expect(app.page.get_by_text("garden.jpg · 640 × 320 px")).to_be_visible(timeout=TIMEOUT_MS)
    expect(app.root).not_to_have_attribute("data-payload-id", sample, timeout=TIMEOUT_MS)
    expect(app.root).to_have_attribute("data-photo", "ready")
    app.idle()
    # 448 x 224 px: 28 x 56, 14 x 28, 7 x 14 and 4 x 7 cells (the last row is padding)
    app.expect_funnel("All anchors", 9 * (28 * 56 + 14 * 28 + 7 * 14 + 4 * 7))
    app.shows("total")

    app.page.get_by_text("Sample photos and camera").click()
    app.page.get_by_role("button", name="Coins").click()
    expect(app.page).to_have_url(re.compile("photo=coins"), timeout=TIMEOUT_MS)
    app.idle()
    expect(app.root).to_have_attribute("data-photo", "ready", timeout=TIMEOUT_MS)
    expect(app.page.get_by_text("garden.jpg · 640 × 320 px")).to_have_count(0)
    app.shows_no_traceback()


def test_two_visitors_at_once_see_their_own_photos(open_app: OpenApp) -> None:
    first, second = open_app(), open_app()
    first.upload("photo_upload", "mine.jpg", jpeg(400, 400, "maroon"))
    second.upload("photo_upload", "yours.jpg", jpeg(400, 400, "gold"))
    for visitor, name in ((first, "mine.jpg"), (second, "yours.jpg")):
        expect(visitor.page.get_by_text(f"{name} · 400 × 400 px")).to_be_visible(timeout=TIMEOUT_MS)
        visitor.idle()
    first.drag_slider("nms.nms_thresh", 0.5)
    expect(first.page).to_have_url(re.compile("nms=0"), timeout=TIMEOUT_MS)
    first.idle()
    first.switch("proposals")
    second.switch("proposals")
    # a corner of each picture holds nothing but its background
    first.until(lambda: first.near_pixel((8, 8), (128, 0, 0)), "the first sees maroon")
    second.until(lambda: second.near_pixel((8, 8), (255, 215, 0)), "the second sees gold")
    assert "nms" not in second.page.url
