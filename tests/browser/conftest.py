"""A real server and a real browser; tests skip with a reason where there is no browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.browser.app_page import AppPage

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 90
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

expect.set_options(timeout=20_000)


@dataclass(frozen=True)
class Server:
    """A running app."""

    url: str


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _offline(folder: Path) -> dict[str, str]:
    """No test downloads weights (nothing listens on port 9), nor finds any downloaded before."""
    return {"https_proxy": "http://127.0.0.1:9", "TORCH_HOME": str(folder)}


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).read()
            return
        time.sleep(0.2)
    raise RuntimeError(f"the app did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    """Start `streamlit run SCRIPT` once a script; SCRIPT is relative to the repository's root."""
    running: dict[str, tuple[Server, subprocess.Popen[bytes]]] = {}

    def start(script: str) -> Server:
        if script in running:
            return running[script][0]
        port = _free_port()
        log = tmp_path_factory.mktemp("server") / "log.txt"
        options = {
            "server.address": "127.0.0.1",
            "server.port": str(port),
            "server.headless": "true",
            "server.fileWatcherType": "none",
            "browser.gatherUsageStats": "false",
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(ROOT / script), *arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **_offline(log.parent)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        server = Server(f"http://127.0.0.1:{port}")
        running[script] = (server, process)
        _wait_until_healthy(server.url, process, log)
        return server

    yield start
    for _, process in running.values():
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _executable() -> str | None:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """CHROMIUM, else one in PATH, else playwright's own; none of these: skip."""
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=_executable(), args=FLAGS)
        except PlaywrightError as error:
            reason = str(error).splitlines()[0]
            sentence = f"no Chromium to test with (set CHROMIUM to one): {reason}"
            if os.environ.get("REQUIRE_BROWSER"):  # continuous integration must not skip
                pytest.fail(sentence)
            pytest.skip(sentence)
        yield launched
        launched.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page: `new_page(width=390, height=844, color_scheme="dark", touch=True)`.

    A test fails when its page raised an uncaught JavaScript error.
    """
    contexts = []
    errors: list[str] = []

    def open_page(
        *,
        width: int = 1440,
        height: int = 900,
        color_scheme: str = "light",
        touch: bool = False,
        scale: float = 1,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=color_scheme,
            has_touch=touch,
            is_mobile=touch,
            device_scale_factor=scale,
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page of 1440 x 900, light."""
    return new_page()


@pytest.fixture
def open_app(
    new_page: Callable[..., Page], app_server: Callable[[str], Server]
) -> Callable[..., AppPage]:
    """Open the app for a visitor of its own: `open_app("nms=0.5", width=390)`."""

    def open_(query: str = "", *, visit: bool = True, **options: object) -> AppPage:
        app = AppPage(new_page(**options), app_server("app.py").url)
        if visit:
            app.open(query)
        return app

    return open_


@pytest.fixture
def app(open_app: Callable[..., AppPage]) -> AppPage:
    """The app at a newcomer's first sight, 1440 x 900."""
    return open_app()
