"""Loops compiled on first use and kept on disk; where the disk refuses, compiled all the same."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numba

_log = logging.getLogger(__name__)


def compiled(**options: Any) -> Any:
    """Decorate a function like `numba.njit(cache=True, **options)`, except when the disk is full.

    numba raises an error when it cannot write what it has just compiled, on a full disk or one that
    may only be read, and the result of the call is lost. Here the next process compiles again.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        dispatcher = numba.njit(**options)(function)
        try:
            dispatcher.enable_caching()
        except (RuntimeError, OSError) as error:  # no folder at all that may be written
            _log.warning("%s is not kept on disk: %s", function.__qualname__, error)
        else:
            _forgive(dispatcher, function.__qualname__)
        return dispatcher

    return decorate


def _forgive(dispatcher: Any, name: str) -> None:
    cache = dispatcher._cache
    save = cache.save_overload

    def save_or_not(signature: object, data: object) -> None:
        try:
            save(signature, data)
        except OSError as error:
            _log.warning("%s could not be kept on disk: %s", name, error)

    cache.save_overload = save_or_not
