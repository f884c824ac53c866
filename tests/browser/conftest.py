"""A real server and a real browser; tests skip with a reason where there is no browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.app_server import AppServer
from tests.browser.app_page import AppPage
from tests.chromium import FLAGS, executable

expect.set_options(timeout=20_000)


def _offline(folder: Path) -> dict[str, str]:
    """No test downloads weights (nothing listens on port 9), nor finds any downloaded before."""
    return {"https_proxy": "http://127.0.0.1:9", "TORCH_HOME": str(folder)}


@pytest.fixture(scope="session")
def app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], AppServer]]:
    """Start `streamlit run SCRIPT` once a script; SCRIPT is relative to the repository's root."""
    running: dict[str, AppServer] = {}

    def start(script: str) -> AppServer:
        if script not in running:
            folder = tmp_path_factory.mktemp("server")
            running[script] = AppServer(script, folder / "log.txt", _offline(folder))
            running[script].start()
        return running[script]

    yield start
    for server in running.values():
        server.end()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """CHROMIUM, else one in PATH, else playwright's own; none of these: skip."""
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
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
    new_page: Callable[..., Page], app_server: Callable[[str], AppServer]
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
