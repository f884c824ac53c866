"""How much memory the kept results of all visitors may take."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

VARIABLE = "RPN_CACHE_MB"
DEFAULT_MB = 1000
LEAST_MB = 50  # one photo's features and results, with the largest input


def budget_bytes(environment: Mapping[str, str] = os.environ) -> int:
    """The budget in bytes: RPN_CACHE_MB, in megabytes of 10^6 bytes, or DEFAULT_MB.

    A value that is no number of at least LEAST_MB is reported in the server's log, and the default
    is used: a server should start, and not with a cache that keeps nothing.

    >>> budget_bytes({"RPN_CACHE_MB": "250"}), budget_bytes({})
    (250000000, 1000000000)
    """
    text = environment.get(VARIABLE, "").strip()
    if not text:
        return DEFAULT_MB * 10**6
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= LEAST_MB):
        logging.getLogger(__name__).warning(
            "%s is %r, but a whole number of at least %d (megabytes) is expected: %d is used.",
            VARIABLE, text, LEAST_MB, DEFAULT_MB,
        )  # fmt: skip
        return DEFAULT_MB * 10**6
    return int(text) * 10**6
