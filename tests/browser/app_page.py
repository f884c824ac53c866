"""The app in a browser: where things are, and what a person reads."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypedDict

from playwright.sync_api import Locator, Page, expect

from tests.browser.canvas_on_page import TIMEOUT_MS, CanvasOnPage
from tests.widget_keys import selector_of

# The first page of a server imports torch, loads the weights and compiles the NMS loop.
FIRST_TIMEOUT_MS = 180_000


class Upload(TypedDict):
    """A file as the browser's file chooser gives it."""

    name: str
    mimeType: str
    buffer: bytes


def file(name: str, content: bytes) -> Upload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


class AppPage(CanvasOnPage):
    """One visitor's browser tab."""

    def __init__(self, page: Page, url: str) -> None:
        super().__init__(page)
        self.url = url

    def open(self, query: str = "", path: str = "") -> None:
        at = f"{self.url}/{path}" if path else self.url
        self.page.goto(f"{at}?{query}" if query else at)
        expect(self.root).to_have_attribute("data-photo", "ready", timeout=FIRST_TIMEOUT_MS)
        self.idle()

    def idle(self) -> None:
        """Wait until the script has run to its end."""
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=TIMEOUT_MS)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something can be read off the page that no locator expresses."""
        deadline = time.monotonic() + TIMEOUT_MS / 1000
        while not holds():
            assert time.monotonic() < deadline, f"waited in vain until {what}"
            self.page.wait_for_timeout(100)
        self.idle()

    # --- what is there to read

    def funnel(self) -> dict[str, int]:
        """The stages' names and the totals at the ends of their bars."""
        chart = self.key("funnel_chart")
        names = [text.removeprefix("▸ ") for text in chart.locator(".ytick").all_text_contents()]
        totals = chart.locator(".annotation-text").all_text_contents()
        if len(names) != len(totals):  # the chart is being drawn
            return {}
        return {
            name: int(total.replace(",", "")) for name, total in zip(names, totals, strict=True)
        }

    def funnel_now(self) -> dict[str, int]:
        """The funnel once it is drawn."""
        self.until(lambda: bool(self.funnel()), "the funnel is drawn")
        return self.funnel()

    def expect_funnel(self, name: str, total: int) -> None:
        """Wait for a total of the funnel."""
        self.until(
            lambda: self.funnel().get(name) == total,
            f"the funnel says {name}: {total} (it says {self.funnel()})",
        )

    def badge(self, stage: str) -> str:
        """ "gray" for a kept result, else "green"."""
        badge = self.page.locator(".stMarkdownBadge").filter(has_text=re.compile(f"^{stage} "))
        colour = badge.evaluate("e => getComputedStyle(e).color")
        red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
        return "gray" if max(red, green, blue) - min(red, green, blue) < 30 else "green"

    def says(self, text: str | re.Pattern[str]) -> None:
        """Exactly one notice holds this text, and nothing on the page looks like a traceback."""
        expect(self.page.get_by_test_id("stAlert").filter(has_text=text)).to_have_count(
            1, timeout=TIMEOUT_MS
        )
        self.idle()
        self.shows_no_traceback()

    def shows_no_traceback(self) -> None:
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        words = self.page.locator("body").inner_text()
        assert not re.search(r"Traceback|Exception|encountered an error", words)

    # --- what a person does

    def key(self, name: str) -> Locator:
        """The widget with this key."""
        return self.page.locator(selector_of(name))

    def go(self, title: str) -> None:
        """Choose another page."""
        self.key("navigation").get_by_role("link", name=title).click()

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def panel(self, name: str) -> None:
        self.key("panel").get_by_role("radio", name=name).click()
        self.idle()

    def upload(self, key: str, name: str, content: bytes) -> None:
        chooser = self.key(key).locator("input[type=file]")
        chooser.set_input_files(file(name, content))

    def _combobox(self, key: str) -> Locator:
        box = self.key(key).get_by_role("combobox")
        # The list of choices closes when the side bar scrolls under it.
        box.evaluate("e => e.scrollIntoView({ block: 'center' })")
        box.click()
        return box

    def choose(self, key: str, option: str) -> None:
        """Pick an option of a select box by typing a part of it."""
        box = self._combobox(key)
        box.fill(option)
        self.page.get_by_role("option", name=option).first.click()

    def add_value(self, key: str, value: str) -> None:
        """Type a value into a list of values."""
        box = self._combobox(key)
        self.page.keyboard.type(value)
        expect(self.page.get_by_role("option", name=f"Add: {value}")).to_be_visible()
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("Escape")
        box.blur()  # its line closes, and what is below moves up
        expect(self.key(key).locator(f'[data-tag][aria-label="{value}"]')).to_be_visible()
        self.idle()

    def remove_value(self, key: str, value: str) -> None:
        self.key(key).get_by_role("button", name=f"Remove {value}", exact=True).click()
        expect(self.key(key).locator(f'[data-tag][aria-label="{value}"]')).to_have_count(0)

    def switch(self, layer: str) -> None:
        """Switch a layer of the picture on or off."""
        self.page.locator(f"[data-layer={layer}]").click()

    def drag_slider(self, key: str, share: float) -> None:
        """Drag the thumb of a slider to a share of its track with the mouse."""
        slider = self.key(key).get_by_role("group")
        slider.scroll_into_view_if_needed()
        track = slider.bounding_box()
        thumb = self.key(key).get_by_test_id("stSliderThumbValue").locator("..").bounding_box()
        assert track is not None
        assert thumb is not None
        start = thumb["x"] + thumb["width"] / 2
        height = thumb["y"] + thumb["height"] / 2
        end = track["x"] + share * track["width"]
        mouse = self.page.mouse
        mouse.move(start, height)
        mouse.down()
        mouse.move((start + end) / 2, height, steps=3)
        mouse.move(end, height, steps=3)
        mouse.up()

    def reset(self) -> None:
        self.key("reset").get_by_role("button", name="Reset", exact=True).click()

    def click_funnel(self, name: str) -> None:
        """Click the end of a stage's bar, left of its number."""
        row = list(self.funnel_now()).index(name)
        number = self.key("funnel_chart").locator(".annotation-text").nth(row).bounding_box()
        assert number is not None
        self.page.mouse.move(number["x"] - 8, number["y"] + number["height"] / 2)
        # Plotly takes a click for that of the point under the pointer, and looks that up late.
        expect(self.key("funnel_chart").locator(".hoverlayer")).to_contain_text(name)
        self.page.mouse.down()
        self.page.mouse.up()

    def near_pixel(self, at: tuple[float, float], rgb: tuple[int, int, int]) -> bool:
        return all(abs(a - b) < 16 for a, b in zip(self.pixel(*at), rgb, strict=False))
