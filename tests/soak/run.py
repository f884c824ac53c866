"""All of it together: the server, its visitors, and what goes wrong on purpose."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect, sync_playwright

from rpn_core.models.runtime.device import CPU_PRECISION
from tests.browser.app_page import TIMEOUT_MS, AppPage
from tests.soak import actions
from tests.soak.browsers import OwnBrowser
from tests.soak.offline import differs, offline_precision
from tests.soak.plan import Plan
from tests.soak.records import Records
from tests.soak.server import SoakServer
from tests.soak.visitor import Visitor
from tests.soak.watch import Watch, bad_lines

_SLICE_S = 0.25
_SETTLE_S = 30.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run gave.

    Attributes:
        baseline_mb: the server's memory when one visitor had seen everything and was gone.
        active_at_end: sessions that the server knew while all visitors were there.
        active_after: and when all had gone.
        waiting_after: places in the line then.
        differences: downloads that were not the core's own results.
        log: lines of the server's log that tell of an error.
    """

    plan: Plan
    records: Records
    baseline_mb: float | None
    active_at_end: int
    active_after: int
    waiting_after: int
    differences: list[str]
    log: list[str]


def run(plan: Plan, folder: Path, say: Say = print) -> Outcome:
    """Run the plan; `folder` gets the server's log and a picture of each page that went wrong."""
    log = folder / "server.log"
    server = SoakServer(
        log,
        {
            "RPN_CACHE_MB": str(plan.cache_mb),
            CPU_PRECISION: offline_precision(),
            "https_proxy": "http://127.0.0.1:9",
        },
    )
    server.start()
    try:
        with ThreadPoolExecutor(1) as alone:  # a test's own browser is driven from this thread
            baseline = alone.submit(_see_everything_once, server).result()
        say(f"the server has {baseline or 0:,.0f} MB after one visitor; {plan.sessions} arrive")
        crowd = _Crowd(plan, server, folder, say)
        with Watch(server, crowd.records):
            active = crowd.visit()
            after, waiting = _deserted(server)
    finally:
        server.end()
    records = crowd.records
    say(f"{len(records.downloads)} downloads are held against the core's own proposals")
    differences = [found for found in map(differs, records.downloads) if found]
    return Outcome(plan, records, baseline, active, after, waiting, differences, bad_lines(log))


def _see_everything_once(server: SoakServer) -> float | None:
    """Load what the process keeps for good: libraries, both models, compiled loops."""
    with sync_playwright() as playwright:
        browser = OwnBrowser(playwright, f"{server.port}-first")
        try:
            app = AppPage(browser.page, server.url)
            app.open()
            for page in ("NMS", "Targets and loss", "Anchor design", "Explore"):
                app.go(page)
                app.page.wait_for_timeout(500)
                app.idle()
            app.choose("model", "Lite0-C4")
            app.until(lambda: "model=" in app.page.url, "the other model is loaded")
            expect(app.root).to_have_attribute("data-photo", "ready", timeout=TIMEOUT_MS)
        finally:
            browser.close()
    return server.memory_mb()


def _deserted(server: SoakServer) -> tuple[int, int]:
    """(sessions, places in the line) that are left when all have gone."""
    return (
        _until_is(server.active_sessions, 0),
        _until_is(lambda: int(server.health()[1]["waiting_for_network"]), 0),
    )


def _until_is(count: Callable[[], int], wanted: int) -> int:
    """The count once it is what is wanted, or as it is when that takes too long."""
    deadline = time.monotonic() + _SETTLE_S
    while (now := count()) != wanted and time.monotonic() < deadline:
        time.sleep(_SLICE_S)
    return now


class _Crowd:
    """All visitors, each in a thread of its own, and the one who kills the server."""

    def __init__(self, plan: Plan, server: SoakServer, folder: Path, say: Say) -> None:
        self._plan, self._server, self._folder, self._say = plan, server, folder, say
        self.records = Records()
        self._go = threading.Event()
        self._leave = threading.Event()
        self._arriving = threading.Semaphore(2)  # a crowd that arrives at once is another test
        self._here = threading.Semaphore(0)
        self._done = threading.Semaphore(0)

    def visit(self) -> int:
        """Until all is over; the number of sessions that the server knew at the end."""
        plan = self._plan
        with ThreadPoolExecutor(plan.sessions) as pool:
            threads = [pool.submit(self._thread, number) for number in range(plan.sessions)]
            try:
                for _ in range(plan.sessions):
                    self._here.acquire()
                self.records.started = time.monotonic()
                self._say(f"all are here; {plan.seconds:g} s begin")
                self._go.set()
                self._restart_in_time()
                for _ in range(plan.sessions):
                    self._done.acquire()
                active = _until_is(self._server.active_sessions, plan.sessions)
            except BaseException:  # given up, by Ctrl-C or SIGTERM
                self._server.end()
                raise
            finally:
                self._go.set()
                self._leave.set()
            for thread in threads:
                thread.result()
        return active

    def _restart_in_time(self) -> None:
        if not self._plan.restart:
            return
        time.sleep(max(0.0, self._plan.restart_at_s - self.records.now()))
        self._say("the server is killed")
        self._server.kill()
        time.sleep(self._plan.down_s)
        self._server.start()
        self._say("the server is back")

    def _thread(self, number: int) -> None:
        here = done = False
        try:
            with sync_playwright() as playwright:
                visitor = Visitor(self._plan, number, self._server, self.records, playwright)
                try:
                    with self._arriving:
                        visitor.arrive()
                    self._here.release()
                    here = True
                    self._go.wait()
                    self._spend_the_time(visitor)
                    self._done.release()
                    done = True
                    self._leave.wait()
                finally:
                    visitor.leave()
        except Exception:  # a thread must not die unheard, whatever it is
            self.records.fault(f"session {number}", f"gave up\n{traceback.format_exc()}")
        finally:
            if not here:
                self._here.release()
            if not done:
                self._done.release()

    def _spend_the_time(self, visitor: Visitor) -> None:
        plan, number = self._plan, visitor.number
        rushes = plan.rushes_s()
        kill_at = plan.kill_times_s().get(number, float("inf"))
        while (now := self.records.now()) < plan.seconds and not self._leave.is_set():
            if now >= kill_at:
                kill_at = float("inf")
                self._try(visitor, "killed", _be_killed_and_come_again)
                continue
            if rushes and now >= rushes[0]:
                rushes = [time for time in rushes if time > now]
                self._try(visitor, "upload", lambda v: actions.upload(v, rush=True))
            else:
                action = actions.choose(visitor)
                self._try(visitor, action.__name__, action)
            pause = self.records.now() + visitor.random.uniform(0.2, plan.pause_s)
            self._pause(visitor, min([pause, kill_at, plan.seconds, *rushes[:1]]))
        if visitor.disturbed:
            self._come_back(visitor, certain=True)
        if not self._leave.is_set():
            # However slow the machine is: nobody goes whose proposals were not compared.
            self._try(visitor, "download", actions.take_proposals_home)

    def _try(self, visitor: Visitor, name: str, action: Callable[[Visitor], None]) -> None:
        """One action, and a look at what came of it."""
        try:
            action(visitor)
            visitor.look()
            self.records.did(visitor.number, name)
        except (AssertionError, PlaywrightError) as error:
            if visitor.disturbed:
                self.records.count(self.records.interrupted, visitor.number)
                self._come_back(visitor, certain=False)
            else:
                self._fault(visitor, name, error)
        else:
            if visitor.disturbed:
                self._come_back(visitor, certain=False)

    def _pause(self, visitor: Visitor, until_s: float) -> None:
        """Look at the page for a while: it must stay this visitor's own."""
        while (left := until_s - self.records.now()) > 0 and not self._leave.is_set():
            if visitor.disturbed:
                self._come_back(visitor, certain=True)
            visitor.app.page.wait_for_timeout(1000 * min(left, _SLICE_S))
            if visitor.random.random() < 0.2:
                try:
                    visitor.see_mark()
                except (AssertionError, PlaywrightError) as error:
                    if not visitor.disturbed:
                        self._fault(visitor, "looking on", error)

    def _come_back(self, visitor: Visitor, *, certain: bool) -> None:
        try:
            visitor.come_back(certain=certain)
        except (AssertionError, PlaywrightError) as error:
            self._fault(visitor, "coming back", error)

    def _fault(self, visitor: Visitor, doing: str, error: Exception) -> None:
        """Note it with a picture of the page, and go on with a new browser."""
        who = f"session {visitor.number}"
        words = str(error).strip().splitlines()
        self.records.fault(who, f"{doing}: {' '.join(words[:12])[:900]}")
        self._say(self.records.faults[-1])
        with suppress(PlaywrightError):
            name = f"fault-{len(self.records.faults):02d}-session-{visitor.number}.png"
            visitor.app.page.screenshot(path=self._folder / name, timeout=10_000)
        if self._server.ended:
            return
        try:
            assert self._server.wait_until_up(120), "the server did not come back"
            visitor.arrive()
        except (AssertionError, PlaywrightError) as again:
            self.records.fault(who, f"could not open the app again: {str(again)[:300]}")


def _be_killed_and_come_again(visitor: Visitor) -> None:
    visitor.be_killed()
    time.sleep(1)
    visitor.arrive()
