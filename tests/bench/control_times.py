"""From the key that changes a setting to painted pixels, for every control of the side bar.

Each change is measured by the clock of the page itself, with all anchors and the proposals drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from playwright.sync_api import Browser, Locator, Page

from tests.bench.controls import CONTROLS, Control
from tests.bench.presses import WARM_UP, await_result, opened, settle, show_all_anchors
from tests.bench.scenes import BenchScene

# From the time stamp of the last key to a message posted from the frame that drew the picture,
# which arrives after that frame was handed to the compositor. A change after which the same
# picture stands, which a run of the script without a new payload tells, is "same picture".
_ARM = """root => {
  const app = document.querySelector("[data-testid=stApp]");
  const before = root.dataset.payloadId;
  let pressed = null;
  const press = (event) => (pressed = event.timeStamp);
  addEventListener("keydown", press, { capture: true });
  window.painted = new Promise((done) => {
    let ran = false;
    const end = (value) => {
      removeEventListener("keydown", press, { capture: true });
      picture.disconnect();
      script.disconnect();
      done(value);
    };
    const picture = new MutationObserver(() => {
      if (pressed === null || root.dataset.payloadId === before) return;
      end(Number(root.dataset.paintedAt) - pressed);
    });
    const script = new MutationObserver(() => {
      const runs = app.dataset.testScriptState !== "notRunning";
      if (pressed !== null && ran && !runs) setTimeout(end, 1000, "same picture");
      ran ||= runs;
    });
    picture.observe(root, { attributes: true, attributeFilter: ["data-painted-at"] });
    script.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
  });
}"""


@dataclass(frozen=True, slots=True)
class ControlTimes:
    """What changes of one control cost.

    Attributes:
        control: its name.
        milliseconds: of each change that changed the picture.
        same_picture: changes after which the same picture stood.
        kilobytes: median that came from the server for a change, until the page stood still.
        fresh: whether all values were new, so that nothing came from the cache.
        failed: what went wrong, or "".
    """

    control: str
    milliseconds: tuple[float, ...]
    same_picture: int
    kilobytes: float
    fresh: bool
    failed: str = ""


def control_times(
    browser: Browser, url: str, scene: BenchScene, count: int, limit_s: float
) -> list[ControlTimes]:
    """Change every control `count` times, each on a page of its own."""
    return [_measure(browser, url, scene, control, count, limit_s) for control in CONTROLS]


def _measure(
    browser: Browser, url: str, scene: BenchScene, control: Control, count: int, limit_s: float
) -> ControlTimes:
    scene = replace(scene, query=scene.query | control.query)
    with opened(browser, url, scene) as (page, received):
        root = show_all_anchors(page, control.tab)
        times: list[float] = []
        kilobytes: list[float] = []
        same = 0
        for change in range(WARM_UP + count):
            before = sum(received)
            taken = _change(page, root, control, change, limit_s)
            settle(page, limit_s * 1000)
            if taken is None:
                failed = f"no picture within {limit_s:g} s"
                return ControlTimes(control.name, tuple(times), same, 0, control.fresh, failed)
            if change < WARM_UP:
                continue
            kilobytes.append((sum(received) - before) / 1000)
            if taken == "same picture":
                same += 1
            else:
                times.append(float(taken))
        weight = float(np.median(kilobytes))
        return ControlTimes(control.name, tuple(times), same, weight, control.fresh)


def _change(
    page: Page, root: Locator, control: Control, change: int, limit_s: float
) -> float | str | None:
    if control.prepare is not None:
        control.prepare(page, change)
    settle(page, limit_s * 1000)
    root.evaluate(_ARM)
    control.act(page, change)
    taken: float | str | None = await_result(page, limit_s)
    return taken
