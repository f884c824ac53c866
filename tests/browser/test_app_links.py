"""The address: it follows the settings, reopens them, and may be broken."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.app_server import serve
from tests.browser.app_page import TIMEOUT_MS, AppPage
from tests.pictures import jpeg

pytestmark = pytest.mark.browser
OpenApp = Callable[..., AppPage]


def test_the_shown_link_reopens_sample_and_settings(open_app: OpenApp) -> None:
    first = open_app("photo=coins")
    first.drag_slider("nms.nms_thresh", 0.5)
    expect(first.page).to_have_url(re.compile(r"photo=coins&nms=0\.\d+$"), timeout=TIMEOUT_MS)
    first.idle()
    first.panel("Download and link")
    link = first.page.get_by_test_id("stCode").inner_text().strip()
    expect(first.page.get_by_text("This link reopens the same photo")).to_be_visible()

    second = open_app(visit=False)
    second.url = link
    second.open()
    threshold = second.key("nms.nms_thresh").get_by_test_id("stSliderThumbValue").inner_text()
    assert float(threshold) == float(link.rpartition("=")[2]) != 0.7
    assert second.funnel_now() == first.funnel_now()
    assert second.data("payload-id") == first.data("payload-id")
    assert second.page.url == first.page.url


def test_a_link_for_an_upload_says_that_the_photo_does_not_travel(open_app: OpenApp) -> None:
    first = open_app()
    first.upload("photo_upload", "garden.jpg", jpeg(300, 200))
    expect(first.page).to_have_url(re.compile(r"\?photo=own$"), timeout=TIMEOUT_MS)
    first.idle()
    first.panel("Download and link")
    expect(first.page.get_by_text("your own photo does not travel with it")).to_be_visible()
    second = open_app("photo=own")
    second.says("The link was made for an uploaded photo, which does not travel with it")
    second.shows()


def test_a_broken_link_is_explained_value_by_value(open_app: OpenApp) -> None:
    app = open_app("nms=junk&sizes=nan&model=x&photo=zzz&preset=q")
    app.says("The link's model=x is unknown: the default model is used.")
    app.says("The link's preset=q is unknown: the model's own settings are used.")
    app.says("There is no sample photo 'zzz'")
    app.says('The link\'s nms=junk was ignored: "NMS IoU threshold" must be a number from 0 to 1')
    app.says("The link's sizes=nan was ignored")
    app.shows()
    assert "?" not in app.page.url


def test_nothing_is_asked_from_any_other_host(open_app: OpenApp) -> None:
    app = open_app(visit=False)
    asked: list[str] = []
    app.page.on("request", lambda request: asked.append(request.url))
    app.page.on("websocket", lambda socket: asked.append(socket.url))
    app.open()
    app.funnel_now()
    app.panel("Table of boxes")
    app.panel("Download and link")
    app.page.get_by_text("Sample photos and camera").click()
    expect(app.page.get_by_role("button", name="Coins")).to_be_visible(timeout=TIMEOUT_MS)
    app.idle()
    assert len(asked) > 10
    local = re.compile(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|data:|blob:")
    assert [url for url in asked if not local.match(url)] == []


def test_a_fresh_server_s_first_visitor_may_ask_for_any_page(new_page: Callable[..., Page]) -> None:
    with serve("app.py") as server:
        app = AppPage(new_page(), server.url)
        app.open("nms=0.55", path="nms")
        expect(app.page).to_have_url(re.compile(r"/nms\?nms=0\.55$"), timeout=TIMEOUT_MS)
        expect(app.page.get_by_text("to try a threshold without waiting")).to_be_visible()


def test_back_and_forward_take_changes_back_and_bring_them_again(app: AppPage) -> None:
    def is_at(query: str, threshold: str) -> None:
        expect(app.page).to_have_url(f"{app.url}/{query}", timeout=TIMEOUT_MS)
        thumb = app.key("nms.nms_thresh").get_by_test_id("stSliderThumbValue")
        expect(thumb).to_have_text(threshold, timeout=TIMEOUT_MS)
        app.idle()

    kept = {}
    app.key("nms.nms_thresh").get_by_role("slider").focus()
    for threshold in ("0.71", "0.72"):
        kept[threshold] = app.funnel_now()["Survived NMS"]
        app.page.keyboard.press("ArrowRight")
        is_at(f"?nms={threshold}", threshold)
    app.page.get_by_text("Sample photos and camera").click()
    app.page.get_by_role("button", name="Coins").click()
    is_at("?photo=coins&nms=0.72", "0.72")
    app.page.go_back()
    is_at("?nms=0.72", "0.72")
    expect(app.page.get_by_text("NASA")).to_be_visible(timeout=TIMEOUT_MS)
    app.page.go_back()
    is_at("?nms=0.71", "0.71")
    app.expect_funnel("Survived NMS", kept["0.72"])
    app.page.go_back()
    is_at("", "0.70")
    app.expect_funnel("Survived NMS", kept["0.71"])
    app.page.go_forward()
    is_at("?nms=0.71", "0.71")
    app.shows_no_traceback()


def test_back_returns_to_the_photo_that_was_uploaded(app: AppPage) -> None:
    app.upload("photo_upload", "mine.jpg", jpeg(320, 200))
    expect(app.page).to_have_url(f"{app.url}/?photo=own", timeout=TIMEOUT_MS)
    app.idle()
    app.page.get_by_text("Sample photos and camera").click()
    app.page.get_by_role("button", name="Coins").click()
    expect(app.page).to_have_url(f"{app.url}/?photo=coins", timeout=TIMEOUT_MS)
    app.idle()
    app.page.go_back()
    expect(app.page.get_by_text("mine.jpg · 320 × 200 px")).to_be_visible(timeout=TIMEOUT_MS)
    expect(app.page).to_have_url(f"{app.url}/?photo=own", timeout=TIMEOUT_MS)
    app.shows_no_traceback()
