"""The canvas in another language: in a marked one, every text that can be read has marks."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.app_server import AppServer
from tests.browser.canvas_on_page import CanvasOnPage
from tests.marked_language import outside_marks

pytestmark = pytest.mark.browser

APP = "tests/browser/canvas_demo_app.py"
BLUE = (280.0, 205.0)  # middle of the large blue ellipse, pixels of the network input
# Names that come as they are: of levels and of objects.
FACTS = re.compile(r"\bP[3-6]\b|\bellipse [1-4]\b")
READ = """root => {
  const found = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) found.push(walker.currentNode.data);
  const spoken = ["title", "aria-label", "aria-valuetext", "placeholder", "alt"];
  for (const element of [root, ...root.querySelectorAll("*")]) {
    for (const name of spoken) {
      if (element.hasAttribute(name)) found.push(element.getAttribute(name));
    }
  }
  return found.filter((text) => text.trim());
}"""


class Visit(CanvasOnPage):
    """The demo's canvas, in English or with marks."""

    def __init__(self, page: Page, server: AppServer) -> None:
        super().__init__(page)
        page.goto(server.url)
        self.ready()

    def ready(self) -> None:
        expect(self.root).to_have_attribute("data-photo", "ready", timeout=60_000)
        self.idle()

    def idle(self) -> None:
        self.page.wait_for_timeout(350)  # a click on the canvas is sent a little later
        expect(self.page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )

    def tick(self, words: str) -> None:
        before = self.data("payload-id")
        self.page.get_by_text(words, exact=True).click()
        expect(self.root).not_to_have_attribute("data-payload-id", before)
        self.idle()

    def act(self, name: str) -> Locator:
        return self.page.locator(f"[data-act={name}]")

    def is_marked(self, *wanted: str) -> None:
        """Everything is marked, and these texts are there."""
        for _ in range(30):  # what is spoken follows what is seen after a moment
            texts = read(self.root)
            if not any(map(unmarked, texts)):
                break
            self.page.wait_for_timeout(100)
        assert [text for text in texts if unmarked(text)] == []
        for text in wanted:
            assert any(text in found for found in texts), (text, texts)


def read(root: Locator) -> list[str]:
    texts: list[str] = root.evaluate(READ)
    return texts


def unmarked(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]", FACTS.sub("", outside_marks(text))))


@pytest.fixture
def visit(page: Page, app_server: Callable[[str], AppServer]) -> Visit:
    visit = Visit(page, app_server(APP))
    visit.tick("Marked")
    return visit


def test_the_check_finds_words_without_marks(
    page: Page, app_server: Callable[[str], AppServer]
) -> None:
    english = Visit(page, app_server(APP))
    words = [text for text in read(english.root) if unmarked(text)]
    assert {"Proposals", "Fill the screen", "20 of 1,000 proposals shown"} <= set(words)
    assert len(words) > 60


def test_proposals(visit: Visit) -> None:
    visit.is_marked("⟦20 of 1,000 proposals shown⟧", "⟦Score ≥⟧", "⟦Photo with boxes. Arrows pan")
    visit.page.mouse.move(*visit.on_page(*BLUE))
    expect(visit.tip).to_contain_text("⟦Fate: ⟦kept: a proposal⟧⟧")
    visit.is_marked("⟦Level P")
    visit.page.locator("[data-layer=suppressed]").click()
    visit.page.locator("[data-layer=proposals]").click()
    visit.page.locator("[data-layer=offsets]").click()
    visit.page.mouse.move(*visit.on_page(*BLUE))
    expect(visit.tip).to_contain_text("⟦Fate: suppressed by")
    visit.is_marked("suppressed boxes shown⟧", "⟦anchor → its box⟧")
    visit.page.locator("[data-layer=candidates]").click()
    visit.page.locator("[data-select=heatLevel]").select_option("0")
    for colour in ("level", "fate"):
        visit.page.locator("[data-select=colourBy]").select_option(colour)
        visit.page.locator("[data-select=anchors]").select_option("all")
        visit.is_marked("boxes shown⟧", "anchors shown⟧", "⟦thin: anchors⟧", "px, h/w ")


def test_cells_and_a_selected_box(visit: Visit) -> None:
    visit.page.locator("[data-select=anchors]").select_option("cell")
    visit.page.mouse.move(*visit.on_page(*BLUE))
    expect(visit.tip).to_contain_text("⟦6 anchors: click to show, click again to go through them⟧")
    visit.is_marked()
    visit.page.locator("[data-select=anchors]").select_option("off")
    visit.overlay.focus()
    visit.overlay.press("n")
    expect(visit.tip).to_contain_text("⟦Proposal 1⟧")
    expect(visit.page.locator(".spoken")).to_contain_text("⟦Proposal 1⟧. ⟦Score")
    visit.idle()
    visit.is_marked("⟦Fate: ⟦kept: a proposal⟧⟧")


def test_no_layers_and_no_scores(visit: Visit) -> None:
    visit.page.locator("[data-layer=proposals]").click()
    visit.is_marked("⟦No boxes: every layer of boxes is off⟧")
    visit.tick("Trained head")
    visit.is_marked("⟦Untrained head: its scores would be meaningless")


def test_objects_classes_and_editing(visit: Visit) -> None:
    visit.tick("Ground truth")
    visit.is_marked("⟦4 objects⟧", "⟦match⟧", "⟦object, ⟦has p")
    visit.page.mouse.move(*visit.on_page(200, 36))
    expect(visit.tip).to_contain_text("⟦A region of many objects (crowd)⟧")
    visit.page.mouse.move(*visit.on_page(280, 200))
    expect(visit.tip).to_contain_text("⟦positive⟧")
    visit.is_marked("⟦⟦best IoU⟧: 0.")
    visit.page.locator("[data-select=colourBy]").select_option("value")
    visit.is_marked("⟦best IoU⟧ 0.2")
    visit.act("edit").click()
    visit.is_marked("⟦Photo with objects to edit.", "⟦Space and drag pans.⟧")
    visit.overlay.press("Enter")
    visit.idle()
    visit.is_marked("⟦5 objects⟧")
    visit.overlay.press("Control+z")
    visit.idle()
    visit.is_marked("⟦4 objects⟧")
    visit.overlay.press("o")
    expect(visit.page.locator(".spoken")).to_contain_text("⟦Object 1 of 4: ellipse 1⟧")
    visit.is_marked()


def test_thresholds_and_playback_of_nms(visit: Visit) -> None:
    visit.tick("Every threshold")
    visit.is_marked("boxes in, ", "⟦Playback of NMS⟧")
    slider = visit.page.locator("[data-nms=range]")
    slider.focus()
    slider.press("ArrowLeft")
    expect(visit.page.locator("[data-nms=use]")).to_have_text("⟦Use 0.69⟧")
    visit.is_marked("⟦Back to 0.7⟧")
    visit.page.locator("[data-play=on]").click()
    words = visit.page.locator("[data-play=words]")
    expect(words).to_contain_text("⟦⟦Step 1 of ")
    visit.is_marked("⟦Play⟧", " in the queue, next scores ")
    visit.page.locator("[data-play=run]").click()
    expect(visit.page.locator("[data-play=run]")).to_have_text("⟦Pause⟧")
    visit.page.locator("[data-play=range]").evaluate(
        "e => { e.value = e.max; e.dispatchEvent(new Event('input')); }"
    )
    expect(words).to_contain_text("⟦queue empty⟧")
    visit.is_marked("suppresses nothing⟧")


def test_narrow(new_page: Callable[..., Page], app_server: Callable[[str], AppServer]) -> None:
    page = new_page(width=390, height=844, touch=True, scale=2)
    visit = Visit(page, app_server(APP))
    page.get_by_test_id("stExpandSidebarButton").click()
    visit.tick("Marked")
    page.get_by_test_id("stSidebarCollapseButton").locator("button").click()
    page.get_by_role("button", name="⟦Layers and filters⟧").tap()
    expect(page.get_by_role("button", name="⟦Proposals⟧")).to_be_visible()
    visit.is_marked("⟦Two fingers zoom and pan.⟧")


def test_the_histogram_of_thresholds(visit: Visit) -> None:
    visit.page.get_by_role("link", name="Histogram").click()
    histogram = visit.page.locator(".histogram")
    expect(histogram).to_contain_text("⟦best IoU with an object⟧")
    texts = read(histogram)
    assert [text for text in texts if unmarked(text)] == []
    assert "⟦Background IoU, below⟧" in texts
    assert "⟦positive 465⟧" in texts


def test_each_visit_has_its_language_and_can_change_it(
    visit: Visit, new_page: Callable[..., Page], app_server: Callable[[str], AppServer]
) -> None:
    other = Visit(new_page(), app_server(APP))
    expect(other.status).to_have_text("20 of 1,000 proposals shown")
    visit.act("fit").click()
    expect(visit.status).to_have_text("⟦20 of 1,000 proposals shown⟧")
    visit.tick("Marked")
    expect(visit.status).to_have_text("20 of 1,000 proposals shown")
    expect(visit.act("fit")).to_have_text("Fit")
    expect(visit.page.locator(".levels")).to_contain_text("Levels")
    expect(visit.page.locator(".spoken")).to_have_text("20 of 1,000 proposals shown")
    assert not any("⟦" in text for text in read(visit.root))
    visit.tick("Marked")
    visit.is_marked("⟦20 of 1,000 proposals shown⟧")
    expect(visit.act("fit")).to_have_text("⟦Fit⟧")
