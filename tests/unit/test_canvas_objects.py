"""What Python believes of the objects that come back from the browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pages._ui.scene.edits import MOST_OBJECTS, KnownObjects, read_edit
from pages._ui.scene.scene import DisplayPhoto, ObjectStates, Scene
from rpn_core.labels.objects import make_objects
from tests.unit.test_canvas_payload import PHOTO, STYLES, make_scene

# The photo of make_scene is 120 px wide and 90 px high.
BOXES = np.array([[10.5, 20, 60, 70], [-8, 5, 30, 200]])  # the second reaches outside of it


def scene_with(boxes: np.ndarray = BOXES, photo: DisplayPhoto = PHOTO, **changes: Any) -> Scene:
    names = [*("cat", "herd")[: len(boxes)], *[""] * (len(boxes) - 2)]
    objects = make_objects(boxes, categories=names, crowd=np.arange(len(boxes)) == 1)
    scene = replace(make_scene(photo=photo), objects=objects)
    return replace(scene, **{"objects_editable": True, "objects_revision": "r", **changes})


def message(*objects: list, **changes: Any) -> dict[str, Any]:
    return {
        "photo": PHOTO.id, "revision": "r", "edit": "e1", "objects": list(objects), **changes,
    }  # fmt: skip


CAT, HERD = [0, 10.5, 20, 60, 70], [1, -8, 5, 30, 200]


def test_a_drawn_box_joins_those_that_were_there() -> None:
    edited = read_edit(message(CAT, HERD, [2, 0, 0, 120, 90]), scene_with())
    assert edited is not None
    assert edited.boxes.tolist() == [*BOXES.tolist(), [0, 0, 120, 90]]
    assert edited.boxes.dtype == np.float64
    assert edited.ids == (0, 1, 2)
    assert edited.categories == ("cat", "herd", "")
    assert edited.crowd.tolist() == [False, True, False]


def test_a_moved_object_keeps_its_category() -> None:
    scene = scene_with(object_states=ObjectStates(np.array([0, 0], np.uint8), STYLES))
    edited = read_edit(message([1, 5, 5, 30, 80], CAT), scene)
    assert edited is not None
    assert edited.boxes.tolist() == [[5, 5, 30, 80], BOXES[0].tolist()]
    assert (edited.ids, edited.categories) == ((1, 0), ("herd", "cat"))


@pytest.mark.parametrize("numbered", [False, True])
def test_a_category_that_looks_like_a_number_stays_as_it_is(numbered: bool) -> None:
    names = ("3", "12. cat", " 1 dog ")
    boxes = np.tile([0.0, 0, 9, 9], (3, 1))
    known = KnownObjects()
    scene = scene_with(
        objects=make_objects(boxes, categories=names, ids=(5, 0, 2)), objects_numbered=numbered
    )
    deleted = read_edit(message([0, 0, 0, 9, 9], [2, 0, 0, 9, 9]), scene, known)
    assert deleted is not None
    assert deleted.categories == names[1:]
    # Now they have other numbers; what comes back has its category all the same.
    undone = message([5, 0, 0, 9, 9], [0, 0, 0, 9, 9], [2, 0, 0, 9, 9], [6, 1, 1, 8, 8])
    again = read_edit(undone, replace(scene, objects=deleted), known)
    assert again is not None
    assert again.categories == (*names, "")


def test_all_objects_can_be_deleted() -> None:
    edited = read_edit(message(), scene_with())
    assert edited is not None
    assert edited.boxes.shape == (0, 4)
    assert len(edited) == 0


@pytest.mark.parametrize(
    "box",
    [
        [-1, 0, 20, 20],  # leaves the photo on each side
        [0, -1, 20, 20],
        [0, 0, 120.5, 20],
        [0, 0, 20, 91],
        [10, 10, 11, 40],  # too thin, too flat, inside out
        [10, 10, 40, 11],
        [40, 10, 20, 30],
        [10, 10, float("nan"), 30],
        [10, 10, float("inf"), 30],
        [10, 10, 10**400, 30],
        [10, 10, None, 30],
        [10, 10, "30", 30],
        [10, 10, True, 30],
        [10, 10, 30],
        [10, 10, 30, 30, 30],
    ],
)
def test_a_box_that_nobody_could_have_drawn_is_refused(box: list) -> None:
    assert read_edit(message(CAT, HERD, [2, *box]), scene_with()) is None


@pytest.mark.parametrize("number", [-1, 2**31, 1.0, True, "2", None, 0])
def test_an_object_needs_a_number_of_its_own(number: object) -> None:
    assert read_edit(message(CAT, HERD, [number, 0, 0, 9, 9]), scene_with()) is None


@pytest.mark.parametrize(
    "change", [{"photo": "another"}, {"revision": "before"}, {"objects": None}, {"objects": {}}]
)
def test_a_message_for_something_else_is_refused(change: dict) -> None:
    assert read_edit(message(CAT, **change), scene_with()) is None


@pytest.mark.parametrize("value", [None, 3, "objects", [], {}])
def test_a_message_of_no_form_is_refused(value: object) -> None:
    assert read_edit(value, scene_with()) is None


def test_a_message_is_refused_where_nothing_can_be_edited() -> None:
    assert read_edit(message(CAT), scene_with(objects_editable=False)) is None
    assert read_edit(message(CAT), make_scene()) is None


def test_a_late_message_after_the_photo_changed_is_refused() -> None:
    other = scene_with(photo=DisplayPhoto("photo-2", b""))
    assert read_edit(message(CAT), other) is None


def test_more_boxes_than_a_hand_draws_are_refused() -> None:
    rows = [[i, 0, 0, 9, 9] for i in range(2, MOST_OBJECTS + 1)]
    assert read_edit(message(CAT, *rows), scene_with()) is not None
    assert read_edit(message(CAT, HERD, *rows), scene_with()) is None


def test_a_label_set_may_hold_more_boxes_than_a_hand_draws() -> None:
    boxes = np.tile([0.0, 0, 9, 9], (MOST_OBJECTS + 5, 1))
    scene = scene_with(boxes)
    rows = [[i, 0, 0, 9, 9] for i in range(MOST_OBJECTS + 4)]
    edited = read_edit(message(*rows), scene)
    assert edited is not None
    assert len(edited) == MOST_OBJECTS + 4


def test_a_box_of_a_label_set_that_is_no_box_stays_as_it_was() -> None:
    boxes = np.array([[10.0, 10, 40, 40], [np.nan, 3, 30, 3]])
    edited = read_edit(message([0, 9, 9, 40, 40], [1, None, 3, 30, 3]), scene_with(boxes))
    assert edited is not None
    np.testing.assert_array_equal(edited.boxes, [[9, 9, 40, 40], [np.nan, 3, 30, 3]])


def test_only_its_own_object_may_have_an_odd_box() -> None:
    assert read_edit(message([0, *HERD[1:]], CAT), scene_with()) is None
    assert read_edit(message([5, *HERD[1:]]), scene_with()) is None


def test_an_undone_deletion_brings_back_category_and_odd_box() -> None:
    known = KnownObjects()
    deleted = read_edit(message(CAT), scene_with(), known)
    assert deleted is not None
    without = replace(scene_with(), objects=deleted)
    again = read_edit(message(CAT, HERD), without, known)
    assert again is not None
    assert again.categories == ("cat", "herd")
    assert again.crowd.tolist() == [False, True]
    assert again.boxes.tolist() == BOXES.tolist()
    assert read_edit(message(CAT, HERD), without) is None  # whoever never saw it is not fooled


def test_an_undone_move_may_lead_back_outside() -> None:
    known = KnownObjects()
    moved = read_edit(message(CAT, [1, 0, 5, 30, 80]), scene_with(), known)
    assert moved is not None
    back = read_edit(message(CAT, HERD), replace(scene_with(), objects=moved), known)
    assert back is not None
    assert back.boxes.tolist() == BOXES.tolist()


def test_what_was_known_of_one_photo_says_nothing_of_another() -> None:
    known = KnownObjects()
    known.learn(scene_with())
    other = scene_with(BOXES[:1], DisplayPhoto("photo-2", b""))
    sent = message(CAT, [1, 0, 0, 9, 9], photo="photo-2")
    edited = read_edit(sent, other, known)
    assert edited is not None
    assert edited.categories == ("cat", "")
    assert read_edit(message(CAT, HERD, photo="photo-2"), other, known) is None


def test_on_a_photo_narrower_than_the_least_side_the_whole_width_is_a_box() -> None:
    wide = scene_with(np.zeros((0, 4)))
    scene = replace(wide, frame=replace(wide.frame, original_hw=(90, 1)))
    assert read_edit(message([0, 0, 0, 1, 50]), scene) is not None
    assert read_edit(message([0, 0, 0, 0.5, 50]), scene) is None
