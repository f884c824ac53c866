"""A browser in a process of its own, which can be killed as a person's machine crashes."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright
from playwright.sync_api import Error as PlaywrightError

from tests.chromium import FLAGS, executable

# Counts every sight of the queue's sentence, also one that is gone before anyone could ask.
_NOTE_BUSY = """new MutationObserver(() => {
  for (const alert of document.querySelectorAll("[data-testid=stAlert]")) {
    if (!/The network is busy: \\d+ ahead of you/.test(alert.textContent)) continue;
    sessionStorage.setItem("busySeen", Number(sessionStorage.getItem("busySeen")) + 1);
  }
}).observe(document, { childList: true, subtree: true, characterData: true });"""


class OwnBrowser:
    """One Chromium with one page; `token` names its process among all others."""

    def __init__(self, playwright: Playwright, token: str) -> None:
        self._flag = f"--soak-visitor={token}"
        self._browser: Browser = playwright.chromium.launch(
            executable_path=executable(), args=(*FLAGS, self._flag),
            handle_sigint=False, handle_sigterm=False,
        )  # fmt: skip
        context = self._browser.new_context(
            viewport={"width": 1440, "height": 900}, accept_downloads=True
        )
        context.add_init_script(_NOTE_BUSY)
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def kill(self) -> None:
        """End the process without a word to the server; where it cannot be found, close it."""
        for pid in self._pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.close()

    def close(self) -> None:
        with suppress(PlaywrightError):
            self._browser.close()

    def _pids(self) -> list[int]:
        """The browser's own process; those that draw end with it."""
        found = []
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                words = file.read_bytes().decode(errors="replace").split("\0")
                if self._flag in words and not any(word.startswith("--type=") for word in words):
                    found.append(int(file.parent.name))
        return found
