"""Other models in the running app, where nothing can be downloaded."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.app_page import TIMEOUT_MS, AppPage
from tests.pictures import jpeg

pytestmark = pytest.mark.browser


def test_vgg16_shows_the_papers_16650_anchors_and_no_score(app: AppPage) -> None:
    app.upload("photo_upload", "photo.jpg", jpeg(800, 600))
    expect(app.page.get_by_text("photo.jpg · 800 × 600 px")).to_be_visible(timeout=TIMEOUT_MS)
    app.idle()
    app.choose("preset", "paper 2015")
    expect(app.page).to_have_url(re.compile("paper"), timeout=TIMEOUT_MS)
    app.idle()
    app.choose("model", "VGG16")
    expect(app.page.locator(".note")).to_have_text(
        re.compile("^The head is untrained, so no score or offset is shown"), timeout=TIMEOUT_MS
    )
    app.idle()
    app.shows_no_traceback()
    metric = app.page.get_by_test_id("stMetric")
    expect(metric).to_contain_text("16,650")
    expect(app.status).to_contain_text("of 16,650 anchors shown")
    expect(app.page.locator("[data-layer=proposals]")).to_be_hidden()
    expect(app.key("funnel_chart")).to_have_count(0)
    app.page.mouse.move(*app.on_page(400, 300))
    expect(app.tip).not_to_contain_text("Score")
    app.panel("Download and link")
    expect(app.page.get_by_text("No proposals to download")).to_be_visible()


def test_a_model_that_cannot_be_downloaded_leaves_the_old_one_in_use(app: AppPage) -> None:
    payload = app.data("payload-id")
    app.choose("model", "MobileNetV3 FPN, 320 px")
    app.says(re.compile(r"could not be downloaded .*connect and try again, or put"))
    app.says("Still in use: Lite0-FPN, any anchor.")
    assert app.data("payload-id") == payload
    app.shows()
    app.page.get_by_role("button", name="Try again").click()
    app.says("could not be downloaded")
    app.choose("model", "Lite0-FPN")
    expect(app.page.get_by_text("could not be downloaded")).to_have_count(0, timeout=TIMEOUT_MS)


def test_the_model_card_opens_over_the_page(app: AppPage) -> None:
    before = app.data("payload-id")
    app.page.get_by_role("button", name="Model card").click()
    dialog = app.page.get_by_role("dialog")
    expect(dialog).to_contain_text("EfficientNet-Lite0")
    expect(dialog).to_contain_text("All models")
    app.shows_no_traceback()
    app.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert app.data("payload-id") == before
