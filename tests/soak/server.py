"""The app as a process that can be killed and comes back on the same port."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.bench.serving import ROOT, _free_port, _wait_until_healthy

# The level in front, so that errors are found in the log.
_LOG_FORMAT = "%(levelname)s %(name)s: %(message)s"


class SoakServer:
    """Attributes:
    generation: of the process, from 1.
    up: set while it answers.
    """

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.generation = 0
        self.ended = False
        self.up = threading.Event()
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py",
                 "--server.address=127.0.0.1", f"--server.port={self.port}",
                 f"--logger.messageFormat={_LOG_FORMAT}"],
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C goes to the run, which then ends the server
            )  # fmt: skip
        _wait_until_healthy(self.url, self._process, self.log)
        self.generation += 1
        self.up.set()

    def kill(self) -> None:
        """SIGKILL: the process has no chance to say goodbye."""
        assert self._process is not None
        self.up.clear()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def died(self) -> bool:
        """Whether it ended by itself."""
        return self._process is not None and self.up.is_set() and self._process.poll() is not None

    def wait_until_up(self, seconds: float) -> bool:
        """Whether it answers within this time; at once no when the run was given up."""
        deadline = time.monotonic() + seconds
        while not self.up.wait(0.25):
            if self.ended or time.monotonic() > deadline:
                return False
        return True

    def stop(self) -> None:
        self.ended = True
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def memory_mb(self) -> float | None:
        """Resident memory in MB of 10^6 bytes; None without /proc."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status")
        if not status.exists():
            return None
        found = re.search(r"^VmRSS:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
        return int(found[1]) * 1024 / 1e6 if found else None

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
