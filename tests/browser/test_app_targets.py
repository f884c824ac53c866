"""Targets and loss in a browser: boxes drawn, thresholds dragged, panels opened."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.app_page import TIMEOUT_MS, AppPage

pytestmark = pytest.mark.browser

OpenApp = Callable[..., AppPage]


def open_targets(open_app: OpenApp, query: str = "", **options: object) -> AppPage:
    app = open_app(query, **options)
    if options.get("touch"):
        app.page.get_by_test_id("stExpandSidebarButton").tap()
    app.go("Targets and loss")
    if options.get("touch"):
        app.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").tap()
    expect(histogram(app)).to_have_attribute("data-fg", "70", timeout=TIMEOUT_MS)
    expect(app.root).to_have_attribute("data-photo", "ready", timeout=TIMEOUT_MS)
    app.idle()
    return app


def histogram(app: AppPage) -> Locator:
    return app.page.locator(".histogram")


def drag(app: AppPage, start: tuple[float, float], end: tuple[float, float]) -> None:
    mouse = app.page.mouse
    mouse.move(*start)
    mouse.down()
    mouse.move(*end, steps=4)
    mouse.up()


def choose_panel(app: AppPage, name: str) -> None:
    app.key("targets_panel").get_by_role("radio", name=name).click()
    app.idle()


def test_a_box_is_drawn_and_told_what_learns_from_it(open_app: OpenApp) -> None:
    app = open_targets(open_app)
    app.page.get_by_role("button", name="Edit boxes").click()
    drag(app, app.on_page(30, 30), app.on_page(60, 190))
    words = app.page.get_by_text("6 objects, from the bundled example, edited by hand.")
    expect(words).to_be_visible(timeout=TIMEOUT_MS)
    app.idle()
    expect(app.page.get_by_text("of 6 objects")).to_be_visible()
    # 30 x 160 px: no ratio of the model's own comes near
    sentence = app.page.get_by_text(re.compile("Object 6:")).first
    expect(sentence).to_contain_text("best possible IoU at these shapes")
    app.shows_no_traceback()


def test_dragged_thresholds_count_at_once_and_then_match_again(open_app: OpenApp) -> None:
    app = open_targets(open_app)
    chart = histogram(app)
    positive = int(chart.get_attribute("data-positive") or 0)
    payload = app.data("payload-id")
    grip = app.page.locator(".handle.fg .grip").bounding_box()
    plot = app.page.locator(".plot").bounding_box()
    assert grip is not None
    assert plot is not None
    at = (grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    app.page.mouse.move(*at)
    app.page.mouse.down()
    app.page.mouse.move(at[0] - 0.15 * plot["width"], at[1], steps=4)
    # while it is held, the counts have moved, and the page has not
    held = int(chart.get_attribute("data-positive") or 0)
    assert held > positive
    assert app.data("payload-id") == payload
    app.page.mouse.up()
    expect(app.root).not_to_have_attribute("data-payload-id", payload, timeout=TIMEOUT_MS)
    app.idle()
    fg = int(chart.get_attribute("data-fg") or 0)
    assert 45 <= fg <= 60
    expect(app.key("match.fg_iou_thresh").locator("input")).to_have_value(f"{fg / 100:.2f}")
    shown = app.page.locator(".classes label").filter(has_text="positive").first.locator("output")
    expect(shown).to_have_text(str(held))
    assert app.badge("network") == "gray"
    assert app.badge("matching") == "green"


def test_the_keyboard_moves_a_threshold_and_a_number_moves_the_handle(open_app: OpenApp) -> None:
    app = open_targets(open_app)
    handle = app.page.get_by_role("slider", name="Background IoU, below")
    handle.focus()
    for _ in range(3):
        handle.press("ArrowRight")
    expect(handle).to_have_attribute("aria-valuenow", "0.33")
    field = app.key("match.bg_iou_thresh").locator("input")
    expect(field).to_have_value("0.33", timeout=TIMEOUT_MS)
    app.idle()
    field.fill("0.5")
    field.press("Enter")
    expect(handle).to_have_attribute("aria-valuenow", "0.5", timeout=TIMEOUT_MS)
    app.idle()
    app.shows_no_traceback()


def test_panels_change_the_picture(open_app: OpenApp) -> None:
    app = open_targets(open_app)
    choose_panel(app, "Mini-batch")
    expect(app.root.locator(".legend")).to_contain_text("drawn as negative", timeout=TIMEOUT_MS)
    choose_panel(app, "Loss")
    expect(app.root.locator(".legend")).to_contain_text("loss", timeout=TIMEOUT_MS)
    expect(app.page.locator(".katex").first).to_be_visible()
    expect(app.root).to_have_attribute("data-anchors-shown", "256")
    choose_panel(app, "Recall by stage")
    expect(app.root.locator(".legend")).to_contain_text("object, found", timeout=TIMEOUT_MS)
    app.shows_no_traceback()


def test_on_a_phone_nothing_scrolls_sideways(open_app: OpenApp) -> None:
    app = open_targets(open_app, width=390, height=844, touch=True)
    main = app.page.get_by_test_id("stMain")
    for panel in ("Objects", "Mini-batch", "Loss", "Recall by stage", "Boxes in and out"):
        choose_panel(app, panel)
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, panel
    assert app.stage()["width"] > 300
