"""The app's server for the soak: it can be killed and comes back, and is asked how it is."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.app_server import AppServer
from tests.process_memory import resident_megabytes

# The level in front, so that errors are found in the log.
_LOG_FORMAT = "%(levelname)s %(name)s: %(message)s"


class SoakServer(AppServer):
    """Attributes:
    generation: of the process, from 1.
    up: set while it answers.
    ended: the run was given up, or is over.
    """

    def __init__(self, log: Path, environment: Mapping[str, str]) -> None:
        super().__init__("app.py", log, environment, (f"--logger.messageFormat={_LOG_FORMAT}",))
        self.generation = 0
        self.ended = False
        self.up = threading.Event()

    def start(self) -> None:
        super().start()
        self.generation += 1
        self.up.set()

    def kill(self) -> None:
        self.up.clear()
        super().kill()

    def end(self) -> None:
        self.ended = True
        super().end()

    def died(self) -> bool:
        """Whether it ended by itself."""
        return self.up.is_set() and not self.alive

    def wait_until_up(self, seconds: float) -> bool:
        """Whether it answers within this time; at once no when the run was given up."""
        deadline = time.monotonic() + seconds
        while not self.up.wait(0.25):
            if self.ended or time.monotonic() > deadline:
                return False
        return True

    def memory_mb(self) -> float | None:
        """Resident memory in MB of 10^6 bytes; None without /proc."""
        return resident_megabytes(self.pid)

    def health(self) -> tuple[int, dict[str, Any]]:
        """Status and body of /health."""
        with urllib.request.urlopen(f"{self.url}/health", timeout=15) as answer:
            return answer.status, json.loads(answer.read())

    def active_sessions(self) -> int:
        """How many browsers the server believes to be there, by Streamlit's own metrics."""
        address = f"{self.url}/_stcore/metrics?families=active_sessions"
        with urllib.request.urlopen(address, timeout=15) as answer:
            text = answer.read().decode()
        found = re.search(r"^active_sessions\S*\s+(\d+)", text, re.MULTILINE)
        assert found, f"no number of sessions in {text!r}"
        return int(found[1])
