"""A Streamlit server in a process of its own, for tests, measurements and the soak."""

from __future__ import annotations

import os
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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_TIMEOUT_S = 90


class AppServer:
    """A script on a port that stays the same when the server is killed and started again.

    Attributes:
        url: where it answers.
        log: what it prints, of all its processes.
        command, cwd, environment: how it is started.
    """

    def __init__(
        self,
        script: str,
        log: Path,
        environment: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> None:
        """Args:
        script: relative to the repository's root.
        log: the file to write to.
        environment: variables besides those of this process.
        options: more of Streamlit's, as on its command line.
        """
        self.log = log
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [
            sys.executable, "-m", "streamlit", "run", script,
            "--server.address=127.0.0.1", f"--server.port={self.port}",
            "--server.headless=true", "--server.fileWatcherType=none",
            "--browser.gatherUsageStats=false", *options,
        ]  # fmt: skip
        self.cwd = ROOT
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns when it answers; raises RuntimeError with the end of its log when it does not."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C goes to the run alone, which then ends the server in its own way.
                start_new_session=True,
            )
        self._await_health()

    def _await_health(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.alive:
            with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2).read()
                return
            time.sleep(0.2)
        raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """SIGKILL: the process has no chance to say goodbye."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def end(self) -> None:
        """End it in good order, or by force after ten seconds."""
        if self._process is None:
            return
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def _signal(self, number: int) -> None:
        if self.alive:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)


@contextmanager
def serve(script: str, environment: Mapping[str, str] | None = None) -> Iterator[AppServer]:
    """A server for the time of a block; its log goes with it."""
    with tempfile.TemporaryDirectory() as folder:
        server = AppServer(script, Path(folder) / "log.txt", environment)
        try:
            server.start()
            yield server
        finally:
            server.end()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
