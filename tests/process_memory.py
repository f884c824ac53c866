"""The memory of a process, as Linux tells it."""

from __future__ import annotations

import re
from pathlib import Path


def peak_megabytes(pid: int) -> float | None:
    """The most memory that a process has held, in MB of 10^6 bytes; None without /proc."""
    return _megabytes(pid, "VmHWM")


def resident_megabytes(pid: int) -> float | None:
    """The memory that a process holds now, in MB of 10^6 bytes; None without /proc."""
    return _megabytes(pid, "VmRSS")


def _megabytes(pid: int, what: str) -> float | None:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    found = re.search(rf"^{what}:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else None
