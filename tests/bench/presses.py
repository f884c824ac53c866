"""From a key press on a slider to painted pixels, measured by the clock of the page itself."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.bench.scenes import SLIDER, BenchScene
from tests.browser.conftest import FLAGS, NAMES

WARM_UP = 2
OPEN_TIMEOUT_MS = 180_000

# Both start at the time stamp of the key press and end with a message posted from the frame that
# drew the new picture, which arrives after that frame was handed to the compositor.
_ARM_OURS = """root => {
  const before = root.dataset.payloadId;
  let pressed = null;
  const press = (event) => (pressed = event.timeStamp);
  addEventListener("keydown", press, { capture: true, once: true });
  window.painted = new Promise((done) => {
    const watch = new MutationObserver(() => {
      if (pressed === null || root.dataset.payloadId === before) return;
      watch.disconnect();
      done(Number(root.dataset.paintedAt) - pressed);
    });
    watch.observe(root, { attributes: true, attributeFilter: ["data-painted-at"] });
  });
}"""
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
      channel.port1.onmessage = () => done(performance.now() - pressed);
      channel.port2.postMessage(null);
    };
    requestAnimationFrame(look);
  });
}"""
_AWAIT = """limit => Promise.race([
  window.painted,
  new Promise((done) => setTimeout(done, limit, null)),
])"""
_IDLE = """() => document.querySelector("[data-testid=stApp]")
  ?.dataset.testScriptState === "notRunning" """


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


def _executable() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of the browser tests, headless."""
    # Its handlers would end the browser before the bench can end it, and the bench with an error.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_executable(), args=FLAGS,
            handle_sigint=False, handle_sigterm=False,
        )  # fmt: skip
        try:
            yield browser
        finally:
            browser.close()


def measure_ours(
    browser: Browser, url: str, scene: BenchScene, count: int, limit_s: float
) -> Presses:
    """Press the app's slider with every anchor and all proposals drawn on the canvas."""
    with opened(browser, url, scene) as (page, _):
        root = show_all_anchors(page, "Anchors")
        _await_slider(page)
        expect(root).to_have_attribute("data-anchors-shown", str(scene.anchors))
        return _press(page, root, _ARM_OURS, count, limit_s)


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
        return _press(page, plot, _ARM_NAIVE, count, limit_s)


def show_all_anchors(page: Page, tab: str) -> Locator:
    """Open a tab of the side bar and draw every anchor; returns the root of the canvas."""
    root = page.locator(".root[data-payload-id]")
    expect(root).to_have_attribute("data-photo", "ready", timeout=OPEN_TIMEOUT_MS)
    page.get_by_role("tab", name=tab).click(timeout=OPEN_TIMEOUT_MS)
    settle(page, OPEN_TIMEOUT_MS)
    page.locator("[data-select=anchors]").select_option("all")
    expect(root).not_to_have_attribute("data-anchors-shown", "0")
    return root


@contextmanager
def opened(browser: Browser, url: str, scene: BenchScene) -> Iterator[tuple[Page, list[int]]]:
    """The page of a scene, and the sizes of all messages that the server sends it, in bytes."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    received: list[int] = []
    try:
        page = context.new_page()
        page.on(
            "websocket",
            lambda socket: socket.on("framereceived", lambda data: received.append(len(data))),
        )
        page.goto(f"{url}/{scene.path}?{urlencode(scene.query)}")
        page.locator("[data-testid=stApp]").wait_for(timeout=OPEN_TIMEOUT_MS)
        yield page, received
    finally:
        context.close()


def _await_slider(page: Page) -> None:
    page.get_by_role("slider", name=SLIDER).wait_for(timeout=OPEN_TIMEOUT_MS)
    settle(page, OPEN_TIMEOUT_MS)


def _press(page: Page, picture: Locator, arm: str, count: int, limit_s: float) -> Presses:
    slider = page.get_by_role("slider", name=SLIDER)
    slider.focus()
    times: list[float] = []
    for _ in range(WARM_UP + count):
        settle(page, limit_s * 1000)
        picture.evaluate(arm)
        page.keyboard.press("ArrowRight")
        taken = await_result(page, limit_s)
        if taken is None:
            return Presses(tuple(times[WARM_UP:]), limit_s)
        times.append(taken)
    return Presses(tuple(times[WARM_UP:]))


def await_result(page: Page, limit_s: float) -> Any:
    """What the armed promise told, or None when it has told nothing within the limit."""
    return page.evaluate(_AWAIT, limit_s * 1000)


def settle(page: Page, timeout_ms: float) -> None:
    """Wait until script and charts are done, so that no press pays for the one before."""
    page.wait_for_function(_IDLE, timeout=timeout_ms)
    time.sleep(0.3)
    page.wait_for_function(_IDLE, timeout=timeout_ms)
