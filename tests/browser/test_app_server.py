"""The server from outside: its health, its headers, and what it refuses."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

import rpn_core
from tests.app_server import ROOT, AppServer
from tests.browser.app_page import TIMEOUT_MS, AppPage
from tests.pictures import jpeg

pytestmark = pytest.mark.browser

# Collects what the browser blocks, from the first line of the page on.
COLLECT = """
window.blocked = [];
document.addEventListener('securitypolicyviolation',
  (event) => window.blocked.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""


@pytest.fixture
def server(app_server: Callable[[str], AppServer]) -> AppServer:
    return app_server("app.py")


def get(
    server: AppServer, path: str, headers: dict[str, str] | None = None
) -> tuple[int, dict, bytes]:
    """Status, headers and body; the path goes out as it is, dots and all."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    body = b"" if answer.status == 101 else answer.read()
    connection.close()
    return answer.status, found, body


def test_health_tells_how_the_process_is_and_nothing_of_the_machine(server: AppServer) -> None:
    status, headers, body = get(server, "/health")
    told = json.loads(body)
    assert status == 200
    assert headers["cache-control"] == "no-store"
    assert sorted(told) == [
        "models_loaded", "network_busy_s", "status", "uptime_s", "version", "waiting_for_network",
    ]  # fmt: skip
    assert told["status"] == "ok"
    assert told["waiting_for_network"] == 0
    assert told["uptime_s"] >= 0
    assert told["version"] == rpn_core.__version__
    assert b"/" not in body
    assert b"\\" not in body


def test_health_knows_the_model_once_a_visitor_has_loaded_it(
    app: AppPage, server: AppServer
) -> None:
    # Among others, when a test before this one chose them on the same server.
    assert "lite0-fpn" in json.loads(get(server, "/health")[2])["models_loaded"]


@pytest.mark.parametrize("path", ["/", "/health", "/_stcore/health", "/nowhere", "/static/nothing"])
def test_every_answer_has_the_headers(server: AppServer, path: str) -> None:
    _, headers, _ = get(server, path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    policy = headers["content-security-policy"]
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'self';" in f"{policy};"
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts
    assert "http" not in policy


def test_nothing_that_the_app_needs_is_blocked(
    new_page: Callable[..., Page], server: AppServer
) -> None:
    page = new_page()
    page.add_init_script(COLLECT)
    app = AppPage(page, server.url)
    app.open()
    app.shows()
    app.funnel_now()
    for panel in ("Download and link", "Score and IoU"):
        if app.key("panel").get_by_role("radio", name=panel).count():
            app.panel(panel)
    assert page.evaluate("window.blocked") == []
    for title in ("NMS", "Anchor design", "Targets and loss"):
        app.go(title)
        expect(page).to_have_title(f"{title} · RPN Explorer", timeout=TIMEOUT_MS)
        app.idle()
        expect(page.get_by_test_id("stException")).to_have_count(0)
    assert page.evaluate("window.blocked") == []


def test_what_comes_from_or_goes_to_elsewhere_is_blocked(
    new_page: Callable[..., Page], server: AppServer
) -> None:
    page = new_page()
    page.add_init_script(COLLECT)
    AppPage(page, server.url).open()
    page.evaluate(
        """async () => {
          const script = document.createElement('script');
          script.src = 'https://elsewhere.example/x.js';
          document.head.append(script);
          const inline = document.createElement('script');
          inline.textContent = 'window.ran = true';
          document.head.append(inline);
          try { await fetch('https://elsewhere.example/take', {method: 'POST'}); } catch {}
          setTimeout('window.ran = true');
          await new Promise((done) => setTimeout(done, 200));
        }"""
    )
    blocked = page.evaluate("window.blocked")
    assert "script-src-elem https://elsewhere.example/x.js" in blocked
    assert "script-src-elem inline" in blocked
    assert "connect-src https://elsewhere.example/take" in blocked
    assert "script-src eval" in blocked
    assert page.evaluate("window.ran") is None


def test_an_upload_without_the_token_of_this_page_is_refused(server: AppServer) -> None:
    request = urllib.request.Request(
        f"{server.url}/_stcore/upload_file/session/file", data=b"x", method="PUT"
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    assert refused.value.code in (400, 403)


def test_a_page_elsewhere_cannot_open_a_session(server: AppServer) -> None:
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "streamlit",
    }
    assert get(server, "/_stcore/stream", {**handshake, "Origin": server.url})[0] == 101
    elsewhere = get(server, "/_stcore/stream", {**handshake, "Origin": "https://elsewhere.example"})
    assert elsewhere[0] in (400, 403)


OUTSIDE = ["app.py", "pyproject.toml", ".streamlit/config.toml", "etc/passwd"]
WAYS = [
    "/{}", "/../{}", "/..%2f{}", "/%2e%2e/{}", "/..\\{}", "/static/../{}", "/static/..%2f..%2f{}",
    "/static/%2e%2e/%2e%2e/%2e%2e/{}", "/component/../{}", "/component/rpn_box_canvas/../../{}",
    "/_stcore/bidi-components/rpn_box_canvas/../../{}", "/_stcore/bidi-components/..%2f{}",
    "/media/../{}", "/media/..%2f{}", "/app/static/{}", "/app/static/../{}", "//{}", "/static//{}",
    "/static/" + "..%2f" * 12 + "{}", "/component/" + "../" * 12 + "{}",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_path_leads_to_a_file_of_the_machine(server: AppServer, way: str) -> None:
    for name in OUTSIDE:
        _, _, body = get(server, way.format(name))
        for words in (b"set_page_config", b"[project]", b"gatherUsageStats", b"root:"):
            assert words not in body


def test_the_camera_is_the_only_device_that_a_page_may_ask_for(app: AppPage) -> None:
    allowed = app.page.evaluate("document.featurePolicy.allowedFeatures()")
    assert "camera" in allowed
    assert not {"microphone", "geolocation", "usb", "payment"} & set(allowed)
    expect(app.page.get_by_test_id("stException")).to_have_count(0, timeout=TIMEOUT_MS)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[AppServer]:
    """A server of the test's own, to be killed and started again."""
    server = AppServer("app.py", tmp_path / "log.txt")
    server.start()
    yield server
    server.end()


def kill_and_await_words(server: AppServer, page: Page) -> Locator:
    """End a server at once; returns the dialog in which the page says that it is gone."""
    server.kill()
    said = page.get_by_role("dialog").filter(has_text="server is not responding")
    expect(said).to_be_visible(timeout=TIMEOUT_MS)
    return said


def come_back(server: AppServer, said: Locator) -> None:
    """Start it again, and wait until the page has found it."""
    server.start()
    expect(said).to_have_count(0, timeout=TIMEOUT_MS)


def test_a_server_that_is_killed_and_comes_back_finds_the_visitor_s_state_in_the_link(
    new_page: Callable[..., Page], mortal: AppServer
) -> None:
    app = AppPage(new_page(), mortal.url)
    app.open("nms=0.5")
    shown = app.number("shown")
    said = kill_and_await_words(mortal, app.page)
    expect(app.root).to_be_visible()  # the picture stays, and can be looked at
    come_back(mortal, said)
    app.idle()
    expect(app.page).to_have_url(re.compile(r"\?nms=0\.5$"))
    app.until(lambda: app.number("shown") == shown, "the same boxes are shown")
    app.shows_no_traceback()


def test_after_a_restart_the_first_thing_that_a_visitor_does_is_done(
    new_page: Callable[..., Page], mortal: AppServer
) -> None:
    app, other = (AppPage(new_page(), mortal.url) for _ in range(2))
    for one in (app, other):
        one.open("nms=0.5&post=77")
        one.tab("Anchors")
        expect(one.key("anchors.size_factor")).to_be_visible(timeout=TIMEOUT_MS)
        one.idle()
    come_back(mortal, kill_and_await_words(mortal, app.page))
    app.tab("Input")
    expect(app.key("input.min_side")).to_be_visible(timeout=TIMEOUT_MS)
    expect(app.page).to_have_url(re.compile(r"/\?nms=0\.5&post=77$"), timeout=TIMEOUT_MS)
    other.go("NMS")
    expect(other.page.get_by_text("to try a threshold without waiting")).to_be_visible(
        timeout=TIMEOUT_MS
    )
    expect(other.page).to_have_url(re.compile(r"/nms\?nms=0\.5&post=77$"), timeout=TIMEOUT_MS)
    expect(other.key("nms.nms_thresh")).to_be_visible(
        timeout=TIMEOUT_MS
    )  # no tab is open but empty
    for one in (app, other):
        one.idle()
        one.shows_no_traceback()


def test_a_photo_and_weights_that_went_with_the_old_server_leave_a_page_that_says_what_it_shows(
    new_page: Callable[..., Page], mortal: AppServer
) -> None:
    page = new_page()
    app = AppPage(page, mortal.url)
    app.open("nms=0.5")
    app.upload("photo_upload", "mine.jpg", jpeg(320, 200))
    expect(page.get_by_text("mine.jpg · 320 × 200 px")).to_be_visible(timeout=TIMEOUT_MS)
    page.get_by_text("Device and weights of your own").click()
    weights = (ROOT / "assets/models/lite0-fpn.safetensors").read_bytes()
    app.upload("weights_upload", "mine.safetensors", weights)
    expect(page.get_by_text("Weights from your own checkpoint.")).to_be_visible(timeout=TIMEOUT_MS)
    come_back(mortal, kill_and_await_words(mortal, page))
    app.tab("Input")  # the page stays as it was until something is done
    app.says("does not travel with it: the settings are as in the link, the photo is a sample.")
    expect(page.get_by_text("Trained: the weights that come with")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?nms=0\.5$"))
    app.shows()
    assert "Uncaught" not in mortal.log.read_text()
