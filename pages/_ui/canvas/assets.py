"""The component's HTML, CSS and JavaScript, read from the files beside this one."""

from __future__ import annotations

from pathlib import Path

from pages._ui.scene import script_words

_HERE = Path(__file__).parent

# Plain scripts that share one scope, in the order of who uses whom; no build step.
SCRIPTS: tuple[str, ...] = (
    "palette.js",
    "arrays.js",
    "missing.js",
    "labels.js",
    "payload.js",
    "photos.js",
    "memory.js",
    "view.js",
    "view_groups.js",
    "classes.js",
    "filters.js",
    "survival.js",
    "density.js",
    "strokes.js",
    "layers.js",
    "heat.js",
    "overlay.js",
    "objects.js",
    "pick.js",
    "tooltip.js",
    "legend.js",
    "toolbar.js",
    "survival_bar.js",
    "playback.js",
    "editing.js",
    "gestures.js",
    "keyboard.js",
    "stage.js",
    "main.js",
)


def javascript() -> str:
    """All scripts as one module, which lets the component draw as soon as it is there."""
    scripts = (_script(name) for name in ("door.js", *SCRIPTS))
    return "\n".join((script_words.javascript(), *scripts))


def door() -> str:
    """The code of the component itself: it waits for the other, and hands everything to it."""
    return f"{_script('door.js')}\nexport default enterDoor;\n"


def _script(name: str) -> str:
    return (_HERE / "js" / name).read_text("utf-8")


def css() -> str:
    return (_HERE / "canvas.css").read_text("utf-8")


def html() -> str:
    return (_HERE / "canvas.html").read_text("utf-8")
