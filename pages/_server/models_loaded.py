"""Which models this process has loaded; known without importing any of them."""

from __future__ import annotations

_names: set[str] = set()


def note_model(name: str) -> None:
    """A model has been loaded."""
    _names.add(name)


def models_loaded() -> list[str]:
    """Names of the models that were loaded since the start, sorted."""
    return sorted(_names.copy())
