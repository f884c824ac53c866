"""Ground truth on the canvas, drawn and edited as a person does it; classes and values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.app_server import AppServer
from tests.browser.canvas_on_page import CanvasOnPage

pytestmark = pytest.mark.browser

APP = "tests/browser/canvas_demo_app.py"
# From pixels of the 448 x 336 network input to those of the 1000 x 750 photo.
FACTOR = 1000 / 448
# Box of the large blue ellipse of photo A, "ellipse 2", pixels of the network input.
BLUE = (230, 110, 330, 300)
EMPTY = (60, 250, 150, 320)  # a place of photo A without ellipses


class Editor(CanvasOnPage):
    """The canvas with ground truth, and a hand that draws on it."""

    def __init__(self, page: Page, server: AppServer) -> None:
        super().__init__(page)
        page.goto(server.url)
        expect(self.root).to_have_attribute("data-photo", "ready", timeout=60_000)

    def settle(self) -> None:
        """Wait until the script has received what was done."""
        self.page.wait_for_timeout(350)  # a click on the canvas is sent a little later
        expect(self.root).to_have_attribute("data-pending", "")
        expect(self.page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )

    def tick(self, words: str) -> None:
        """Choose something in the side bar that changes the picture."""
        before = self.data("payload-id")
        self.page.get_by_text(words, exact=True).click()
        expect(self.root).not_to_have_attribute("data-payload-id", before)
        self.settle()

    def button(self, name: str) -> Locator:
        """By its name, with or without the mark of a pressed switch."""
        return self.page.get_by_role("button", name=re.compile(f"^(✓ )?{name}$"))

    def press(self, name: str) -> None:
        self.button(name).click()
        self.settle()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """From point to point of the network input, and wait for the script."""
        self.page.mouse.move(*self.on_page(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.on_page(*end), steps=4)
        self.page.mouse.up()
        self.settle()

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.on_page(x, y))
        self.settle()

    def draw(self, box: tuple[float, float, float, float]) -> None:
        self.drag(box[:2], box[2:])

    def objects(self) -> dict[int, list[float]]:
        """Number -> box as the browser has it, pixels of the photo."""
        return dict(json.loads(self.data("objects")))

    def told(self) -> list[list[float]]:
        """The boxes as the script has them."""
        text = self.page.get_by_text(re.compile("^objects: ")).inner_text()
        boxes: list[list[float]] = json.loads(text.removeprefix("objects: "))
        return boxes

    def count(self, what: str) -> int:
        """A number that the demo prints: `edits`, `script runs`."""
        text = self.page.get_by_text(re.compile(f"^{what}: ")).inner_text()
        return int(text.rpartition(" ")[2])

    def agree(self) -> None:
        """Browser and script come to hold the same boxes."""
        boxes = [[round(side, 1) for side in box] for box in self.objects().values()]
        for _ in range(40):
            if self.told() == boxes:
                return
            self.page.wait_for_timeout(100)
        assert self.told() == boxes


def in_photo(box: tuple[float, float, float, float]) -> list[float]:
    return [side * FACTOR for side in box]


@pytest.fixture
def looker(page: Page, app_server: Callable[[str], AppServer]) -> Editor:
    """The canvas with ground truth, not yet being edited."""
    editor = Editor(page, app_server(APP))
    editor.tick("Ground truth")
    expect(editor.status).to_contain_text("4 objects")
    return editor


@pytest.fixture
def editor(looker: Editor) -> Editor:
    looker.press("Edit boxes")
    return looker


def test_without_ground_truth_there_is_nothing_to_edit(
    page: Page, app_server: Callable[[str], AppServer]
) -> None:
    editor = Editor(page, app_server(APP))
    for name in ("Objects", "Edit boxes"):
        expect(editor.button(name)).to_be_hidden()
    options = page.get_by_label("Colour by").locator("option:not([hidden])")
    assert options.all_text_contents() == ["score", "level", "fate"]
    editor.overlay.focus()
    editor.overlay.press("e")
    expect(editor.root).not_to_have_class(re.compile("editing"))


def test_hover_and_click_tell_of_an_object(looker: Editor) -> None:
    looker.page.mouse.move(*looker.on_page(BLUE[0], 200))
    expect(looker.tip).to_contain_text("Object 2 of 4: ellipse 2")
    text = looker.tip.inner_text()
    assert "223.2 × 424.1 px in the photo" in text
    assert "100 × 190 px in the network input, h/w 1.9" in text
    looker.click(BLUE[0], 200)
    expect(looker.page.get_by_text("selected object: 1")).to_be_visible()
    expect(looker.page.get_by_text("selected anchor: None")).to_be_visible()
    # Another setting of the anchors: the object is still the same one.
    looker.page.get_by_role("slider", name="Ratios").press("ArrowLeft")
    looker.settle()
    assert looker.data("object") == "1"
    expect(looker.page.get_by_text("selected object: 1")).to_be_visible()
    looker.overlay.press("o")
    expect(looker.tip).to_contain_text("Object 3 of 4: ellipse 3")
    expect(looker.page.get_by_text("selected object: 2")).to_be_visible()
    looker.overlay.press("Escape")
    expect(looker.page.get_by_text("selected object: None")).to_be_visible()


def test_a_crowd_region_says_so(looker: Editor) -> None:
    looker.page.mouse.move(*looker.on_page(200, 36))
    expect(looker.tip).to_contain_text("A region of many objects (crowd)")


def test_names_are_painted_and_can_be_clicked(looker: Editor) -> None:
    x, y = looker.on_page(BLUE[0], BLUE[1])
    looker.page.mouse.click(x + 15, y - 10)  # the tag above the upper left corner
    expect(looker.page.get_by_text("selected object: 1")).to_be_visible()


def test_numbers_are_painted_beside_the_names_and_never_become_part_of_them(
    looker: Editor,
) -> None:
    looker.page.evaluate(
        """() => {
            const paint = CanvasRenderingContext2D.prototype.fillText;
            window.painted = new Set();
            CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
                window.painted.add(text);
                return paint.call(this, text, ...at);
            };
        }"""
    )

    def painted_after(what: Callable[[], None]) -> set[str]:
        looker.page.evaluate("window.painted.clear()")
        what()
        return set(looker.page.evaluate("[...window.painted]"))

    def told() -> Locator:
        return looker.page.get_by_text(re.compile("^categories: "))

    assert {"3", "12. cat"} <= painted_after(lambda: looker.tick("B"))
    assert painted_after(lambda: looker.tick("Numbers")) == {"1 3", "2 12. cat", "3"}
    looker.page.mouse.move(*looker.on_page(400, 100))
    expect(looker.tip).to_contain_text("Object 1 of 3: 3")
    looker.press("Edit boxes")
    drawn = painted_after(lambda: looker.draw((200, 5, 300, 25)))
    assert {"1 3", "2 12. cat", "3", "4"} <= drawn
    expect(told()).to_have_text("categories: ['3', '12. cat', '', '']")
    looker.click(60, 120)  # the line of the first
    looker.overlay.press("Delete")
    looker.settle()
    expect(told()).to_have_text("categories: ['12. cat', '', '']")
    assert {"1 12. cat", "2", "3"} <= painted_after(lambda: looker.press("Edit boxes"))


def test_objects_can_be_hidden(looker: Editor) -> None:
    def painted() -> int:
        script = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.reduce("
        return int(looker.overlay.evaluate(script + "(sum, v) => sum + (v > 0), 0)"))

    looker.page.mouse.move(5, 5)
    before = painted()
    looker.button("Objects").click()
    looker.page.wait_for_timeout(150)
    assert painted() == 0 < before
    expect(looker.status).not_to_contain_text("objects")


def test_three_boxes_are_drawn_and_each_costs_one_run(editor: Editor) -> None:
    runs = editor.count("script runs")
    boxes = (EMPTY, (360, 150, 430, 230), (10, 10, 30, 40))
    for box in boxes:
        editor.draw(box)
    assert editor.count("edits") == 3
    assert editor.count("script runs") == runs + 3
    assert len(editor.objects()) == 7
    editor.agree()
    for drawn, box in zip(editor.told()[4:], boxes, strict=True):
        assert drawn == pytest.approx(in_photo(box), abs=1.5)
        assert all(side == round(side) for side in drawn)  # whole pixels of the photo
    expect(editor.page.get_by_text("selected object: 6")).to_be_visible()
    expect(editor.status).to_contain_text("7 objects")


def test_nothing_is_sent_while_a_box_is_drawn(editor: Editor) -> None:
    runs = editor.count("script runs")
    editor.page.mouse.move(*editor.on_page(60, 250))
    editor.page.mouse.down()
    for step in range(1, 6):
        editor.page.mouse.move(*editor.on_page(60 + 15 * step, 250 + 10 * step))
        editor.page.wait_for_timeout(120)
    assert len(editor.objects()) == 5
    assert editor.count("script runs") == runs
    editor.overlay.press("Escape")  # taken back before it was finished
    editor.page.mouse.up()
    editor.settle()
    assert len(editor.objects()) == 4
    assert editor.count("edits") == 0


def test_a_selected_box_is_moved_by_its_inside_and_stays_in_the_photo(editor: Editor) -> None:
    before = editor.objects()[1]
    editor.click(280, 200)
    editor.drag((280, 200), (250, 190))
    after = editor.objects()[1]
    expected = [a - d for a, d in zip(before, in_photo((30, 10, 30, 10)), strict=True)]
    assert after == pytest.approx(expected, abs=1.5)
    assert after[2] - after[0] == pytest.approx(before[2] - before[0])
    editor.drag((250, 190), (-200, 800))
    moved = editor.objects()[1]
    assert (moved[0], moved[3]) == (0, 750)
    assert moved[2] - moved[0] == pytest.approx(before[2] - before[0])
    editor.agree()


def test_a_box_is_taken_by_its_line_and_its_inside_is_free_to_draw_in(editor: Editor) -> None:
    editor.drag((240, 150), (320, 200))  # inside "ellipse 2", which is not selected
    assert len(editor.objects()) == 5
    editor.overlay.press("Escape")
    before = editor.objects()[1]
    editor.drag((BLUE[0], 270), (BLUE[0] - 20, 270))
    assert editor.objects()[1][0] == pytest.approx(before[0] - 20 * FACTOR, abs=1.5)
    assert len(editor.objects()) == 5
    editor.agree()


def test_handles_resize_down_to_the_least_side(editor: Editor) -> None:
    editor.click(280, 200)
    before = editor.objects()[1]
    editor.drag((BLUE[2], BLUE[3]), (350, 320))
    after = editor.objects()[1]
    assert after[:2] == pytest.approx(before[:2])
    assert after[2:] == pytest.approx([350 * FACTOR, 320 * FACTOR], abs=1.5)
    editor.drag((BLUE[0], (BLUE[1] + 320) / 2), (400, 100))  # the left side, beyond the right one
    thin = editor.objects()[1]
    assert thin[2] - thin[0] == pytest.approx(2)
    assert [thin[1], thin[2], thin[3]] == after[1:]
    editor.agree()


def test_delete_undo_and_redo(editor: Editor) -> None:
    start = editor.objects()
    for name in ("Delete", "Undo", "Redo"):
        expect(editor.button(name)).to_be_disabled()
    editor.draw(EMPTY)
    editor.click(280, 200)
    editor.press("Delete")
    assert set(editor.objects()) == {0, 2, 3, 4}
    editor.press("Undo")
    assert set(editor.objects()) == {0, 1, 2, 3, 4}
    assert editor.objects()[1] == start[1]
    editor.press("Undo")
    assert editor.objects() == start
    expect(editor.button("Undo")).to_be_disabled()
    editor.press("Redo")
    editor.press("Redo")
    assert set(editor.objects()) == {0, 2, 3, 4}
    editor.agree()
    editor.press("Undo")
    editor.page.mouse.move(*editor.on_page(BLUE[0], 200))
    editor.press("Edit boxes")
    editor.page.mouse.move(*editor.on_page(BLUE[0], 200))
    expect(editor.tip).to_contain_text("ellipse 2")  # its name came back with it


def test_the_keyboard_draws_moves_resizes_and_deletes(looker: Editor) -> None:
    overlay = looker.overlay
    overlay.focus()
    overlay.press("e")
    expect(overlay).to_have_attribute("aria-label", re.compile("Enter adds a box in the middle"))
    overlay.press("Enter")
    looker.settle()
    (number,) = set(looker.objects()) - {0, 1, 2, 3}
    before = looker.objects()[number]
    edits = looker.count("edits")
    for _ in range(3):
        overlay.press("ArrowRight")
    overlay.press("ArrowUp")
    looker.page.wait_for_timeout(600)
    looker.settle()
    assert looker.count("edits") == edits + 1  # a row of presses is one gesture
    after = looker.objects()[number]
    step = (after[0] - before[0]) / 3
    assert step >= 1
    assert after == [before[0] + 3 * step, before[1] - step, before[2] + 3 * step, before[3] - step]
    overlay.press("Shift+ArrowLeft")
    overlay.press("Control+z")  # ends the row, and takes it back
    looker.settle()
    assert looker.objects()[number] == after
    overlay.press("Control+Shift+z")
    looker.settle()
    assert looker.objects()[number] == [*after[:2], after[2] - step, after[3]]
    overlay.press("Delete")
    looker.settle()
    assert number not in looker.objects()
    overlay.press("n")
    expect(looker.page.locator(".spoken")).to_contain_text("Object 1 of 4: ellipse 1")
    looker.agree()
    overlay.press("e")
    expect(looker.root).not_to_have_class(re.compile("editing"))


def test_clicks_on_a_pile_go_through_it(editor: Editor) -> None:
    editor.drag((240, 150), (320, 200))
    editor.overlay.press("Escape")
    editor.click(280, 180)
    assert editor.data("object") == "4"  # the smaller one
    editor.click(280, 180)
    assert editor.data("object") == "1"
    editor.click(280, 180)
    assert editor.data("object") == "4"
    editor.click(20, 320)
    assert editor.data("object") == ""
    assert editor.data("cell") == ""


def test_zoomed_in_the_space_bar_pans_and_drawing_is_finer(editor: Editor) -> None:
    point = editor.on_page(100, 280)
    editor.page.mouse.move(*point)
    editor.page.mouse.wheel(0, -300)
    editor.page.mouse.wheel(0, -300)
    editor.page.wait_for_timeout(300)
    assert editor.number("zoom") > 2
    editor.overlay.focus()
    editor.page.keyboard.down(" ")
    left = editor.number("left")
    editor.page.mouse.down()
    editor.page.mouse.move(point[0] + 50, point[1], steps=3)
    editor.page.mouse.up()
    editor.page.keyboard.up(" ")
    editor.page.wait_for_timeout(200)
    assert editor.number("left") == pytest.approx(left + 50, abs=1)
    assert len(editor.objects()) == 4
    editor.draw((90, 270, 96, 275))
    assert editor.objects()[4] == pytest.approx(in_photo((90, 270, 96, 275)), abs=1)


def test_each_photo_keeps_its_own_objects(editor: Editor) -> None:
    editor.draw(EMPTY)
    drawn = editor.objects()
    editor.tick("B")
    expect(editor.root).to_have_attribute("data-photo", "ready")
    assert len(editor.objects()) == 3
    expect(editor.button("Undo")).to_be_disabled()
    editor.draw((200, 5, 300, 25))
    editor.tick("A")
    assert editor.objects() == drawn
    editor.agree()


def test_objects_that_were_changed_elsewhere_replace_those_drawn(editor: Editor) -> None:
    editor.draw(EMPTY)
    editor.tick("Clear the objects")
    assert editor.objects() == {}
    expect(editor.button("Undo")).to_be_disabled()
    expect(editor.status).to_contain_text("0 objects")
    editor.draw(EMPTY)
    assert len(editor.told()) == 1
    editor.agree()


def test_objects_and_undo_survive_another_page(editor: Editor) -> None:
    editor.draw(EMPTY)
    drawn = editor.objects()
    editor.page.get_by_role("link", name="Other").click()
    expect(editor.page.get_by_text("the other page")).to_be_visible()
    editor.page.get_by_role("link", name="Canvas").click()
    expect(editor.root).to_have_attribute("data-photo", "ready")
    editor.tick("Ground truth")  # the demo's checkbox lives on this page alone
    assert editor.objects() == drawn
    editor.press("Undo")
    assert len(editor.objects()) == 4
    editor.agree()


def test_a_finger_draws_and_two_fingers_zoom(
    new_page: Callable[..., Page], app_server: Callable[[str], AppServer]
) -> None:
    page = new_page(width=390, height=844, touch=True, scale=2)
    editor = Editor(page, app_server(APP))
    page.get_by_test_id("stExpandSidebarButton").click()
    editor.tick("Ground truth")
    page.get_by_test_id("stSidebarCollapseButton").locator("button").click()
    expect(editor.status).to_contain_text("4 objects")
    editor.press("Edit boxes")
    assert editor.overlay.evaluate("e => e.style.touchAction") == "none"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    start, end = editor.on_page(*EMPTY[:2]), editor.on_page(*EMPTY[2:])
    touch("touchStart", start)
    for share in (0.3, 0.7, 1):
        touch("touchMove", *[tuple(a + share * (b - a) for a, b in zip(start, end, strict=True))])
    touch("touchEnd")
    editor.settle()
    assert editor.objects()[4] == pytest.approx(in_photo(EMPTY), abs=4)
    editor.agree()

    # A handle is easy to hit: 12 px beside the corner is still the corner.
    before = editor.objects()[4]
    x, y = editor.on_page(before[2] / FACTOR, before[3] / FACTOR)
    touch("touchStart", (x + 8, y + 8))
    touch("touchMove", (x + 18, y + 13))
    touch("touchMove", (x + 28, y + 18))
    touch("touchEnd")
    editor.settle()
    assert editor.objects()[4][:2] == before[:2]
    assert editor.objects()[4][2] > before[2] + 20

    count = len(editor.objects())
    middle = editor.on_page(300, 250)
    touch("touchStart", middle)
    touch("touchStart", middle, (middle[0] + 40, middle[1]))
    touch("touchMove", middle, (middle[0] + 70, middle[1]))
    touch("touchMove", middle, (middle[0] + 100, middle[1]))
    touch("touchEnd")
    editor.settle()
    assert editor.number("zoom") > 1.3
    assert len(editor.objects()) == count


def test_classes_have_counts_and_switches_and_negatives_are_off_at_first(looker: Editor) -> None:
    runs = looker.count("script runs")
    expect(looker.page.get_by_label("Colour by")).to_have_value("class")
    group = looker.page.get_by_role("group", name="Match")
    counts = {
        label.inner_text().split("\n")[0].strip(): label.locator("output").inner_text()
        for label in group.locator("label").all()
    }
    numbers = [int(text.replace(",", "")) for text in counts.values()]
    assert sum(numbers) == 21_420
    positives, low_quality, ignored, negatives = numbers
    assert negatives > 20_000
    shown = positives + low_quality
    expect(looker.status).to_contain_text(f"{shown} of {shown} anchors shown")
    expect(looker.page.locator(".legend")).to_contain_text(f"positive: {positives}")
    group.get_by_role("checkbox", name="ignored").check()
    expect(looker.root).to_have_attribute("data-anchors-shown", str(shown + ignored))
    group.get_by_role("checkbox", name="negative").check()
    expect(looker.root).to_have_attribute("data-anchors-shown", "21420")
    expect(looker.page.locator(".legend")).to_contain_text("negative: 20,")
    group.get_by_role("checkbox", name="positive", exact=False).first.uncheck()
    expect(looker.root).to_have_attribute("data-anchors-shown", str(21_420 - positives))
    looker.page.get_by_role("checkbox", name="P3").uncheck()
    expect(looker.root).not_to_have_attribute("data-anchors-shown", str(21_420 - positives))
    looker.settle()
    assert looker.count("script runs") == runs


def test_a_positive_anchor_is_painted_in_its_colour_and_tells_its_class(looker: Editor) -> None:
    # The 64 px anchor of ratio 2 nearest to "ellipse 2": its line, not that of the object.
    looker.page.mouse.move(*looker.on_page(280, 200))
    expect(looker.tip).to_contain_text("Match: positive")
    text = looker.tip.inner_text()
    assert re.search(r"^Anchor [\d,]+$", text, re.MULTILINE)
    assert re.search(r"^Best IoU: 0\.[789]\d*$", text, re.MULTILINE)
    looker.click(280, 200)
    expect(looker.page.get_by_text("selected anchor: None")).to_have_count(0)


def test_values_colour_the_anchors_that_have_one(looker: Editor) -> None:
    looker.page.get_by_label("Colour by").select_option(label="best IoU")
    looker.page.get_by_role("checkbox", name="ignored").check()
    looker.page.get_by_role("checkbox", name="negative").check()
    expect(looker.page.locator(".legend")).to_contain_text(re.compile(r"best IoU 0\.2 ?0\.\d+"))
    looker.page.wait_for_timeout(200)
    with_value = looker.number("anchors-shown")
    assert 0 < with_value < 21_420
    looker.page.get_by_label("Colour by").select_option("class")
    expect(looker.root).to_have_attribute("data-anchors-shown", "21420")


def test_classes_and_objects_do_not_need_scores(looker: Editor) -> None:
    looker.tick("Trained head")
    expect(looker.page.get_by_label("Colour by")).to_have_value("class")
    expect(looker.status).to_contain_text("4 objects")
    looker.page.mouse.move(*looker.on_page(280, 200))
    expect(looker.tip).to_contain_text("Match: positive")
    looker.click(280, 200)
    expect(looker.page.get_by_text("selected anchor: None")).to_have_count(0)


def test_png_holds_the_objects(looker: Editor) -> None:
    with looker.page.expect_download() as download:
        looker.page.get_by_role("button", name="PNG").click()
    assert download.value.suggested_filename == "region-proposals.png"
    x, y = looker.on_page(BLUE[0], 250)
    stage = looker.stage()
    script = "(c, at) => [...c.getContext('2d').getImageData(...at, 1, 1).data]"
    at = [round(x - stage["x"]), round(y - stage["y"])]
    assert looker.overlay.evaluate(script, at)[:3] == [255, 255, 255]
