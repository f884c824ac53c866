"""What comes back from the browser, believed only as far as it fits the scene."""

from __future__ import annotations

from dataclasses import dataclass

from pages._ui.scene.payload import layout_id
from pages._ui.scene.scene import Scene
from rpn_core.labels.objects import Objects


@dataclass(frozen=True, slots=True)
class CanvasResult:
    """What a person chose and drew on the canvas.

    Attributes:
        anchor: index of the selected anchor (and of its box), or None.
        cell: (level, y, x) of the selected cell, or None.
        object: place of the selected object in the scene's, or None.
        objects: the scene's, which hold what a person drew; None where the scene has none.
        new_picture: whether the browser has another picture to paint than after the last run.
    """

    anchor: int | None = None
    cell: tuple[int, int, int] | None = None
    object: int | None = None
    objects: Objects | None = None
    new_picture: bool = False


def later_selection(selected: object, objects: object) -> object:
    """Of a selection that was sent alone and one that came with edited objects, the later one."""
    along = objects.get("selected") if isinstance(objects, dict) else None
    return along if _number(along) > _number(selected) else selected


def _number(selection: object) -> int:
    number = selection.get("number") if isinstance(selection, dict) else None
    return number if isinstance(number, int) else 0


def read_selection(value: object, scene: Scene) -> CanvasResult:
    """Check a selection against the scene; whatever does not fit counts as nothing selected.

    A selection made on another photo, or on another number of levels, cells or shapes, does not
    fit: its index would point at a different anchor. A selected object needs only its photo.

    Args:
        value: as the browser sent it, so anything at all.
    """
    if not isinstance(value, dict):
        return CanvasResult(objects=scene.objects)
    chosen = _object(value.get("object"), scene) if value.get("photo") == scene.photo.id else None
    if value.get("layout") != layout_id(scene):
        return CanvasResult(object=chosen, objects=scene.objects)
    return CanvasResult(
        _anchor(value.get("anchor"), len(scene)),
        _cell(value.get("cell"), scene),
        chosen,
        scene.objects,
    )


def read_threshold(value: object) -> float | None:
    """The NMS threshold that was chosen on the canvas, or None for what is no hundredth.

    >>> read_threshold({"percent": 45, "number": 3})
    0.45
    """
    percent = value.get("percent") if isinstance(value, dict) else None
    return percent / 100 if isinstance(percent, int) and _is_index(percent, 101) else None


def _is_index(value: object, below: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below


def _anchor(value: object, anchors: int) -> int | None:
    return value if isinstance(value, int) and _is_index(value, anchors) else None


def _object(value: object, scene: Scene) -> int | None:
    """Its place among the scene's objects, from its id."""
    if scene.objects is None or not isinstance(value, int) or isinstance(value, bool):
        return None
    ids = scene.objects.ids
    return ids.index(value) if value in ids else None


def _cell(value: object, scene: Scene) -> tuple[int, int, int] | None:
    if not isinstance(value, list) or len(value) != 3:
        return None
    level, y, x = value
    levels = () if scene.anchors is None else scene.anchors.levels
    if not _is_index(level, len(levels)):
        return None
    height, width = levels[level].grid_hw
    return (level, y, x) if _is_index(y, height) and _is_index(x, width) else None
