"""The box canvas in a browser: its parts, what it tells about itself, and what it painted."""

from __future__ import annotations

import re

from playwright.sync_api import FloatRect, Locator, Page, expect

TIMEOUT_MS = 60_000


class CanvasOnPage:
    """The canvas on whatever page holds it; by its key where the page holds several."""

    def __init__(self, page: Page, key: str = "") -> None:
        self.page = page
        self.within: Locator = page.locator(f".st-key-{key}" if key else "body")
        self.root: Locator = self.within.locator(".root")
        self.overlay: Locator = self.within.locator(".overlay")
        self.tip: Locator = self.within.locator(".tip")
        self.status: Locator = self.within.locator(".status")

    def data(self, name: str) -> str:
        return self.root.get_attribute(f"data-{name}") or ""

    def number(self, name: str) -> float:
        return float(self.data(name))

    def shows(self, name: str = "shown") -> None:
        """Wait until there is at least one of what is counted: painting follows the words."""
        expect(self.root).to_have_attribute(
            f"data-{name}", re.compile(r"^[1-9]"), timeout=TIMEOUT_MS
        )

    def stage(self) -> FloatRect:
        box = self.overlay.bounding_box()
        assert box is not None
        return box

    def on_page(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the network input lies in the window now."""
        stage, scale = self.stage(), self.number("scale")
        left, top = self.number("left"), self.number("top")
        return (stage["x"] + left + x * scale, stage["y"] + top + y * scale)

    def pixel(self, x: float, y: float) -> tuple[int, ...]:
        """The colour painted at a point of the network input, without hover and selection."""
        stage = self.stage()
        page_x, page_y = self.on_page(x, y)
        script = "(c, at) => [...c.getContext('2d').getImageData(...at, 1, 1).data]"
        at = [round(page_x - stage["x"]), round(page_y - stage["y"])]
        return tuple(self.within.locator(".base").evaluate(script, at))
