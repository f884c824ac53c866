"""Memory: of the server and of a page after many changes, and of each further visitor."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from tests.app_server import AppServer, serve
from tests.bench.bench_page import opened, settle, show_all_anchors
from tests.bench.scenes import OWN, BenchScene
from tests.process_memory import resident_megabytes

# Small, so that kept results fill it before the first reading and cannot pass for growth.
CACHE_MB = 100
READINGS = 5
VISITORS = 5


@dataclass(frozen=True, slots=True)
class MemoryGrowth:
    """Megabytes (10^6 bytes).

    Attributes:
        changes: of a setting before each reading, from the first page on.
        server_mb: resident memory of the server at each reading.
        page_mb: heap of the page's scripts at each reading, after a garbage collection.
        visitor_mb: by how much the server grew for each further visitor, who has a page of other
            settings open.
    """

    changes: tuple[int, ...]
    server_mb: tuple[float, ...]
    page_mb: tuple[float, ...]
    visitor_mb: float


def memory_growth(browser: Browser, changes: int) -> MemoryGrowth:
    """Change a setting `changes` times on one page, then open the page for further visitors."""
    with serve("app.py", {"RPN_CACHE_MB": str(CACHE_MB)}) as server:
        with opened(browser, server.url, OWN) as (page, _):
            counts, server_mb, page_mb = _readings(page, server, changes)
        with_one = _held(server)
        with ExitStack() as visits:
            for number in range(VISITORS):
                scene = BenchScene(OWN.anchors, {"scale": f"{0.6 + number / 100}"})
                page, _ = visits.enter_context(opened(browser, server.url, scene))
                show_all_anchors(page, "Anchors")
            each = (_held(server) - with_one) / VISITORS
    return MemoryGrowth(counts, server_mb, page_mb, round(each, 1))


def _held(server: AppServer) -> float:
    """Memory of the server now, in MB; NaN where the system does not tell."""
    held = resident_megabytes(server.pid)
    return math.nan if held is None else held


def _readings(
    page: Page, server: AppServer, changes: int
) -> tuple[tuple[int, ...], tuple[float, ...], tuple[float, ...]]:
    show_all_anchors(page, "Anchors")
    page.locator("section[data-testid=stSidebar] .st-key-anchors-size_factor").get_by_role(
        "slider"
    ).focus()
    client = page.context.new_cdp_session(page)
    counts: list[int] = []
    server_mb: list[float] = []
    page_mb: list[float] = []
    done = 0
    for reading in range(READINGS + 1):
        while done < changes * reading // READINGS:
            page.keyboard.press("ArrowRight")
            settle(page, 60_000)
            done += 1
        client.send("HeapProfiler.collectGarbage")
        used = client.send("Runtime.getHeapUsage")["usedSize"]
        counts.append(done)
        server_mb.append(round(_held(server), 1))
        page_mb.append(round(used / 1e6, 1))
    return tuple(counts), tuple(server_mb), tuple(page_mb)
