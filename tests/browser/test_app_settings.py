"""A setting moved in the running app: what follows it, and what stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.app_page import TIMEOUT_MS, AppPage

pytestmark = pytest.mark.browser
OpenApp = Callable[..., AppPage]
# Cells of the sample at 448 x 448 px, strides 8, 16, 32 and 64.
CELLS = (56**2, 28**2, 14**2, 7**2)


def test_dragging_the_nms_threshold_moves_nms_and_leaves_the_network(app: AppPage) -> None:
    before, payload = app.funnel_now(), app.data("payload-id")
    app.drag_slider("nms.nms_thresh", 0.31)  # no other test uses it: a kept result would be grey
    expect(app.root).not_to_have_attribute("data-payload-id", payload, timeout=TIMEOUT_MS)
    app.idle()
    app.until(lambda: app.funnel().get("Survived NMS", 10**9) < before["Survived NMS"], "fewer")
    after = app.funnel_now()
    unmoved = ("All anchors", "Pre-NMS top N", "Large enough", "Score high enough")
    assert [after[name] for name in unmoved] == [before[name] for name in unmoved]
    assert app.number("total") == after["Kept: proposals"]
    assert app.badge("network") == "gray"
    assert app.badge("selection") == "gray"
    assert app.badge("NMS") == "green"
    expect(app.page).to_have_url(re.compile(r"\?nms=0\.3\d?$"))


def test_values_added_and_removed_make_exactly_so_many_anchors(app: AppPage) -> None:
    app.tab("Anchors")
    app.expect_funnel("All anchors", 9 * sum(CELLS))
    app.add_value("anchors.aspect_ratios.all", "4")
    app.expect_funnel("All anchors", 12 * sum(CELLS))
    app.remove_value("anchors.aspect_ratios.all", "0.5")
    app.expect_funnel("All anchors", 9 * sum(CELLS))
    app.add_value("anchors.sizes.0", "20")
    app.expect_funnel("All anchors", 12 * CELLS[0] + 9 * sum(CELLS[1:]))
    app.remove_value("anchors.sizes.3", "287")
    app.expect_funnel("All anchors", 12 * CELLS[0] + 9 * sum(CELLS[1:3]) + 6 * CELLS[3])
    assert app.badge("network") == "gray"


def test_a_list_of_shapes_takes_the_place_of_sizes_and_ratios(app: AppPage) -> None:
    app.tab("Anchors")
    app.expect_funnel("All anchors", 9 * sum(CELLS))
    app.key("levels_listed").get_by_text("8", exact=True).click()
    box = app.key("anchors.shapes.0").get_by_role("textbox")
    expect(box).to_have_value(re.compile(r"^22\.627x11\.314, 16x16, "))
    app.expect_funnel("All anchors", 9 * sum(CELLS))  # the same anchors, as a list
    box.fill("10x13, 16x30, 33x23")
    box.blur()
    listed = 3 * CELLS[0] + 9 * sum(CELLS[1:])
    app.expect_funnel("All anchors", listed)
    expect(app.page).to_have_url(re.compile(r"shapes=10x13-16x30-33x23_none_none_none"))
    app.open(urlsplit(app.page.url).query)  # another visit by the link
    app.expect_funnel("All anchors", listed)
    app.tab("Anchors")
    app.key("levels_listed").get_by_text("8", exact=True).click()
    app.expect_funnel("All anchors", 9 * sum(CELLS))
    assert "shapes=" not in app.page.url


def test_the_size_slider_changes_boxes_and_not_their_number(app: AppPage) -> None:
    app.tab("Anchors")
    payload = app.data("payload-id")
    app.drag_slider("anchors.size_factor", 0.4)
    expect(app.root).not_to_have_attribute("data-payload-id", payload, timeout=TIMEOUT_MS)
    app.idle()
    expect(app.page).to_have_url(re.compile(r"scale=1\.\d+"))
    app.expect_funnel("All anchors", 9 * sum(CELLS))
    assert (app.badge("network"), app.badge("anchors")) == ("gray", "green")


def test_paper_preset_and_reset(app: AppPage) -> None:
    app.choose("preset", "paper 2015")
    # 600 x 600 px, padded to 608: 38 cells a side at stride 16, 9 shapes
    app.expect_funnel("All anchors", 9 * 38 * 38)
    assert app.funnel_now()["Kept: proposals"] <= 300
    expect(app.page).to_have_url(re.compile(r"\?preset=paper(\+|%20)2015$"))
    app.drag_slider("nms.nms_thresh", 0.2)
    expect(app.page).to_have_url(re.compile("nms="), timeout=TIMEOUT_MS)
    app.reset()
    expect(app.page).not_to_have_url(re.compile("nms="), timeout=TIMEOUT_MS)
    expect(app.key("nms.nms_thresh").get_by_test_id("stSliderThumbValue")).to_have_text("0.70")
    app.choose("preset", "model's own")
    app.expect_funnel("All anchors", 9 * sum(CELLS))


def test_no_anchor_and_no_proposal_are_explained(app: AppPage) -> None:
    app.drag_slider("selection.score_thresh", 1.0)
    app.says("These settings leave no proposal")
    assert app.funnel_now()["Kept: proposals"] == 0
    app.reset()
    expect(app.page.get_by_text("These settings leave no proposal")).to_have_count(
        0, timeout=TIMEOUT_MS
    )
    app.tab("Anchors")
    for ratio in ("0.5", "1", "2"):
        app.remove_value("anchors.aspect_ratios.all", ratio)
        app.idle()
    app.says("These settings leave no anchor")
    expect(app.root).to_have_attribute("data-photo", "ready")


def test_a_value_that_is_no_number_is_said_and_the_last_settings_stay(app: AppPage) -> None:
    app.tab("Anchors")
    app.add_value("anchors.aspect_ratios.all", "tall")
    app.says("Aspect ratios (h/w) got 'tall', but it must be a number")
    app.expect_funnel("All anchors", 9 * sum(CELLS))


def test_the_open_tab_and_the_settings_go_along_to_another_page(app: AppPage) -> None:
    app.tab("Input")
    app.idle()
    app.key("input.max_side").get_by_role("slider").focus()
    app.page.keyboard.press("ArrowRight")
    expect(app.page).to_have_url(re.compile(r"\?max=480$"), timeout=TIMEOUT_MS)
    query = urlsplit(app.page.url).query
    app.idle()
    links = app.key("navigation").get_by_role("link")
    expect(links).to_have_count(4)
    expect(links.nth(3)).to_have_attribute("href", f"nms?{query}")
    app.go("NMS")
    expect(app.page).to_have_url(f"{app.url}/nms?{query}", timeout=TIMEOUT_MS)
    expect(app.key("input.max_side")).to_be_visible(timeout=TIMEOUT_MS)
    app.idle()
    expect(links.nth(0)).to_have_attribute("href", f"explore?{query}")
    app.go("Explore")
    expect(app.page).to_have_url(f"{app.url}/explore?{query}", timeout=TIMEOUT_MS)
    expect(app.key("input.max_side")).to_be_visible(timeout=TIMEOUT_MS)


def test_the_code_travels_once_and_no_message_refers_to_an_earlier_one(open_app: OpenApp) -> None:
    app = open_app(visit=False)
    kinds: list[str] = []
    code: list[int] = []

    def received(data: bytes) -> None:
        message = ForwardMsg.FromString(data)
        kinds.append(message.WhichOneof("type"))
        if b"rpn_box_canvas_code" in data[:2000] and len(data) > 50_000:
            code.append(len(data))

    app.page.on("websocket", lambda socket: socket.on("framereceived", received))
    app.open("nms=0.3")
    app.funnel_now()
    for value in ("0.31", "0.32", "0.33"):
        app.key("nms.nms_thresh").get_by_role("slider").focus()
        app.page.keyboard.press("ArrowRight")
        expect(app.page).to_have_url(re.compile(rf"nms={value}$"), timeout=TIMEOUT_MS)
        app.idle()
    app.panel("Table of boxes")  # every chart stays as it is
    app.go("NMS")
    expect(app.page).to_have_url(re.compile(r"/nms\?"), timeout=TIMEOUT_MS)
    expect(app.root).to_have_attribute("data-photo", "ready", timeout=TIMEOUT_MS)
    app.idle()
    assert len(code) == 1
    assert kinds.count("delta") > 50
    assert "ref_hash" not in kinds
