"""A page under measurement: opened, at rest, and the clock from a key to painted pixels."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.sync_api import Browser, ElementHandle, Locator, Page, expect, sync_playwright

from tests.bench.scenes import BenchScene
from tests.chromium import FLAGS, executable

OPEN_TIMEOUT_MS = 180_000

# From the time stamp of the last key to a message posted from the frame that drew the picture,
# which arrives after that frame was handed to the compositor. A change after which the same
# picture stands is told by the end of the script's run and the frame after it. On the page that
# has no picture its numbers are what is waited for.
_ARM = """([root, answer]) => {
  const app = document.querySelector("[data-testid=stApp]");
  const before = root?.dataset.payloadId;
  let pressed = null;
  const press = (event) => (pressed = event.timeStamp);
  addEventListener("keydown", press, { capture: true });
  window.painted = new Promise((done) => {
    let ran = false;
    const end = (what, milliseconds) => {
      removeEventListener("keydown", press, { capture: true });
      picture.disconnect();
      numbers.disconnect();
      script.disconnect();
      done({ what, milliseconds });
    };
    const picture = new MutationObserver(() => {
      if (pressed === null || root.dataset.payloadId === before) return;
      end("picture", Number(root.dataset.paintedAt) - pressed);
    });
    const afterFrame = (then) => requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = then;
      channel.port2.postMessage(null);
    });
    const numbers = new MutationObserver(() => {
      if (pressed === null) return;
      afterFrame(() => end("picture", performance.now() - pressed));
    });
    const script = new MutationObserver(() => {
      const runs = app.dataset.testScriptState !== "notRunning";
      if (pressed !== null && ran && !runs) {
        afterFrame(() => {
          const taken = performance.now() - pressed;
          setTimeout(() => end("run", taken), 1000);  // a picture may still come
        });
      }
      ran ||= runs;
    });
    if (answer) {
      numbers.observe(answer, { subtree: true, childList: true, characterData: true });
    }
    if (root) picture.observe(root, { attributes: true, attributeFilter: ["data-painted-at"] });
    script.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
  });
}"""
_AWAIT = """limit => Promise.race([
  window.painted,
  new Promise((done) => setTimeout(done, limit, null)),
])"""
_IDLE = """() => document.querySelector("[data-testid=stApp]")
  ?.dataset.testScriptState === "notRunning" """
CANVAS = ".root[data-payload-id]"
NUMBERS = ".st-key-design_numbers"  # the answer of the page that has no picture


@dataclass(frozen=True, slots=True)
class Change:
    """What a key has brought about.

    Attributes:
        picture: whether a new picture, or other numbers, were painted; else `milliseconds` go to
            the end of the run.
        milliseconds: since the key.
    """

    picture: bool
    milliseconds: float


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of the browser tests, headless."""
    # Its handlers would end the browser before the bench can end it, and the bench with an error.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=FLAGS,
            handle_sigint=False, handle_sigterm=False,
        )  # fmt: skip
        try:
            yield browser
        finally:
            browser.close()


def show_all_anchors(page: Page, tab: str) -> Locator:
    """Open a tab of the side bar and draw every anchor; returns the root of the canvas."""
    await_picture(page)
    page.get_by_role("tab", name=tab).click(timeout=OPEN_TIMEOUT_MS)
    settle(page, OPEN_TIMEOUT_MS)
    return draw_every_anchor(page)


def await_picture(page: Page) -> None:
    expect(page.locator(CANVAS)).to_have_attribute("data-photo", "ready", timeout=OPEN_TIMEOUT_MS)


def draw_every_anchor(page: Page) -> Locator:
    """Switch all anchors on, once the picture is there; returns the root of the canvas."""
    await_picture(page)
    root = page.locator(CANVAS)
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


def arm(page: Page) -> None:
    """Begin to listen for a key, and for what comes of it in the picture or the numbers."""
    page.evaluate(_ARM, [_handle(page, CANVAS), _handle(page, NUMBERS)])


def _handle(page: Page, selector: str) -> ElementHandle | None:
    found = page.locator(selector)
    return found.element_handle() if found.count() else None


def await_change(page: Page, limit_s: float) -> Change | None:
    """What came of the last key, or None when nothing has come of it within the limit."""
    told = page.evaluate(_AWAIT, limit_s * 1000)
    return None if told is None else Change(told["what"] == "picture", told["milliseconds"])


def settle(page: Page, timeout_ms: float) -> None:
    """Wait until script and charts are done, so that no press pays for the one before."""
    page.wait_for_function(_IDLE, timeout=timeout_ms)
    time.sleep(0.3)
    page.wait_for_function(_IDLE, timeout=timeout_ms)
