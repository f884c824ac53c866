"""The component's HTML, CSS and JavaScript, read from the files beside this one."""

from __future__ import annotations

from pathlib import Path

from pages._ui.scripts.join import join

_HERE = Path(__file__).parent


def javascript() -> str:
    """All modules as one, which lets the component draw as soon as it is there."""
    return join(_HERE / "js" / "main.js")


def door() -> str:
    """The code of the component itself: it waits for the other, and hands everything to it."""
    return join(_HERE / "js" / "door.js")


def css() -> str:
    return (_HERE / "canvas.css").read_text("utf-8")


def html() -> str:
    return (_HERE / "canvas.html").read_text("utf-8")
