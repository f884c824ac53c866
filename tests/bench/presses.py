"""From a key press on a slider to painted pixels, measured by the clock of the page itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.bench.bench_page import (
    OPEN_TIMEOUT_MS,
    arm,
    await_change,
    await_picture,
    opened,
    settle,
    show_all_anchors,
)
from tests.bench.scenes import BARE, SLIDER, BenchScene

WARM_UP = 2

# The proposals are the last thing that Plotly draws. A listener for its own event, added from
# outside, was not called in Streamlit's chart, so each frame looks for the new lines instead.
_ARM_NAIVE = """() => {
  const last = () => [...document.querySelectorAll(".scatterlayer .trace:last-child path.js-line")]
    .at(-1)?.getAttribute("d");
  const before = last();
  let pressed = null;
  const press = (event) => (pressed = event.timeStamp);
  addEventListener("keydown", press, { capture: true, once: true });
  window.painted = new Promise((done) => {
    const look = () => {
      const now = last();
      if (pressed === null || now === undefined || now === before) {
        requestAnimationFrame(look);
        return;
      }
      const channel = new MessageChannel();
      channel.port1.onmessage = () =>
        done({ what: "picture", milliseconds: performance.now() - pressed });
      channel.port2.postMessage(null);
    };
    requestAnimationFrame(look);
  });
}"""


@dataclass(frozen=True, slots=True)
class Presses:
    """Times of single presses, each of a value never seen before.

    Attributes:
        milliseconds: key press to painted pixels.
        gave_up_after_s: set when a press was not painted within so many seconds, or the page did
            not open; the times before it are still there.
    """

    milliseconds: tuple[float, ...]
    gave_up_after_s: float | None = None


def measure_ours(
    browser: Browser, url: str, scene: BenchScene, count: int, limit_s: float
) -> Presses:
    """Press the app's slider with every anchor and all proposals drawn on the canvas."""
    with opened(browser, url, scene) as (page, _):
        root = show_all_anchors(page, "Anchors")
        _await_slider(page)
        expect(root).to_have_attribute("data-anchors-shown", str(scene.anchors))
        return _press(page, lambda: arm(page), count, limit_s)


def measure_bare(browser: Browser, url: str, count: int, limit_s: float) -> Presses:
    """Press the slider of the page that has nothing else but an empty canvas."""
    with opened(browser, url, BARE) as (page, _):
        await_picture(page)
        _await_slider(page)
        return _press(page, lambda: arm(page), count, limit_s)


def measure_naive(
    browser: Browser, url: str, scene: BenchScene, count: int, limit_s: float
) -> Presses:
    """Press the naive page's slider."""
    with opened(browser, url, scene) as (page, _):
        _await_slider(page)
        plot = page.locator(".js-plotly-plot")
        try:
            plot.locator(".scatterlayer path.js-line").nth(1).wait_for(
                state="attached", timeout=limit_s * 1000
            )
        except PlaywrightTimeout:
            return Presses((), limit_s)
        return _press(page, lambda: page.evaluate(_ARM_NAIVE), count, limit_s)


def _await_slider(page: Page) -> None:
    page.get_by_role("slider", name=SLIDER).wait_for(timeout=OPEN_TIMEOUT_MS)
    settle(page, OPEN_TIMEOUT_MS)


def _press(page: Page, listen: Callable[[], None], count: int, limit_s: float) -> Presses:
    slider = page.get_by_role("slider", name=SLIDER)
    slider.focus()
    times: list[float] = []
    for _ in range(WARM_UP + count):
        settle(page, limit_s * 1000)
        listen()
        page.keyboard.press("ArrowRight")
        change = await_change(page, limit_s)
        if change is None:
            return Presses(tuple(times[WARM_UP:]), limit_s)
        assert change.picture, "a press has left the picture as it was"
        times.append(change.milliseconds)
    return Presses(tuple(times[WARM_UP:]))
