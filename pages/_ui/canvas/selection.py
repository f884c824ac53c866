"""What comes back from the browser, believed only as far as it fits the scene."""

from __future__ import annotations

from dataclasses import dataclass

from pages._ui.canvas.payload import layout_id
from pages._ui.canvas.scene import Objects, Scene


@dataclass(frozen=True, slots=True)
class CanvasResult:
    """What a person chose and drew on the canvas.

    Attributes:
        anchor: index of the selected anchor (and of its box), or None.
        cell: (level, y, x) of the selected cell, or None.
        object: place of the selected object in the scene's, or None.
        objects: the scene's, with what a person did to them; None where the scene has none.
    """

    anchor: int | None = None
    cell: tuple[int, int, int] | None = None
    object: int | None = None
    objects: Objects | None = None


def read_selection(value: object, scene: Scene) -> CanvasResult:
    """Check a selection against the scene; whatever does not fit counts as nothing selected.

    A selection made on another photo, or on another number of levels, cells or shapes, does not
    fit: its index would point at a different anchor.

    Args:
        value: as the browser sent it, so anything at all.
    """
    if not isinstance(value, dict) or value.get("layout") != layout_id(scene):
        return CanvasResult()
    return CanvasResult(
        _anchor(value.get("anchor"), len(scene.anchors)), _cell(value.get("cell"), scene)
    )


def _is_index(value: object, below: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below


def _anchor(value: object, anchors: int) -> int | None:
    return value if isinstance(value, int) and _is_index(value, anchors) else None


def _cell(value: object, scene: Scene) -> tuple[int, int, int] | None:
    if not isinstance(value, list) or len(value) != 3:
        return None
    level, y, x = value
    levels = scene.anchors.levels
    if not _is_index(level, len(levels)):
        return None
    height, width = levels[level].grid_hw
    return (level, y, x) if _is_index(y, height) and _is_index(x, width) else None
