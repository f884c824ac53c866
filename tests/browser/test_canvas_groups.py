"""Two canvases that move as one, and what each keeps for itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.app_server import AppServer
from tests.browser.canvas_on_page import CanvasOnPage

pytestmark = pytest.mark.browser

APP = "tests/browser/canvas_demo_app.py"
BLUE = (280.0, 205.0)  # middle of the large blue ellipse, pixels of the network input
IMAGE_HW = {"A": (336, 448), "Tall": (448, 336)}
KEYS = ("left", "right", "alone")


class Pair:
    """Three canvases: left and right are of one view group."""

    def __init__(self, page: Page, server: AppServer, query: str = "") -> None:
        self.page = page
        self.left, self.right, self.alone = (CanvasOnPage(page, key) for key in KEYS)
        page.goto(f"{server.url}/pair_page?{query}")
        self.ready()

    def ready(self) -> None:
        for canvas in (self.left, self.right, self.alone):
            expect(canvas.root).to_have_attribute("data-photo", "ready", timeout=60_000)
        self.idle()

    def idle(self) -> None:
        self.page.wait_for_timeout(350)  # a click on the canvas is sent a little later
        expect(self.page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )

    def sidebar(self, words: str) -> None:
        self.page.get_by_text(words, exact=True).click()
        self.idle()

    def wheel(self, canvas: CanvasOnPage, at: tuple[float, float], by: float = -300) -> None:
        canvas.overlay.scroll_into_view_if_needed()
        zoom = canvas.data("zoom")
        self.page.mouse.move(*canvas.on_page(*at))
        self.page.mouse.wheel(0, by)
        expect(canvas.root).not_to_have_attribute("data-zoom", zoom)

    def told(self, key: str) -> str:
        return self.page.get_by_text(f"{key}: anchor").inner_text()

    def new_pictures(self) -> list[bool]:
        return [self.told(key).endswith("True") for key in KEYS]

    def runs(self) -> int:
        return int(self.page.get_by_text("script runs:").inner_text().split()[-1])

    def agree(self) -> None:
        assert place(self.left) == pytest.approx(place(self.right), abs=1e-6)


def place(canvas: CanvasOnPage, photo: str = "A") -> list[float]:
    """Zoom, and which point of the photo lies in the middle of the stage, as fractions."""
    stage, scale = canvas.stage(), canvas.number("scale")
    height, width = IMAGE_HW[photo]
    return [
        canvas.number("zoom"),
        (stage["width"] / 2 - canvas.number("left")) / (width * scale),
        (stage["height"] / 2 - canvas.number("top")) / (height * scale),
    ]


@pytest.fixture
def pair(page: Page, app_server: Callable[[str], AppServer]) -> Pair:
    return Pair(page, app_server(APP))


def test_whatever_moves_one_moves_the_other_and_not_the_third(pair: Pair) -> None:
    runs = pair.runs()
    pair.wheel(pair.left, BLUE)
    pair.agree()
    after_wheel = place(pair.left)
    assert after_wheel[0] == pytest.approx(1.822, abs=1e-3)

    start = pair.right.on_page(*BLUE)
    pair.page.mouse.move(*start)
    pair.page.mouse.down()
    pair.page.mouse.move(start[0] + 50, start[1] + 30, steps=4)
    pair.page.mouse.up()
    pair.page.wait_for_timeout(200)
    pair.agree()
    assert place(pair.left)[1:] != pytest.approx(after_wheel[1:], abs=1e-3)

    pair.left.overlay.focus()
    for key in ("+", "ArrowLeft", "ArrowUp"):
        before = place(pair.left)
        pair.left.overlay.press(key)
        pair.page.wait_for_timeout(100)
        pair.agree()
        assert place(pair.left) != before
    pair.right.within.get_by_role("button", name="Fit").click()
    expect(pair.left.root).to_have_attribute("data-zoom", "1")
    pair.agree()
    pair.wheel(pair.right, BLUE)
    pair.agree()
    pair.page.mouse.dblclick(*pair.left.on_page(*BLUE))
    expect(pair.right.root).to_have_attribute("data-zoom", "1")

    assert place(pair.alone) == [1, 0.5, 0.5]
    pair.wheel(pair.alone, BLUE)
    pair.page.wait_for_timeout(200)
    assert place(pair.left) == place(pair.right) == [1, 0.5, 0.5]
    pair.idle()
    assert pair.runs() == runs


def test_both_are_painted_in_the_same_frame(pair: Pair) -> None:
    zooms = pair.page.evaluate(
        """async () => {
            const within = (key, what) => {
              const all = [...document.querySelectorAll(`.st-key-${key} *`)];
              return all.map((e) => e.shadowRoot?.querySelector(what)).find(Boolean)
                ?? document.querySelector(`.st-key-${key} ${what}`);
            };
            const overlay = within("left", ".overlay");
            const { left, top } = overlay.getBoundingClientRect();
            const at = { clientX: left + 99, clientY: top + 99, deltaY: -200, cancelable: true };
            overlay.dispatchEvent(new WheelEvent("wheel", at));
            await new Promise(requestAnimationFrame);
            return ["left", "right"].map((key) => within(key, ".root").dataset.zoom);
        }"""
    )
    assert zooms[0] == zooms[1]
    assert float(zooms[0]) > 1.4


def test_two_fingers_move_both(
    new_page: Callable[..., Page], app_server: Callable[[str], AppServer]
) -> None:
    pair = Pair(new_page(width=1440, touch=True), app_server(APP))
    session = pair.page.context.new_cdp_session(pair.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    x, y = pair.right.on_page(*BLUE)
    touch("touchStart", (x, y), (x + 40, y))
    for apart in (70, 100):
        touch("touchMove", (x, y), (x + apart, y))
    touch("touchEnd")
    expect(pair.left.root).not_to_have_attribute("data-zoom", "1")
    pair.page.wait_for_timeout(200)
    assert pair.left.number("zoom") > 1.3
    pair.agree()


def test_each_keeps_its_own_selection_and_layers(pair: Pair) -> None:
    pair.page.mouse.click(*pair.left.on_page(*BLUE))
    pair.idle()
    left = pair.left.data("selected")
    assert pair.told("left").startswith(f"left: anchor {left},")
    assert pair.right.data("selected") == pair.alone.data("selected") == ""
    pair.page.mouse.click(*pair.right.on_page(60, 120))
    pair.idle()
    right = pair.right.data("selected")
    assert right not in ("", left)
    assert pair.left.data("selected") == left
    assert pair.told("left").startswith(f"left: anchor {left},")
    assert pair.told("right").startswith(f"right: anchor {right},")
    total = pair.right.data("total")
    pair.left.within.get_by_role("button", name="Layers and filters").click()
    pair.left.within.get_by_role("button", name="Suppressed").click()
    expect(pair.left.root).not_to_have_attribute("data-total", "1000")
    assert pair.right.data("total") == total


def test_a_picture_is_new_where_it_changed_and_after_another_page(pair: Pair) -> None:
    assert pair.runs() == 1  # nothing was missing and asked for
    assert pair.new_pictures() == [True, True, True]
    pair.sidebar("Run again")
    assert pair.new_pictures() == [False, False, False]
    pair.page.get_by_role("slider", name="NMS IoU on the right").press("ArrowRight")
    expect(pair.page.get_by_text("right: anchor None, new picture True")).to_be_visible()
    pair.idle()
    assert pair.new_pictures() == [False, True, False]
    pair.sidebar("Run again")
    assert pair.new_pictures() == [False, False, False]
    pair.page.mouse.click(*pair.left.on_page(*BLUE))
    pair.idle()
    assert pair.new_pictures() == [False, False, False]

    pair.wheel(pair.left, BLUE)
    before = place(pair.left)
    pair.page.get_by_role("link", name="Other").click()
    expect(pair.page.get_by_text("the other page")).to_be_visible()
    pair.page.get_by_role("link", name="Pair").click()
    pair.ready()
    assert pair.new_pictures() == [True, True, True]
    pair.agree()
    assert place(pair.left) == pytest.approx(before, abs=1e-6)


def test_a_canvas_waits_for_what_another_one_brings(
    page: Page, app_server: Callable[[str], AppServer]
) -> None:
    pair = Pair(page, app_server(APP), "referring=1")
    assert pair.right.data("shown") == pair.left.data("shown") == "20"
    pair.page.wait_for_timeout(800)  # longer than it waits before it asks
    assert pair.runs() == 1


def test_who_comes_later_sees_what_the_other_sees(pair: Pair) -> None:
    pair.sidebar("On the right, too")
    expect(pair.right.root).to_have_count(0)
    pair.wheel(pair.left, BLUE)
    pair.sidebar("On the right, too")
    pair.ready()
    pair.agree()
    assert pair.right.number("zoom") > 1.5
    # Also where it comes with another photo.
    pair.sidebar("On the right, too")
    pair.page.get_by_text("A and B", exact=True).click()
    pair.sidebar("On the right, too")
    pair.ready()
    pair.agree()
    assert pair.right.number("zoom") > 1.5


def test_a_photo_that_neither_showed_is_seen_whole_by_both(pair: Pair) -> None:
    pair.wheel(pair.left, BLUE)
    pair.sidebar("B and B")
    pair.ready()
    assert place(pair.left) == place(pair.right) == [1, 0.5, 0.5]
    pair.wheel(pair.right, BLUE)
    before = place(pair.right)
    pair.page.get_by_role("slider", name="NMS IoU on the right").press("ArrowRight")
    pair.idle()
    assert place(pair.left) == pytest.approx(before, abs=1e-6)  # the same photos
    pair.sidebar("A and B")
    pair.ready()
    assert place(pair.left) == place(pair.right) == [1, 0.5, 0.5]
    pair.wheel(pair.right, BLUE)
    pair.sidebar("B and B")
    pair.ready()
    pair.agree()
    assert pair.left.number("zoom") > 1.5  # the right one shows this photo already


def test_back_on_the_page_with_another_photo_it_is_seen_whole(pair: Pair) -> None:
    pair.sidebar("B and B")
    pair.ready()
    pair.wheel(pair.left, BLUE)
    pair.page.get_by_role("link", name="Other").click()
    expect(pair.page.get_by_text("the other page")).to_be_visible()
    pair.page.get_by_role("link", name="Pair").click()
    pair.ready()
    expect(pair.page.get_by_role("radio", name="A and A")).to_be_checked()
    assert place(pair.left) == place(pair.right) == [1, 0.5, 0.5]


def test_photos_of_other_sizes_share_the_part_that_is_seen(pair: Pair) -> None:
    pair.sidebar("A and Tall")
    pair.ready()
    for _ in range(2):
        pair.wheel(pair.left, (330, 250))
    pair.page.wait_for_timeout(200)
    left = place(pair.left)
    assert left[1] > 0.6
    assert place(pair.right, "Tall") == pytest.approx(left, abs=1e-6)
    # A little larger than whole: the upright photo has room at its sides still.
    pair.left.within.get_by_role("button", name="Fit").click()
    pair.left.overlay.press("+")
    pair.left.overlay.press("ArrowLeft")
    expect(pair.left.root).to_have_attribute("data-zoom", "1.25")
    pair.page.wait_for_timeout(200)
    left = place(pair.left)
    assert left[1] < 0.45
    assert place(pair.right, "Tall")[1] == 0.5
    pair.right.overlay.press("ArrowDown")
    pair.page.wait_for_timeout(200)
    moved = place(pair.right, "Tall")
    assert moved[2] > 0.55
    # It moved up and down alone: the left one stays where it is sideways.
    # (Stages are whole pixels high, so that the lower edges differ by less than one.)
    assert place(pair.left) == pytest.approx([1.25, left[1], moved[2]], abs=2e-3)


def test_a_resize_keeps_both_at_the_same_part(pair: Pair) -> None:
    pair.wheel(pair.left, BLUE)
    before = place(pair.left)
    pair.page.set_viewport_size({"width": 1000, "height": 800})
    pair.page.wait_for_timeout(400)
    pair.agree()
    assert place(pair.left) == pytest.approx(before, abs=1e-6)
