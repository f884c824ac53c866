"""The one value of a photo's objects, and what each projection of it keeps and leaves out."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
import torch

from rpn_core.geometry.frame import Frame
from rpn_core.labels.coco_writer import write_coco_of
from rpn_core.labels.formats.coco import read_coco_labels
from rpn_core.labels.ground_truth import NOTHING, GroundTruth, Origin
from rpn_core.labels.label_set import UNNAMED, LabelSet, label_set, label_set_of
from rpn_core.labels.objects import NO_OBJECTS, Objects, make_objects
from rpn_core.stages.network_input import NetworkInput
from rpn_core.targets.image_objects import in_frame

# Without area, outside of any photo, not finite: a label set may hold all of that.
BOXES = np.array([[1.25, 2, 30, 40], [9, 9, 9, 12], [-8, 5, 300, 200], [np.nan, 0, np.inf, 9]])
OBJECTS = Objects(
    BOXES, np.array([False, False, True, False]), ("3", "12. cat", "", "3"), (7, 0, 4, 2)
)


def test_it_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        OBJECTS.boxes[0, 0] = 5
    with pytest.raises(ValueError, match="read-only"):
        OBJECTS.crowd[:] = True
    with pytest.raises(FrozenInstanceError):
        OBJECTS.ids = (1, 2, 3, 4)  # type: ignore[misc]


def test_what_it_was_made_of_may_change() -> None:
    boxes, crowd = np.ones((1, 4)), np.zeros(1, bool)
    made = make_objects(boxes, crowd=crowd)
    boxes[:], crowd[:] = 5, True
    assert made.boxes.tolist() == [[1, 1, 1, 1]]
    assert made.crowd.tolist() == [False]
    again = replace(made, categories=("cat",))
    assert not again.boxes.flags.writeable
    assert again.boxes is not made.boxes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"boxes": np.zeros((4, 5))}, r"boxes have shape \(4, 5\)"),
        ({"boxes": np.zeros(4)}, r"boxes have shape \(4,\)"),
        ({"boxes": np.zeros((3, 4))}, "crowd has 4 entries, but there are 3 objects"),
        ({"crowd": np.zeros((4, 1), bool)}, r"crowd \(4, 1\)"),
        ({"categories": ("cat",)}, "categories has 1 entries, but there are 4 objects"),
        ({"ids": (1, 2, 3)}, "ids has 3 entries, but there are 4 objects"),
        ({"ids": (1, 2, 3, 1)}, "two objects have the same id"),
    ],
)
def test_columns_must_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(OBJECTS, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"boxes": np.nextafter(BOXES, 0)},
        {"crowd": np.zeros(4, bool)},
        {"categories": ("3", "12. cat", "", "4")},
        {"ids": (7, 0, 4, 3)},
    ],
)
def test_the_key_tells_any_difference(change: dict[str, Any]) -> None:
    assert replace(OBJECTS).key == OBJECTS.key
    assert replace(OBJECTS, **change).key != OBJECTS.key


def test_without_names_everything_else_is_kept() -> None:
    bare = OBJECTS.without_names()
    np.testing.assert_array_equal(bare.boxes, BOXES)
    assert bare.crowd.tolist() == OBJECTS.crowd.tolist()
    assert (bare.categories, bare.ids) == (("",) * 4, (0, 1, 2, 3))
    renamed = replace(OBJECTS, categories=("a", "b", "c", "d"), ids=(3, 2, 1, 0))
    assert renamed.without_names().key == bare.key
    moved = replace(OBJECTS, boxes=BOXES[::-1])
    assert moved.without_names().key != bare.key


def test_training_sees_every_box_and_crowd_on_the_network_input() -> None:
    made = NetworkInput(torch.zeros(1, 3, 64, 64), Frame((90, 120), (45, 30)), (64, 64))
    seen = in_frame(OBJECTS, made.frame)  # half as high, a quarter as wide
    expected = (BOXES / [4, 2, 4, 2]).astype(np.float32)
    np.testing.assert_array_equal(seen.boxes.numpy(), expected)
    assert seen.boxes.dtype == torch.float32
    assert seen.crowd.tolist() == OBJECTS.crowd.tolist()
    seen.boxes[0] = 0  # a copy of its own
    np.testing.assert_array_equal(OBJECTS.boxes, BOXES)


@pytest.fixture
def two_images() -> LabelSet:
    return label_set(
        ("a.jpg", "b.jpg"),
        np.concatenate([[[0.0, 0, 5, 5]], BOXES]),
        np.array([0, 1, 1, 1, 1]),
        categories=("3", "12. cat"),
        category=np.array([1, 0, 1, -1, 0]),
        crowd=np.array([True, False, False, True, False]),
    )


def test_an_image_of_a_data_set_keeps_its_boxes_as_they_came(two_images: LabelSet) -> None:
    objects = two_images.objects_of(1)
    np.testing.assert_array_equal(objects.boxes, BOXES)
    assert objects.categories == OBJECTS.categories
    assert objects.crowd.tolist() == OBJECTS.crowd.tolist()
    assert objects.ids == (0, 1, 2, 3)
    assert two_images.objects_of(0).categories == ("12. cat",)


def test_as_a_data_set_of_one_image_only_ids_are_left_out() -> None:
    labels = label_set_of(OBJECTS, "b.jpg", (90, 120))
    assert (labels.names, labels.sizes_hw.tolist()) == (("b.jpg",), [[90, 120]])
    assert labels.categories == ("3", "12. cat", UNNAMED)
    again = labels.objects_of(0)
    named = tuple(name or UNNAMED for name in OBJECTS.categories)
    assert again.key == replace(OBJECTS, categories=named, ids=(0, 1, 2, 3)).key


def test_the_file_of_objects_reads_back_as_the_same() -> None:
    finite = Objects(BOXES[:3], OBJECTS.crowd[:3], ("3", "12. cat", " dog "), (7, 0, 4))
    read = read_coco_labels(write_coco_of(finite, "b.jpg", (90, 120)), "objects.json").labels
    assert read.names == ("b.jpg",)
    assert read.objects_of(0).key == replace(finite, ids=(0, 1, 2)).key
    assert len(read_coco_labels(write_coco_of(NO_OBJECTS, "b.jpg", (9, 9)), "").labels.image) == 0


def test_an_edit_keeps_where_the_objects_came_from() -> None:
    drawn = NOTHING.edited_to(OBJECTS)
    assert (drawn.objects, drawn.origin, drawn.edited) == (OBJECTS, Origin.DRAWN, True)
    labelled = GroundTruth(OBJECTS, Origin.LABELS, "zoo", "abc", revision="4")
    emptied = labelled.edited_to(NO_OBJECTS)
    assert (emptied.origin, emptied.source, emptied.source_sha256) == (Origin.LABELS, "zoo", "abc")
    assert (len(emptied.objects), emptied.edited, emptied.revision) == (0, True, "4")
