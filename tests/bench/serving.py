"""A Streamlit server that ends with the bench, however the bench ends."""

from __future__ import annotations

import math
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 90


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    pid: int

    def peak_megabytes(self) -> float | None:
        """The most memory that the process has held; None where the system does not tell."""
        return peak_megabytes(self.pid)

    def resident_megabytes(self) -> float:
        """The memory that the process holds now; NaN where the system does not tell."""
        held = _megabytes(self.pid, "VmRSS")
        return math.nan if held is None else held


def peak_megabytes(pid: int) -> float | None:
    """The most memory that a process has held, in MB of 10^6 bytes; None without /proc."""
    return _megabytes(pid, "VmHWM")


def _megabytes(pid: int, what: str) -> float | None:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    found = re.search(rf"^{what}:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).read()
            return
        time.sleep(0.2)
    raise RuntimeError(f"the page did not start:\n{log.read_text()[-2000:]}")


@contextmanager
def serve(script: str, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run `streamlit run SCRIPT` (relative to the repository's root) on a free port.

    Args:
        script: the page.
        environment: variables besides those of the bench.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", script,
                 "--server.address=127.0.0.1", f"--server.port={port}", "--server.headless=true",
                 "--server.fileWatcherType=none", "--browser.gatherUsageStats=false"],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C goes to the bench alone, which then ends the server in its own way.
                start_new_session=True,
            )  # fmt: skip
        try:
            _wait_until_healthy(url, process, log)
            yield Server(url, process.pid)
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
