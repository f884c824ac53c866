"""One visitor: what is on the page must be what this visitor did, and nobody else's."""

from __future__ import annotations

import random
import re
import time
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Playwright, expect

from rpn_core.settings import NmsSettings, SelectionSettings
from tests.browser.app_page import TIMEOUT_MS, AppPage
from tests.soak.browsers import OwnBrowser
from tests.soak.expected import Expected, read_link
from tests.soak.marks import COLUMNS, READ, ROWS, SHARE, decode
from tests.soak.photos import NAME_PATTERN, MarkedPhoto, marked_photo
from tests.soak.plan import Plan
from tests.soak.records import Records
from tests.soak.server import SoakServer

RATIOS = ("1", "0.5-1-2", "0.5-1", "0.75-1.33", "0.33-1-3")
LOST = re.compile("server is not responding|Connection error")
_READ_AGAIN_S = 5
NOT_ALONG = "The link was made for an uploaded photo, which does not travel with it"


class Stale(AssertionError):
    """Not yet what is expected, but nothing wrong either."""


def own_link(number: int) -> dict[str, str]:
    """Settings that no other visitor has; each fourth sends the network a large input."""
    link = {"pre": str(300 + 7 * number), "post": str(50 + number)}
    if is_heavy(number):
        return link | {"min": "1280", "max": "1600", "sizes": "none_none_64_128-256"}
    return link | {"ratios": RATIOS[number % len(RATIOS)]}


def is_heavy(number: int) -> bool:
    return number % 4 == 0


class Visitor:
    """A browser and what its page must show."""

    def __init__(
        self, plan: Plan, number: int, server: SoakServer, records: Records, playwright: Playwright
    ) -> None:
        self.plan, self.number, self.server, self.records = plan, number, server, records
        self.random = random.Random(f"{plan.seed}-{number}")
        self.expected = Expected.of_link(own_link(number))
        self.uploads = self.browsers = 0
        self.generation = 0
        self._playwright = playwright
        self._browser: OwnBrowser | None = None
        self.app: AppPage

    # --- coming and going

    def arrive(self) -> None:
        """Open a browser at this visitor's own link."""
        self.leave()
        self.browsers += 1
        token = f"{self.server.port}-{self.number}-{self.browsers}"
        self._browser = OwnBrowser(self._playwright, token)
        self.app = AppPage(self._browser.page, self.server.url)
        self.expected = Expected.of_link(own_link(self.number))
        self.generation = self.server.generation
        self.app.open(urlencode(own_link(self.number)))
        self.look()

    def leave(self) -> None:
        if self._browser is not None:
            self._browser.close()
            self._browser = None

    def be_killed(self) -> None:
        """The browser ends in the middle of an upload, while its place in the line is taken."""
        photo = self.next_photo()
        assert self._browser is not None
        self.app.upload("photo_upload", photo.name, photo.jpeg)
        time.sleep(self.random.uniform(0.05, 0.6))
        self._browser.kill()
        self._browser = None
        self.records.killed.append(self.number)

    def next_photo(self) -> MarkedPhoto:
        self.uploads += 1
        return marked_photo(self.number, self.uploads, self.plan.seed)

    # --- what must hold

    @property
    def disturbed(self) -> bool:
        """Whether the server is away, or came back since this page last spoke to it."""
        return not self.server.up.is_set() or self.server.generation != self.generation

    def see_mark(self) -> tuple[int, int] | None:
        """The mark on the canvas now; that of another visitor is told at once."""
        photo = self.expected.photo
        if photo is None:
            return None
        assert not self.disturbed, "the server went away"  # what was begun is not waited for
        arguments = [*self.expected.image_hw(photo), ROWS, COLUMNS, SHARE]
        seen = decode(self.app.root.evaluate(READ, arguments))
        if seen is not None:
            self.records.count(self.records.marks_read, self.number)
            allowed = [photo.upload]
            if self.expected.before is not None:
                allowed.append(self.expected.before.upload)
            if seen[0] != self.number or seen[1] not in allowed:
                raise AssertionError(f"SAW THE PICTURE {seen}, not {(self.number, photo.upload)}")
        return seen

    def await_mark(self, limit_s: float) -> None:
        """Wait until the mark of the latest upload is painted."""
        photo = self.expected.photo
        assert photo is not None
        deadline = time.monotonic() + limit_s
        painted = seen = None
        read_at = 0.0
        # Reading pixels costs the page more than anything that it does: only what is new is read,
        # and now and then what stands there, as a picture may be read while it is laid out.
        while seen != (self.number, photo.upload):
            said = f"the mark read is {seen}, not {(self.number, photo.upload)}"
            assert time.monotonic() < deadline, said
            assert not self.disturbed, "the server went away"
            now = self.app.root.get_attribute("data-painted-at")
            if now == painted and time.monotonic() < read_at + _READ_AGAIN_S:
                self.app.page.wait_for_timeout(200)
                continue
            painted, read_at = now, time.monotonic()
            seen = self.see_mark()
        self.expected.before = None

    def expect_mark(self) -> None:
        if self.expected.photo is not None:
            self.await_mark(TIMEOUT_MS / 1000)

    def expect_link(self) -> None:
        wanted = self.expected.link()
        self.app.until(
            lambda: read_link(self.app.page.url) == wanted,
            f"the address says {wanted} (it says {read_link(self.app.page.url)})",
        )

    def look(self, *, funnel: bool = True) -> None:
        """Everything on the page is this visitor's own, and nothing is broken."""
        self.expect_link()
        expect(self.app.root).to_have_attribute("data-photo", "ready", timeout=TIMEOUT_MS)
        self.expect_mark()
        self.calm()
        if funnel:
            self.app.expect_funnel("All anchors", self.expected.anchors())
        self._count_busy()

    def calm(self) -> None:
        """No traceback, no dialog, nobody else's file."""
        self.app.shows_no_traceback()
        expect(self.app.page.get_by_role("dialog")).to_have_count(0)
        words = self.app.page.locator("body").inner_text()
        others = {s for s, _ in re.findall(NAME_PATTERN, words) if int(s) != self.number}
        assert not others, f"THE PAGE NAMES FILES OF {sorted(others)}"
        assert self._browser is not None
        assert self._browser.errors == [], self._browser.errors

    def _count_busy(self) -> None:
        take = """() => {
          const seen = Number(sessionStorage.getItem("busySeen"));
          sessionStorage.removeItem("busySeen");
          return seen;
        }"""
        self.records.busy_seen[self.number] += self.app.page.evaluate(take)

    # --- the server goes away and comes back

    def come_back(self, *, certain: bool) -> None:
        """Wait until the page works again by itself.

        Args:
            certain: nothing was under way when the server went, so that every setting must be
                as it was.
        """
        page = self.app.page
        said = page.get_by_role("dialog").filter(has_text=LOST)
        if not self.server.up.is_set():
            with suppress(AssertionError, PlaywrightError):
                expect(said).to_be_visible(timeout=self.plan.down_s * 1000)
                self.records.said_lost.add(self.number)
        assert self.server.wait_until_up(120), "the server did not come back"
        self.generation = self.server.generation
        expect(said).to_have_count(0, timeout=TIMEOUT_MS)
        page.wait_for_timeout(1000)
        self.app.idle()
        self._begin_a_new_session()
        expect(self.app.root).to_have_attribute("data-photo", "ready", timeout=TIMEOUT_MS)
        self.app.idle()
        had_photo = self.expected.photo is not None
        self.expected.photo = self.expected.before = None
        if certain:
            if had_photo:
                self.app.says(NOT_ALONG)
        else:
            self._believe_the_link()
        self.look()
        self.records.came_back.add(self.number)

    def _begin_a_new_session(self) -> None:
        """Streamlit's page stays as it was until something is done, whatever it is."""
        page = self.app.page
        if self.random.random() < 0.5:
            self.app.tab("Input")
            expect(self.app.key("input.min_side")).to_be_visible(timeout=TIMEOUT_MS)
        else:
            self.app.go("NMS")
            expect(page).to_have_url(re.compile(r"/nms\?"), timeout=TIMEOUT_MS)
        self.app.idle()
        if urlsplit(page.url).path not in ("/", "/explore"):
            self.app.go("Explore")
            expect(page).to_have_url(re.compile(r"/explore\?"), timeout=TIMEOUT_MS)

    def _believe_the_link(self) -> None:
        """A change may or may not have reached the server; what is this visitor's own remains."""
        link = read_link(self.app.page.url)
        link.pop("photo", None)
        self.expected = Expected.of_link(link)
        own = Expected.of_link(own_link(self.number)).settings
        settings = self.expected.settings
        kept: tuple[SelectionSettings, NmsSettings] = (settings.selection, settings.nms)
        assert kept[0].pre_nms_top_n == own.selection.pre_nms_top_n, link
        assert kept[1].post_nms_top_n == own.nms.post_nms_top_n, link
