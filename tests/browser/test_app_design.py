"""Anchor design in a real browser: brush, suggest, apply, export, on a desktop and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.app_page import TIMEOUT_MS, AppPage

pytestmark = pytest.mark.browser
OpenApp = Callable[..., AppPage]


def to_design(app: AppPage) -> AppPage:
    """From Explore to the page, with the example open."""
    if app.page.viewport_size["width"] < 600:  # the side bar, with the pages, is folded
        app.page.get_by_test_id("stExpandSidebarButton").click()
    app.go("Anchor design")
    if app.page.viewport_size["width"] < 600:
        app.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    app.key("labels_example").get_by_role("button", name="Try it on sample photos").click()
    expect(app.key("design_findings")).to_be_visible(timeout=TIMEOUT_MS)
    app.idle()
    return app


@pytest.fixture
def design(app: AppPage) -> AppPage:
    return to_design(app)


def press(app: AppPage, key: str) -> None:
    app.key(key).get_by_role("button").first.click()
    app.idle()


def plane(app: AppPage):
    return app.page.locator("[class*='st-key-design_plane']")


def brush(app: AppPage, left: float, right: float) -> None:
    """Drag over the middle of the plane, between two shares of its width."""
    area = plane(app).locator(".nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    mouse = app.page.mouse
    mouse.move(box["x"] + left * box["width"], box["y"] + 0.05 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.5 * (left + right) * box["width"], box["y"] + 0.5 * box["height"])
    mouse.move(box["x"] + right * box["width"], box["y"] + 0.95 * box["height"], steps=4)
    mouse.up()


def test_the_answer_stands_on_top_and_pictures_show_the_worst(design: AppPage) -> None:
    expect(design.key("design_findings")).to_contain_text("can never be a positive at IoU 0.7")
    pictures = design.page.get_by_role("img", name=re.compile("with its best anchor"))
    expect(pictures).to_have_count(12, timeout=TIMEOUT_MS)
    for picture in pictures.all()[:3]:
        picture.scroll_into_view_if_needed()
        design.until(lambda p=picture: p.evaluate("e => e.naturalWidth") > 50, "it is loaded")
    design.shows_no_traceback()


def test_a_brushed_region_shows_its_objects(design: AppPage) -> None:
    brush(design, 0.02, 0.98)
    # All but the tallest, which lies above the rectangle.
    words = design.page.locator("p", has_text=re.compile(r"12 of \d\d objects of \d+ to \d+ px"))
    expect(words).to_be_visible(timeout=TIMEOUT_MS)
    expect(design.page.get_by_role("img", name=re.compile("best anchor"))).to_have_count(24)
    press(design, "design_unbrush")
    expect(words).to_have_count(0, timeout=TIMEOUT_MS)
    design.shows_no_traceback()


def test_a_suggestion_becomes_the_apps_anchors_and_explore_scores_them(design: AppPage) -> None:
    press(design, "design_suggest")
    apply = design.key("design_apply").get_by_role("button", name="Apply")
    expect(apply).to_be_visible(timeout=TIMEOUT_MS)
    apply.click()
    expect(design.page).to_have_url(re.compile("sizes="), timeout=TIMEOUT_MS)
    expect(design.key("design_apply").get_by_role("button", name="In force")).to_be_disabled(
        timeout=TIMEOUT_MS
    )
    design.go("Explore")
    expect(design.root).to_have_attribute("data-photo", "ready", timeout=TIMEOUT_MS)
    design.idle()
    assert design.badge("network") == "gray"
    assert design.funnel_now()["Kept: proposals"] > 0
    expect(design.page).to_have_url(re.compile("sizes="))


def test_the_report_and_the_snippet_can_be_taken_along(design: AppPage, tmp_path: Path) -> None:
    with design.page.expect_download(timeout=TIMEOUT_MS) as started:
        design.key("design_save_report").get_by_role("button").click()
    report = tmp_path / "report.html"
    started.value.save_as(report)
    words = report.read_text(encoding="utf-8")
    assert "can never be a positive" in words
    assert "AnchorGenerator(" in words
    with design.page.expect_download(timeout=TIMEOUT_MS) as started:
        design.key("design_save").get_by_role("button").click()
    assert started.value.suggested_filename == "anchors_torchvision.py"


def test_a_phone_shows_all_of_it_without_scrolling_sideways(open_app: OpenApp) -> None:
    app = to_design(open_app(width=390, height=844))
    press(app, "design_suggest")
    expect(app.key("design_apply")).to_be_visible(timeout=TIMEOUT_MS)
    main = app.page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 1
    app.shows_no_traceback()
