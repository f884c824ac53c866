"""Frames a second while something is dragged on the canvas, which asks the server for nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from playwright.sync_api import Browser, Page

from tests.bench.bench_page import OPEN_TIMEOUT_MS, opened, settle, show_all_anchors
from tests.bench.scenes import BenchScene

SECONDS = 3.0

# In each frame one more place of the pointer, by the events that a mouse gives: from outside, the
# browser takes some of them later than the next frame, and the rate would be that of the bench. A
# frame counts when the canvas told of a picture that it painted.
_DRAG = """async (root, [what, milliseconds]) => {
  const paints = [];
  const counting = new MutationObserver(() => paints.push(Number(root.dataset.paintedAt)));
  const overlay = root.querySelector(".overlay");
  const range = root.querySelector("[data-nms=range]");
  const box = overlay.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const at = (dx, dy) => ({ clientX: x + dx, clientY: y + dy, pointerId: 1, button: 0, buttons: 1,
                            bubbles: true, cancelable: true });
  const acts = {
    pan: (share) => overlay.dispatchEvent(
      new PointerEvent("pointermove", at(150 * Math.sin(12 * share), 80 * share))),
    zoom: (share) => overlay.dispatchEvent(
      new WheelEvent("wheel", { ...at(0, 0), deltaY: share > 0.5 ? 25 : -25 })),
    threshold: (share) => {
      range.value = String(Math.round(50 + 40 * Math.sin(9 * share)));
      range.dispatchEvent(new Event("input", { bubbles: true }));
    },
  };
  if (what === "pan") {
    // What fills the stage exactly cannot be moved.
    overlay.dispatchEvent(new WheelEvent("wheel", { ...at(0, 0), deltaY: -400 }));
    await new Promise((done) => setTimeout(done, 500));
    overlay.setPointerCapture = () => {}; // only a real pointer can be captured
    overlay.dispatchEvent(new PointerEvent("pointerdown", at(0, 0)));
  }
  counting.observe(root, { attributes: true, attributeFilter: ["data-painted-at"] });
  const started = performance.now();
  await new Promise((done) => {
    const step = (now) => {
      if (now - started >= milliseconds) return done();
      acts[what]((now - started) / milliseconds);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  counting.disconnect();
  if (what === "pan") overlay.dispatchEvent(new PointerEvent("pointerup", at(0, 80)));
  return paints;
}"""


@dataclass(frozen=True, slots=True)
class FrameRate:
    """What a person sees while dragging.

    Attributes:
        what: was dragged.
        anchors_shown, boxes_shown: drawn in each frame.
        frames_a_second: painted, over the time of the drag.
        longest_gap_ms: between two paints, 95th percentile.
        kilobytes: that came from the server meanwhile.
    """

    what: str
    anchors_shown: int
    boxes_shown: int
    frames_a_second: float
    longest_gap_ms: float
    kilobytes: float


def frame_rates(browser: Browser, url: str, scene: BenchScene) -> list[FrameRate]:
    """Pan and zoom over all anchors; try NMS thresholds on their page."""
    with opened(browser, url, scene) as (page, received):
        show_all_anchors(page, "Anchors")
        rates = [
            _measure(page, received, "pan", "pan over all anchors"),
            _measure(page, received, "zoom", "zoom over all anchors"),
        ]
    with opened(browser, url, replace(scene, path="nms")) as (page, received):
        page.locator(".root[data-photo=ready]").wait_for(timeout=OPEN_TIMEOUT_MS)
        rates.append(_measure(page, received, "threshold", "NMS threshold"))
        page.locator("[data-select=anchors]").select_option("all")
        rates.append(_measure(page, received, "threshold", "NMS threshold, all anchors"))
    return rates


def _measure(page: Page, received: list[int], drag: str, what: str) -> FrameRate:
    root = page.locator(".root[data-payload-id]")
    settle(page, OPEN_TIMEOUT_MS)
    root.evaluate(_DRAG, [drag, 500])  # code is compiled while it runs for the first time
    settle(page, OPEN_TIMEOUT_MS)
    before = sum(received)
    gaps = np.diff(root.evaluate(_DRAG, [drag, SECONDS * 1000]))
    shown = [int(root.get_attribute(f"data-{name}") or 0) for name in ("anchors-shown", "shown")]
    return FrameRate(
        what,
        shown[0],
        shown[1],
        round(1000 * len(gaps) / float(gaps.sum()), 1),
        round(float(np.percentile(gaps, 95)), 1),
        round((sum(received) - before) / 1000, 1),
    )
