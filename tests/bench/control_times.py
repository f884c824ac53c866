"""From the key that changes a setting to painted pixels, for every control of every page.

Each change is measured by the clock of the page itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from playwright.sync_api import Browser, Page

from tests.bench.bench_page import OPEN_TIMEOUT_MS, Change, arm, await_change, opened, settle
from tests.bench.control_kinds import Control
from tests.bench.controls import PageControls
from tests.bench.presses import WARM_UP
from tests.bench.scenes import BenchScene


@dataclass(frozen=True, slots=True)
class ControlTimes:
    """What changes of one control cost.

    Attributes:
        control: its name.
        milliseconds: of each change, to the painted picture or, where none came, to the end of
            the run and the frame after it.
        same_picture: changes after which no new picture came.
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
    browser: Browser, url: str, on: PageControls, scene: BenchScene, count: int, limit_s: float
) -> list[ControlTimes]:
    """Change every control of a page `count` times, each on a page of its own."""
    return [_measure(browser, url, on, scene, control, count, limit_s) for control in on.controls]


def _measure(
    browser: Browser,
    url: str,
    on: PageControls,
    scene: BenchScene,
    control: Control,
    count: int,
    limit_s: float,
) -> ControlTimes:
    scene = replace(scene, query=scene.query | control.query)
    with opened(browser, url, scene) as (page, received):
        _show(page, on, control)
        changes: list[Change] = []
        kilobytes: list[float] = []
        failed = ""
        for number in range(WARM_UP + count):
            before = sum(received)
            change = _change(page, control, number, limit_s)
            settle(page, limit_s * 1000)
            if change is None:
                failed = f"nothing within {limit_s:g} s"
                break
            if number >= WARM_UP:
                changes.append(change)
                kilobytes.append((sum(received) - before) / 1000)
        return ControlTimes(
            control.name,
            tuple(change.milliseconds for change in changes),
            sum(not change.picture for change in changes),
            float(np.median(kilobytes)) if kilobytes else 0.0,
            control.fresh,
            failed,
        )


def _show(page: Page, on: PageControls, control: Control) -> None:
    """Bring the control on the page, and the page to rest."""
    on.ready(page)
    if control.tab:
        page.get_by_role("tab", name=control.tab).click(timeout=OPEN_TIMEOUT_MS)
    if control.panel:
        page.get_by_role("radio", name=control.panel).click(timeout=OPEN_TIMEOUT_MS)
    settle(page, OPEN_TIMEOUT_MS)


def _change(page: Page, control: Control, number: int, limit_s: float) -> Change | None:
    if control.prepare is not None:
        control.prepare(page, number)
    settle(page, limit_s * 1000)
    arm(page)
    control.act(page, number)
    return await_change(page, limit_s)
