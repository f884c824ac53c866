"""From the start of a server to the first proposals, and what a browser loads until then."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from tests.app_server import serve
from tests.bench.bench_page import OPEN_TIMEOUT_MS, opened, settle
from tests.bench.scenes import OWN


@dataclass(frozen=True, slots=True)
class StartTimes:
    """Seconds and megabytes (10^6 bytes) of one first visit.

    Attributes:
        what: kind of start.
        healthy_s: until the server answered.
        proposals_s: until the first proposals were painted.
        next_visitor_s: until the next visitor of the same server saw them.
        files_mb: of pages, scripts and styles, as they travelled.
        messages_mb: that the server sent the page until it stood still.
    """

    what: str
    healthy_s: float
    proposals_s: float
    next_visitor_s: float
    files_mb: float
    messages_mb: float


def start_times(browser: Browser) -> list[StartTimes]:
    """A start like any other, and the very first one, without the compiled loops on disk."""
    rows = [_start(browser, "any start", {})]
    with tempfile.TemporaryDirectory() as empty:
        rows.append(_start(browser, "the very first", {"NUMBA_CACHE_DIR": empty}))
    return rows


def _start(browser: Browser, what: str, environment: dict[str, str]) -> StartTimes:
    started = time.perf_counter()
    with serve("app.py", environment) as server:
        healthy = time.perf_counter()
        with opened(browser, server.url, OWN) as (page, received):
            loaded = _loaded_bytes(page)
            _await_proposals(page)
            painted = time.perf_counter()
            settle(page, OPEN_TIMEOUT_MS)
            files = loaded(), sum(received)
        again = time.perf_counter()
        with opened(browser, server.url, OWN) as (page, _):
            _await_proposals(page)
            next_visitor = time.perf_counter() - again
    times = (healthy - started, painted - started, next_visitor)
    return StartTimes(what, *(round(t, 2) for t in times), *(round(n / 1e6, 2) for n in files))


def _await_proposals(page: Page) -> None:
    painted = page.locator(".root[data-photo=ready]:not([data-shown='0'])")
    painted.wait_for(timeout=OPEN_TIMEOUT_MS)


def _loaded_bytes(page: Page) -> Callable[[], int]:
    """Of everything that the page has loaded by the time of the call, headers aside."""
    return lambda: page.evaluate(
        """() => performance.getEntriesByType("resource")
          .concat(performance.getEntriesByType("navigation"))
          .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
    )
