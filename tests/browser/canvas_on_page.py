"""The box canvas in a browser: its parts, what it tells about itself, and what it painted."""

from __future__ import annotations

from playwright.sync_api import FloatRect, Locator, Page


class CanvasOnPage:
    """The canvas on whatever page holds it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root: Locator = page.locator(".root")
        self.overlay: Locator = page.locator(".overlay")
        self.tip: Locator = page.locator(".tip")
        self.status: Locator = page.locator(".status")

    def data(self, name: str) -> str:
        return self.root.get_attribute(f"data-{name}") or ""

    def number(self, name: str) -> float:
        return float(self.data(name))

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
        return tuple(self.page.locator(".base").evaluate(script, at))
