"""Memory and health of the server, all the time, and its log."""

from __future__ import annotations

import http.client
import re
import threading
import time
from pathlib import Path

from tests.soak.records import Records, Sample
from tests.soak.server import SoakServer

_EVERY_S = 0.4
_BAD = re.compile(r"^(ERROR|CRITICAL)\b|Traceback \(most recent|^\w*(Error|Exception)\b")


class Watch:
    """Looks at the server until it is told to stop."""

    def __init__(self, server: SoakServer, records: Records) -> None:
        self._server, self._records = server, records
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch")

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(_EVERY_S):
            if not self._server.up.is_set():
                continue
            if self._server.died():
                self._records.fault("server", "it ended by itself")
                self._server.up.clear()
                return
            self._look()

    def _look(self) -> None:
        generation = self._server.generation
        asked = time.monotonic()
        try:
            status, told = self._server.health()
        except (OSError, http.client.HTTPException) as error:
            if self._server.up.is_set() and self._server.generation == generation:
                seconds = time.monotonic() - asked
                self._records.fault("server", f"/health after {seconds:.1f} s: {error}")
            return
        if (status, told["status"]) != (200, "ok"):
            self._records.fault("server", f"/health answers {status} {told}")
        self._records.samples.append(
            Sample(
                self._records.now(), generation, self._server.memory_mb(),
                told["waiting_for_network"],
            )
        )  # fmt: skip


# Every run gives a download a new name and forgets the old one: a click on a page that has not
# heard of the new one yet is answered with an error. A visitor then clicks again, which is counted.
_LATE_CLICK = re.compile(r"Error executing deferred callable for file_id")


def bad_lines(log: Path) -> list[str]:
    """Lines that tell of an error."""
    found = []
    late = False
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        late = bool(_LATE_CLICK.search(line)) or (late and not re.match(r"[A-Z]+ ", line))
        if _BAD.search(line) and not late:
            found.append(line)
    return found
