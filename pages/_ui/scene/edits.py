"""Objects drawn in the browser, believed only as far as they fit the photo.

The browser sends all objects after each finished gesture:

    {"photo": id, "revision": text, "edit": text, "objects": [[id, x1, y1, x2, y2], ...],
     "selected": what selection.py reads}

An id that the page knows is that object, with its category and its crowd flag; an unknown one is
an object that was just drawn. Such a message is taken whole or not at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from pages._ui.scene.scene import Scene
from rpn_core.labels.objects import Objects

# Pixels of the original photo; below it a box was hardly drawn on purpose.
MIN_SIDE = 2.0
# More are shown, but a browser that sends more has not drawn them by hand.
MOST_OBJECTS = 1000
MOST_KNOWN = 10_000
_HIGHEST_ID = 2**31

Corners = tuple[float | None, ...]


@dataclass(slots=True)
class _Fact:
    category: str
    crowd: bool
    boxes: set[Corners]


@dataclass(slots=True)
class KnownObjects:
    """What was said about each object since its photo was opened, so that an undo finds it again.

    A deleted object that comes back has its category, and a box of a label set that lies outside
    the photo may be put back to where it was.
    """

    photo: str = ""
    revision: str = ""
    facts: dict[int, _Fact] = field(default_factory=dict)

    def learn(self, scene: Scene) -> None:
        """Take note of a scene's objects."""
        objects = scene.objects
        if objects is None:
            return
        same = (self.photo, self.revision) == (scene.photo.id, scene.objects_revision)
        if not same or len(self.facts) > MOST_KNOWN:
            self.photo, self.revision = scene.photo.id, scene.objects_revision
            self.facts = {}
        for number, category, crowd, box in zip(
            objects.ids,
            objects.categories,
            objects.crowd.tolist(),
            objects.boxes.tolist(),
            strict=True,
        ):
            fact = self.facts.setdefault(number, _Fact(category, crowd, set()))
            fact.category, fact.crowd = category, crowd
            fact.boxes.add(_corners(box))


def read_edit(value: object, scene: Scene, known: KnownObjects | None = None) -> Objects | None:
    """Read what a person made of the scene's objects, or None when it does not fit.

    Refused: an edit of another photo or of an earlier revision, more objects than `MOST_OBJECTS`,
    an id twice, a box that is not four finite numbers, leaves the photo or has a side below
    `MIN_SIDE`. A box that the page itself gave this object is believed as it was.

    Args:
        value: as the browser sent it, so anything at all.
        known: earlier objects of this photo; what `scene` holds needs no mention.
    Returns:
        The objects in the browser's order.
    """
    objects = scene.objects
    if objects is None or not scene.objects_editable or not isinstance(value, dict):
        return None
    if value.get("photo") != scene.photo.id or value.get("revision") != scene.objects_revision:
        return None
    known = KnownObjects() if known is None else known
    known.learn(scene)
    sent = value.get("objects")
    if not isinstance(sent, list) or len(sent) > max(MOST_OBJECTS, len(objects)):
        return None
    ids: list[int] = []
    boxes: list[list[float]] = []
    for entry in sent:
        read = _entry(entry, known, scene.frame.original_hw)
        if read is None:
            return None
        ids.append(read[0])
        boxes.append(read[1])
    if len(set(ids)) != len(ids):
        return None
    facts = [known.facts.get(number) for number in ids]
    return Objects(
        boxes=np.array(boxes, np.float64).reshape(-1, 4),
        crowd=np.array([fact is not None and fact.crowd for fact in facts], bool),
        categories=tuple("" if fact is None else fact.category for fact in facts),
        ids=tuple(ids),
    )


def _entry(
    entry: object, known: KnownObjects, original_hw: tuple[int, int]
) -> tuple[int, list[float]] | None:
    if not isinstance(entry, list) or len(entry) != 5:
        return None
    number, *box = entry
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < _HIGHEST_ID:
        return None
    if any(side is not None and not _is_number(side) for side in box):
        return None
    fact = known.facts.get(number)
    if fact is None or _corners(box) not in fact.boxes:
        return (number, [float(side) for side in box]) if _fits(box, original_hw) else None
    return number, [math.nan if side is None else float(side) for side in box]


def _is_number(value: object) -> bool:
    """A whole number may be too large for any float."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < _HIGHEST_ID
    return isinstance(value, float)


def _corners(box: list[float | None]) -> Corners:
    """A box as JSON can say it: None for what is not finite."""
    return tuple(float(side) if side is not None and math.isfinite(side) else None for side in box)


def _fits(box: list[float | None], original_hw: tuple[int, int]) -> bool:
    if any(side is None or not math.isfinite(side) for side in box):
        return False
    height, width = original_hw
    x1, y1, x2, y2 = (float(side) for side in box if side is not None)
    inside = 0 <= x1 <= x2 <= width and 0 <= y1 <= y2 <= height
    return inside and x2 - x1 >= min(MIN_SIDE, width) and y2 - y1 >= min(MIN_SIDE, height)
