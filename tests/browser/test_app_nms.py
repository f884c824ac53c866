"""The page "NMS" in a browser: a threshold tried without the server, playback, suppressors."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.browser.app_page import TIMEOUT_MS, AppPage

pytestmark = pytest.mark.browser
OpenApp = Callable[..., AppPage]


def slider(page: Page, name: str) -> Locator:
    """A part of the bar with the threshold."""
    return page.locator(f'[data-nms="{name}"]')


def player(page: Page, name: str) -> Locator:
    """A part of the bar that plays NMS."""
    return page.locator(f'[data-play="{name}"]')


def go_to_nms(app: AppPage) -> AppPage:
    """Open the app and choose the page, as a visitor does."""
    app.open()
    app.go("NMS")
    expect(app.root).to_have_attribute("data-nms-thresh", "0.7", timeout=TIMEOUT_MS)
    app.idle()
    return app


@pytest.fixture
def nms(open_app: OpenApp) -> AppPage:
    return go_to_nms(open_app(visit=False))


def test_a_threshold_is_tried_without_the_server_and_means_what_the_server_means(
    open_app: OpenApp,
) -> None:
    app = open_app(visit=False)
    sent: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda message: sent.append(message))

    app.page.on("websocket", listen)
    go_to_nms(app)
    before, payload, messages = int(app.data("kept")), app.data("payload-id"), len(sent)
    shown = app.page.locator(".status").inner_text()
    slider(app.page, "range").focus()
    for _ in range(30):
        app.page.keyboard.press("ArrowLeft")
    expect(app.root).to_have_attribute("data-nms-thresh", "0.4")
    tried = int(app.data("kept"))
    assert 0 < tried < before
    assert app.page.locator(".status").inner_text() != shown
    expect(slider(app.page, "words")).to_contain_text(f"{tried:,} kept (−{before - tried:,})")
    assert (app.data("payload-id"), len(sent)) == (payload, messages)  # nothing was asked

    slider(app.page, "use").click()
    expect(app.root).not_to_have_attribute("data-payload-id", payload, timeout=TIMEOUT_MS)
    app.idle()
    assert app.number("kept") == tried  # the ledger of the server
    expect(slider(app.page, "use")).to_be_hidden()
    expect(app.page).to_have_url(re.compile(r"nms=0\.4$"))
    expect(app.key("nms.nms_thresh").get_by_test_id("stSliderThumbValue")).to_have_text("0.40")
    app.shows_no_traceback()


def test_playback_steps_forward_and_back_and_jumps_to_a_box(nms: AppPage) -> None:
    page = nms.page
    player(page, "on").click()
    expect(player(page, "words")).to_contain_text("Step 1 of")
    for _ in range(3):
        player(page, "next").click()
    player(page, "back").click()
    expect(nms.root).to_have_attribute("data-step", "2")
    expect(player(page, "words")).to_contain_text("Proposal 3, score")
    expect(player(page, "words")).to_contain_text("in the queue, next scores")
    assert nms.number("shown") == 3  # what is kept so far
    player(page, "run").click()
    # Each step stands for less than half a second, so a look may miss any one of them.
    nms.until(lambda: nms.number("step") >= 4, "two steps further")
    player(page, "run").click()
    expect(player(page, "run")).to_have_text("Play")
    player(page, "on").click()
    expect(nms.root).to_have_attribute("data-step", "")


def test_the_chain_of_a_box_leads_to_its_suppressor_on_the_picture(nms: AppPage) -> None:
    page = nms.page
    place = page.locator("canvas.overlay").bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] * 0.45, place["y"] + place["height"] * 0.4)
    expect(nms.root).not_to_have_attribute("data-selected", "")
    link = nms.key("nms_link_0").get_by_role("button")
    expect(link).to_be_visible(timeout=TIMEOUT_MS)
    other = link.inner_text().removeprefix("Select box ").strip()
    link.click()
    expect(nms.root).to_have_attribute("data-selected", other, timeout=TIMEOUT_MS)
    expect(page.get_by_text(f"Box {other}", exact=True)).to_be_visible(timeout=TIMEOUT_MS)
    player(page, "on").click()
    player(page, "jump").click()
    expect(player(page, "words")).to_contain_text(re.compile("Step [0-9,]+ of"))
    nms.shows_no_traceback()


def test_a_click_in_the_iou_matrix_selects_the_box_of_its_row_on_the_picture(nms: AppPage) -> None:
    page, chart = nms.page, nms.key("nms_matrix")
    nms.key("nms_panel").get_by_role("radio", name="IoU matrix").click()
    rows = chart.locator("g.ytick")
    expect(rows.nth(3)).to_be_visible(timeout=TIMEOUT_MS)
    nms.idle()
    names = rows.all_text_contents()
    middle = next(name for name in names if name.startswith("▸ "))
    row = 3 if names[3] != middle else 4
    box = names[row].split()[0]
    chart.scroll_into_view_if_needed()
    cell = chart.locator(".scatterlayer .point").nth(row * len(names) + 1).bounding_box()
    assert cell is not None
    page.mouse.move(cell["x"] + cell["width"] / 2, cell["y"] + cell["height"] / 2)
    # Plotly takes a click for that of the point under the pointer, and looks that up late.
    expect(chart.locator(".hoverlayer")).to_contain_text(f"{names[row]} and {names[1]}")
    page.mouse.down()
    page.mouse.up()
    expect(nms.root).to_have_attribute("data-selected", box, timeout=TIMEOUT_MS)
    nms.idle()
    # The matrix is now that box's own.
    expect(rows.filter(has_text=f"▸ {box} ")).to_be_visible(timeout=TIMEOUT_MS)
    expect(rows.filter(has_text="▸ ")).to_have_count(1, timeout=TIMEOUT_MS)
    nms.shows_no_traceback()


def test_without_a_candidate_there_is_a_picture_with_nothing_to_play(open_app: OpenApp) -> None:
    app = open_app(visit=False)
    app.open("score=1")
    app.go("NMS")
    expect(app.root).to_have_attribute("data-kept", "0", timeout=TIMEOUT_MS)
    app.idle()
    app.shows_no_traceback()
