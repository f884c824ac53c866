"""The picture inside the app: pointer, keyboard, and what the page tells about the chosen box."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.app_page import TIMEOUT_MS, AppPage

pytestmark = pytest.mark.browser


def hover_some_box(app: AppPage) -> tuple[float, float]:
    """Put the pointer on a proposal, wherever there is one, and say where that is."""
    for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8):
        at = app.on_page(448 * share, 448 * share)
        app.page.mouse.move(*at)
        if app.tip.is_visible() and "Proposal" in app.tip.inner_text():
            return at
    raise AssertionError("no proposal lies on the diagonal of the photo")


def test_hover_then_click_shows_the_trace_of_that_box(app: AppPage) -> None:
    at = hover_some_box(app)
    score = re.search(r"Score (\d\.\d{3})", app.tip.inner_text())
    assert score is not None
    app.page.mouse.click(*at)
    expect(app.root).to_have_attribute("data-selected", re.compile(r"\d+"))
    trace = app.page.get_by_test_id("stMarkdown").filter(has_text=f"Box {app.data('selected')}")
    expect(trace).to_contain_text(f"score {score.group(1)}", timeout=TIMEOUT_MS)
    expect(trace).to_contain_text("offsets (dx, dy, dw, dh)")
    expect(app.page.get_by_text("Fate: kept: a proposal.")).to_be_visible()
    expect(app.page.get_by_text("1. Logit to score")).to_be_visible()
    expect(app.page.locator(".katex").first).to_be_visible(timeout=TIMEOUT_MS)
    app.idle()
    app.shows_no_traceback()


def test_zoom_survives_a_setting_and_double_click_fits(app: AppPage) -> None:
    app.page.mouse.move(*app.on_page(200, 200))
    app.page.mouse.wheel(0, -400)
    expect(app.root).not_to_have_attribute("data-zoom", "1")
    view = [app.data(name) for name in ("zoom", "left", "top")]
    payload = app.data("payload-id")
    app.drag_slider("nms.nms_thresh", 0.45)
    expect(app.root).not_to_have_attribute("data-payload-id", payload, timeout=TIMEOUT_MS)
    app.idle()
    assert [app.data(name) for name in ("zoom", "left", "top")] == view
    app.page.mouse.dblclick(*app.on_page(200, 200))
    expect(app.root).to_have_attribute("data-zoom", "1")


def test_layers_switch(app: AppPage) -> None:
    funnel = app.funnel_now()
    app.switch("proposals")
    expect(app.root).to_have_attribute("data-shown", "0")
    app.switch("suppressed")
    expect(app.root).to_have_attribute(
        "data-total", str(funnel["Score high enough"] - funnel["Survived NMS"])
    )
    app.switch("suppressed")
    app.page.locator("[data-select=anchors]").select_option("all")
    expect(app.status).to_contain_text("of 37,485 anchors shown")
    app.shows("anchors-shown")


def test_keyboard_walks_the_proposals_and_the_trace_follows(app: AppPage) -> None:
    app.overlay.focus()
    app.overlay.press("n")
    expect(app.tip).to_contain_text("Proposal 1")
    expect(app.root).to_have_attribute("data-selected", re.compile(r"\d+"))
    best = app.data("selected")
    expect(app.page.get_by_text(f"Box {best}", exact=True)).to_be_visible(timeout=TIMEOUT_MS)
    app.idle()
    app.overlay.press("Escape")
    expect(app.page.get_by_text("Click a box in the picture to see")).to_be_visible(
        timeout=TIMEOUT_MS
    )


def test_a_click_in_the_funnel_filters_picture_and_table(app: AppPage) -> None:
    app.panel("Table of boxes")
    table = app.page.get_by_text(re.compile(r"best score first; corners in pixels"))
    expect(table).to_contain_text("Kept: proposals: ", timeout=TIMEOUT_MS)
    survived = app.funnel_now()["Survived NMS"]
    app.click_funnel("Survived NMS")
    expect(table).to_contain_text(
        f"Survived NMS: {min(1000, survived):,} of {survived:,} shown", timeout=TIMEOUT_MS
    )
    expect(app.page.locator("[data-layer=suppressed]")).to_have_attribute("aria-pressed", "true")
    app.drag_slider("nms.nms_thresh", 0.52)  # the chart is another, and the choice stays
    app.until(lambda: app.funnel().get("Survived NMS", survived) < survived, "fewer survive")
    expect(table).to_contain_text("Survived NMS: ")
    app.idle()
    app.shows_no_traceback()
