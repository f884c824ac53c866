"""The box canvas in a real browser, as a person uses it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.app_server import AppServer
from tests.browser.canvas_on_page import CanvasOnPage

pytestmark = pytest.mark.browser

APP = "tests/browser/canvas_demo_app.py"
# Middle of the large blue ellipse of photo A, pixels of the 448 x 336 network input.
BLUE = (280.0, 205.0)
BLUE_RGB = (72, 120, 168)


class Canvas(CanvasOnPage):
    """The canvas on a page, and what a person can do with it."""

    def __init__(self, page: Page, server: AppServer) -> None:
        super().__init__(page)
        page.goto(server.url)
        self.wait_for_photo()

    def wait_for_photo(self) -> None:
        expect(self.root).to_have_attribute("data-photo", "ready", timeout=60_000)
        self.settle()

    def settle(self) -> None:
        expect(self.page.get_by_test_id("stStatusWidget")).to_have_count(0)
        self.page.wait_for_timeout(300)

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.on_page(x, y))

    def runs(self) -> str:
        return self.page.get_by_text("script runs:").inner_text()

    def switch(self, layer: str) -> None:
        self.page.get_by_role("button", name=layer).click()

    def drag(self, name: str, value: float) -> None:
        """Move one of the canvas's own sliders, as a finger on it does."""
        script = "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); }"
        self.page.locator(f"[data-range={name}]").evaluate(script, value)


@pytest.fixture
def canvas(page: Page, app_server: Callable[[str], AppServer]) -> Canvas:
    return Canvas(page, app_server(APP))


def near(colour: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(colour, wanted, strict=False))


def test_first_sight_is_the_photo_with_its_best_proposals(canvas: Canvas) -> None:
    expect(canvas.status).to_have_text("20 of 1,000 proposals shown")
    canvas.switch("Proposals")
    expect(canvas.root).to_have_attribute("data-shown", "0")
    assert near(canvas.pixel(*BLUE), BLUE_RGB)


def test_boxes_of_no_grid_are_drawn_and_selected_and_show_no_anchors(canvas: Canvas) -> None:
    offsets = canvas.page.locator("[data-layer=offsets]")
    anchors = canvas.page.locator("[data-select=anchors]")
    expect(offsets).to_be_visible()
    payload = canvas.data("payload-id")
    canvas.page.get_by_text("From no grid").click()
    expect(canvas.root).not_to_have_attribute("data-payload-id", payload)
    canvas.settle()
    expect(canvas.status).to_have_text("20 of 1,000 proposals shown")
    expect(offsets).to_be_hidden()
    expect(anchors).to_be_hidden()
    canvas.click(*BLUE)
    expect(canvas.page.get_by_text(re.compile(r"selected anchor: \d+"))).to_be_visible()
    expect(canvas.root).not_to_have_attribute("data-selected", "")


def test_wheel_zooms_about_the_pointer_drag_pans_double_click_fits(canvas: Canvas) -> None:
    before_runs = canvas.runs()
    start = canvas.on_page(*BLUE)
    canvas.page.mouse.move(*start)
    canvas.page.mouse.wheel(0, -300)
    expect(canvas.root).not_to_have_attribute("data-zoom", "1")
    assert canvas.on_page(*BLUE) == pytest.approx(start, abs=1)

    canvas.page.mouse.down()
    canvas.page.mouse.move(start[0] + 60, start[1] + 40, steps=4)
    canvas.page.mouse.up()
    canvas.settle()
    assert canvas.on_page(*BLUE) == pytest.approx((start[0] + 60, start[1] + 40), abs=1)

    canvas.page.mouse.dblclick(*start)
    expect(canvas.root).to_have_attribute("data-zoom", "1")
    canvas.settle()
    assert canvas.data("selected") == ""
    assert canvas.runs() == before_runs


def test_at_fit_the_wheel_still_scrolls_the_page(canvas: Canvas) -> None:
    canvas.page.mouse.move(*canvas.on_page(*BLUE))
    canvas.page.mouse.wheel(0, 200)
    canvas.settle()
    assert canvas.data("zoom") == "1"
    prevented = canvas.overlay.evaluate(
        "e => !e.dispatchEvent(new WheelEvent('wheel', {deltaY: 50, cancelable: true}))"
    )
    assert prevented is False


def test_view_switches_and_selection_survive_a_rerun(canvas: Canvas) -> None:
    canvas.page.mouse.move(*canvas.on_page(*BLUE))
    canvas.page.mouse.wheel(0, -300)
    canvas.page.get_by_label("Colour by").select_option("fate")
    canvas.click(*BLUE)
    expect(canvas.root).not_to_have_attribute("data-selected", "")
    canvas.settle()
    before = [canvas.data(name) for name in ("zoom", "left", "top", "selected")]
    payload = canvas.data("payload-id")
    canvas.page.get_by_role("slider", name="NMS IoU").press("ArrowLeft")
    expect(canvas.root).not_to_have_attribute("data-payload-id", payload)
    canvas.settle()
    assert [canvas.data(name) for name in ("zoom", "left", "top", "selected")] == before
    expect(canvas.page.get_by_label("Colour by")).to_have_value("fate")


def test_hover_tells_score_level_sizes_and_fate(canvas: Canvas) -> None:
    canvas.page.mouse.move(*canvas.on_page(*BLUE))
    expect(canvas.tip).to_be_visible()
    text = canvas.tip.inner_text()
    assert re.search(r"^Proposal \d+$", text, re.MULTILINE)
    found = re.search(r"Score (0\.\d{3}), logit (-?[\d.]+)", text)
    assert found is not None
    score, logit = (float(part) for part in found.groups())
    assert score == pytest.approx(1 / (1 + math.exp(-logit)), abs=2e-3)
    inside = re.search(r"Box ([\d.]+) × ([\d.]+) px in the network input, h/w ([\d.]+)", text)
    outside = re.search(r"([\d.]+) × ([\d.]+) px in the photo", text)
    assert inside is not None
    assert outside is not None
    w, h, ratio = (float(part) for part in inside.groups())
    assert ratio == pytest.approx(h / w, abs=0.02)
    photo_wh = [float(part) for part in outside.groups()]
    assert photo_wh == pytest.approx([w * 1000 / 448, h * 750 / 336], abs=0.3)
    assert "Fate: kept: a proposal" in text
    canvas.page.mouse.move(5, 5)
    expect(canvas.tip).to_be_hidden()


def test_hover_on_a_suppressed_box_names_the_box_that_won(canvas: Canvas) -> None:
    canvas.switch("Proposals")
    canvas.switch("Suppressed")
    canvas.page.mouse.move(*canvas.on_page(*BLUE))
    expect(canvas.tip).to_contain_text(
        re.compile(r"Fate: suppressed by (proposal|anchor) [\d,]+ at IoU (0\.[7-9]\d\d|1\.000)")
    )


def test_click_selects_in_python_and_clicking_again_takes_the_next(canvas: Canvas) -> None:
    canvas.click(*BLUE)
    expect(canvas.page.get_by_text("selected anchor: None")).to_have_count(0)
    expect(canvas.root).to_have_attribute("data-selected", re.compile(r"\d+"))
    first = canvas.data("selected")
    expect(canvas.page.get_by_text(f"selected anchor: {first}")).to_be_visible()
    canvas.settle()
    canvas.click(*BLUE)
    expect(canvas.root).not_to_have_attribute("data-selected", first)
    second = canvas.data("selected")
    expect(canvas.page.get_by_text(f"selected anchor: {second}")).to_be_visible()
    canvas.overlay.press("Escape")
    expect(canvas.page.get_by_text("selected anchor: None")).to_be_visible()
    expect(canvas.root).to_have_attribute("data-selected", "")


def test_click_beside_all_boxes_shows_the_anchors_of_that_cell(canvas: Canvas) -> None:
    canvas.drag("topN", 0)
    expect(canvas.status).to_contain_text("1 of 1,000 proposals")
    canvas.click(4, 332)
    expect(canvas.root).to_have_attribute("data-cell", "0,41,0")
    expect(canvas.status).to_contain_text("6 of 6 anchors shown")
    expect(canvas.page.get_by_text("selected cell: (0, 41, 0)")).to_be_visible()
    canvas.settle()
    canvas.click(4, 332)
    # 42 x 56 cells of 6 shapes; the smallest, of 16 px and 1:1 or wider, comes first.
    first = 41 * 56 * 6
    expect(canvas.root).to_have_attribute("data-selected", re.compile(r"\d+"))
    assert first <= canvas.number("selected") < first + 6


def test_filters_act_without_a_rerun(canvas: Canvas) -> None:
    before = canvas.runs()
    canvas.drag("topN", 100)
    expect(canvas.status).to_have_text("1,000 of 1,000 proposals shown")
    canvas.drag("minScore", 0.5)
    expect(canvas.root).not_to_have_attribute("data-shown", "1000")
    confident = canvas.number("shown")
    assert 0 < confident < 1000
    canvas.page.get_by_role("checkbox", name="P5").uncheck()
    expect(canvas.root).not_to_have_attribute("data-shown", str(int(confident)))
    assert canvas.number("shown") < confident
    assert canvas.data("total") == "1000"
    canvas.settle()
    assert canvas.runs() == before


def test_layers_change_what_is_painted(canvas: Canvas) -> None:
    canvas.switch("Proposals")
    canvas.page.get_by_label("Heat map").select_option("max")
    canvas.page.wait_for_timeout(100)
    assert not near(canvas.pixel(*BLUE), BLUE_RGB)
    canvas.page.get_by_label("Heat map").select_option("off")
    canvas.switch("Image")
    canvas.page.wait_for_timeout(100)
    assert canvas.pixel(*BLUE)[3] == 0
    canvas.page.get_by_label("Anchors").select_option("all")
    expect(canvas.status).to_contain_text("anchors shown")
    painted = canvas.page.locator(".base").evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0)"
    )
    assert painted


def test_before_nms_holds_proposals_and_suppressed(canvas: Canvas) -> None:
    canvas.switch("Suppressed")
    expect(canvas.root).not_to_have_attribute("data-total", "1000")
    both = canvas.number("total")
    canvas.switch("Proposals")  # 1,000 fewer: those were kept
    expect(canvas.root).to_have_attribute("data-total", str(int(both) - 1000))
    canvas.switch("Before NMS")
    canvas.page.wait_for_timeout(100)
    assert canvas.number("total") >= both


def test_png_is_the_picture_as_seen(canvas: Canvas) -> None:
    with canvas.page.expect_download() as download:
        canvas.page.get_by_role("button", name="PNG").click()
    path = download.value.path()
    image = Image.open(BytesIO(Path(path).read_bytes()))
    stage = canvas.stage()
    assert image.format == "PNG"
    assert image.size == (round(stage["width"]), round(stage["height"]))
    x, y = (a - b for a, b in zip(canvas.on_page(*BLUE), (stage["x"], stage["y"]), strict=True))
    pixel = image.convert("RGB").getpixel((round(x), round(y)))
    assert near(pixel, canvas.pixel(*BLUE))


def test_keyboard_does_what_the_pointer_does(canvas: Canvas) -> None:
    canvas.overlay.focus()
    canvas.overlay.press("n")
    expect(canvas.tip).to_contain_text("Proposal 1")
    expect(canvas.root).to_have_attribute("data-selected", re.compile(r"\d+"))
    best = canvas.data("selected")
    canvas.overlay.press("]")
    expect(canvas.tip).to_contain_text("Proposal 2")
    canvas.overlay.press("p")
    expect(canvas.root).to_have_attribute("data-selected", best)
    expect(canvas.page.get_by_text(f"selected anchor: {best}")).to_be_visible()
    expect(canvas.page.locator(".spoken")).to_contain_text("Proposal 1. Score")
    canvas.overlay.press("+")
    expect(canvas.root).to_have_attribute("data-zoom", "1.25")
    left = canvas.number("left")
    canvas.overlay.press("ArrowLeft")
    expect(canvas.root).not_to_have_attribute("data-left", str(left))
    assert canvas.number("left") > left
    canvas.overlay.press("0")
    expect(canvas.root).to_have_attribute("data-zoom", "1")


def test_a_new_photo_or_other_anchors_clear_the_selection(canvas: Canvas) -> None:
    canvas.click(*BLUE)
    expect(canvas.page.get_by_text("selected anchor: None")).to_have_count(0)
    canvas.page.get_by_role("slider", name="Ratios").press("ArrowLeft")
    expect(canvas.page.get_by_text("selected anchor: None")).to_be_visible()
    expect(canvas.root).to_have_attribute("data-selected", "")
    canvas.settle()
    canvas.click(*BLUE)
    expect(canvas.page.get_by_text("selected anchor: None")).to_have_count(0)
    payload = canvas.data("payload-id")
    canvas.page.get_by_text("B", exact=True).click()
    expect(canvas.root).not_to_have_attribute("data-payload-id", payload)
    expect(canvas.page.get_by_text("selected anchor: None")).to_be_visible()
    expect(canvas.root).to_have_attribute("data-selected", "")
    canvas.wait_for_photo()


def test_a_photo_that_got_lost_is_asked_for(canvas: Canvas) -> None:
    # The page claims that the browser has photo B, as after a payload that was overtaken.
    canvas.page.get_by_text("Forget the photo").click()
    canvas.settle()
    canvas.page.get_by_text("B", exact=True).click()
    canvas.page.get_by_text("Forget the photo").click()
    canvas.wait_for_photo()


def test_arrays_that_got_lost_are_asked_for(canvas: Canvas) -> None:
    before = canvas.data("payload-id")
    canvas.page.get_by_text("Claim that the browser has every array").click()
    canvas.settle()
    # Nothing changed yet, and all is there.
    assert canvas.data("payload-id") == before
    canvas.page.get_by_role("slider", name="Anchor size").press("ArrowRight")
    expect(canvas.root).not_to_have_attribute("data-payload-id", before)
    canvas.settle()
    assert canvas.number("shown") > 0


def test_photo_and_switches_survive_another_page_and_a_reload(canvas: Canvas) -> None:
    canvas.page.get_by_label("Colour by").select_option("level")
    canvas.click(*BLUE)
    expect(canvas.page.get_by_text("selected anchor: None")).to_have_count(0)
    canvas.page.get_by_role("link", name="Other").click()
    expect(canvas.page.get_by_text("the other page")).to_be_visible()
    canvas.page.get_by_role("link", name="Canvas").click()
    canvas.wait_for_photo()
    expect(canvas.page.get_by_label("Colour by")).to_have_value("level")
    expect(canvas.page.get_by_text("selected anchor: None")).to_be_visible()
    assert canvas.data("selected") == ""
    canvas.page.reload()
    canvas.wait_for_photo()


def test_without_meaningful_scores_only_anchors_and_the_reason(canvas: Canvas) -> None:
    canvas.page.get_by_text("Trained head").click()
    expect(canvas.page.locator(".note")).to_have_text(re.compile("^Untrained head"))
    expect(canvas.status).to_contain_text(re.compile(r"^[\d,]+ of 21,420 anchors shown$"))
    for part in ("Proposals", "Suppressed", "Before NMS", "Offsets"):
        expect(canvas.page.get_by_role("button", name=part)).to_be_hidden()
    expect(canvas.page.get_by_label("Heat map")).to_be_hidden()
    expect(canvas.page.get_by_label("Colour by")).to_have_value("level")


def test_phone_folds_the_controls_and_lets_a_finger_scroll(
    new_page: Callable[..., Page], app_server: Callable[[str], AppServer]
) -> None:
    page = new_page(width=390, height=844, color_scheme="dark", touch=True, scale=2)
    canvas = Canvas(page, app_server(APP))
    proposals = page.get_by_role("button", name="Proposals")
    expect(proposals).to_be_hidden()
    page.get_by_role("button", name="Layers and filters").tap()
    expect(proposals).to_be_visible()
    page.get_by_role("button", name="Layers and filters").tap()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert canvas.overlay.evaluate("e => e.style.touchAction") == "pan-x pan-y"
    page.touchscreen.tap(*canvas.on_page(*BLUE))
    expect(canvas.tip).to_contain_text("Fate: kept: a proposal")
    expect(page.get_by_text("selected anchor: None")).to_have_count(0)
    canvas.overlay.press("+")
    expect(canvas.root).to_have_attribute("data-zoom", "1.25")
    assert canvas.overlay.evaluate("e => e.style.touchAction") == "none"


def test_canvas_is_as_sharp_as_the_screen(
    new_page: Callable[..., Page], app_server: Callable[[str], AppServer]
) -> None:
    canvas = Canvas(new_page(width=900, scale=2), app_server(APP))
    pixels = canvas.page.locator(".base").evaluate("c => c.width")
    assert pixels == round(2 * canvas.stage()["width"])
