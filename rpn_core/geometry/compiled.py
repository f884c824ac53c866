"""Loops compiled on first use and kept on disk; where the disk refuses, compiled all the same."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, TypeVar

import numba
from numba.extending import register_jitable

_log = logging.getLogger(__name__)
_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(**options: Any) -> Any:
    """Decorate a function like `numba.njit(cache=True, **options)`, except for two things.

    numba raises an error when it cannot write what it has just compiled, on a full disk or one that
    may only be read, and the result of the call is lost. Here the next process compiles again.

    numba compiles again when the function's own file has changed; here also when the file of a
    function has that it calls, or old code would live on inside.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        dispatcher = numba.njit(**options)(function)
        try:
            dispatcher.enable_caching()
        except (RuntimeError, OSError) as error:  # no folder at all that may be written
            _log.warning("%s is not kept on disk: %s", function.__qualname__, error)
        else:
            _forgive(dispatcher, function.__qualname__)
            _know_callees_when_called(dispatcher)
        return dispatcher

    return decorate


def inlined(function: _Function) -> _Function:
    """Let compiled loops call a plain function as their own; for others it stays what it is."""
    made: _Function = register_jitable(function)
    return made


def _forgive(dispatcher: Any, name: str) -> None:
    cache = dispatcher._cache
    save = cache.save_overload

    def save_or_not(signature: object, data: object) -> None:
        try:
            save(signature, data)
        except OSError as error:
            _log.warning("%s could not be kept on disk: %s", name, error)

    cache.save_overload = save_or_not


def _know_callees_when_called(dispatcher: Any) -> None:
    """Not before the first call: what is called may stand further down in its module."""
    cache = dispatcher._cache
    load = cache.load_overload

    def load_known(*given: Any) -> Any:
        cache.load_overload = load
        _know_callees(dispatcher)
        return load(*given)

    cache.load_overload = load_known


def _know_callees(dispatcher: Any) -> None:
    function, index = dispatcher.py_func, dispatcher._cache._cache_file
    others = _files(function, set()) - {function.__code__.co_filename}
    found = sorted(Path(file) for file in others if Path(file).exists())
    stamps = tuple((path.stat().st_mtime, path.stat().st_size) for path in found)
    index._source_stamp = (index._source_stamp, *stamps)


def _files(function: FunctionType, seen: set[CodeType]) -> set[str]:
    """The files of a function and of all that it calls by a name of its module, as far as they
    are compiled into it."""
    if function.__code__ in seen:
        return set()
    seen.add(function.__code__)
    called = (function.__globals__.get(name) for name in function.__code__.co_names)
    inner = [getattr(each, "py_func", each) for each in called]
    return {function.__code__.co_filename}.union(
        *(_files(each, seen) for each in inner if isinstance(each, FunctionType))
    )
