"""The objects of each photo, kept through a visit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch

from pages._ui.frame.photo_picker import current_photo, read_to_keep, sample_file
from pages._ui.objects import store
from pages._ui.objects.labelled_image import open_labelled_image
from pages._ui.objects.store import (
    can_be_restored,
    current_truth,
    name_object,
    remove_objects,
    restore_objects,
    store_objects,
)
from pages._ui.state.visit import NOTICES
from pages._ui.state.workbench import Workbench
from rpn_core.errors import UserError
from rpn_core.geometry.frame import Frame
from rpn_core.labels.coco_writer import write_coco_of
from rpn_core.labels.formats.coco import read_coco_labels
from rpn_core.labels.formats.example import example_labels
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.ground_truth import Origin
from rpn_core.labels.label_set import UNNAMED
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.labels.objects import Objects
from rpn_core.photo.photo import Photo
from rpn_core.settings import Settings
from rpn_core.stages.network_input import NetworkInput
from rpn_core.targets.image_objects import in_frame
from tests.pictures import jpeg

COCO = {
    "images": [
        {"id": 4, "file_name": "a.jpg", "width": 80, "height": 60},
        {"id": 9, "file_name": "b.jpg", "width": 60, "height": 80},
        {"id": 11, "file_name": "gone.jpg", "width": 60, "height": 80},
    ],
    "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "<i>dog</i>"}],
    "annotations": [
        {"id": 1, "image_id": 4, "category_id": 2, "bbox": [1, 2, 30, 40], "iscrowd": 0},
        {"id": 2, "image_id": 4, "category_id": 1, "bbox": [70, 0, 30, 20], "iscrowd": 1},
        {"id": 3, "image_id": 9, "category_id": 1, "bbox": [5, 5, 9, 9], "iscrowd": 0},
    ],
}


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A visit of its own for each test."""
    fresh: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", fresh)
    return fresh


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedLabels:
    """Three images: one as labelled, one of another size than labelled, one that is not there."""
    (tmp_path / "a.jpg").write_bytes(jpeg(80, 60))
    (tmp_path / "b.jpg").write_bytes(jpeg(90, 70))
    (tmp_path / "labels.json").write_text(json.dumps(COCO))
    return read_labels(tmp_path)


def bench_of(photo: Photo, sample: str | None = None) -> Workbench:
    return Workbench(photo, sample, None, ("", "", ""), Settings(), "", {})  # type: ignore[arg-type]


def bench_now() -> Workbench:
    photo, sample = current_photo()
    return bench_of(photo, sample)


GARDEN = read_to_keep(jpeg(120, 90), "garden.jpg")
STREET = read_to_keep(jpeg(90, 120), "street.jpg")


def drawn(before: Objects, *boxes: list[float]) -> Objects:
    """What is read of the canvas when boxes were added to the present ones."""
    first = max(before.ids, default=-1) + 1
    return Objects(
        boxes=np.concatenate([before.boxes, np.array(boxes, np.float64).reshape(-1, 4)]),
        crowd=np.concatenate([before.crowd, np.zeros(len(boxes), bool)]),
        categories=(*before.categories, *[""] * len(boxes)),
        ids=(*before.ids, *range(first, first + len(boxes))),
    )


def now(bench: Workbench) -> Objects:
    return current_truth(bench).objects


def test_a_photo_of_ones_own_begins_without_objects() -> None:
    truth = current_truth(bench_of(GARDEN))
    assert (len(truth.objects), truth.origin, truth.edited) == (0, Origin.NONE, False)
    assert str(truth.sentence).startswith("No objects yet")


def test_drawn_objects_are_kept_for_each_photo() -> None:
    garden, street = bench_of(GARDEN), bench_of(STREET)
    store_objects(garden, drawn(now(garden), [1, 2, 30, 40]))
    store_objects(street, drawn(now(street), [5, 5, 9, 9], [0, 0, 90, 120]))
    assert now(garden).boxes.tolist() == [[1, 2, 30, 40]]
    assert str(current_truth(garden).sentence) == "1 object, drawn by hand."
    assert now(street).boxes.tolist() == [[5, 5, 9, 9], [0, 0, 90, 120]]
    assert current_truth(street).origin is Origin.DRAWN


def test_drawing_keeps_the_revision_and_everything_else_changes_it() -> None:
    bench = bench_of(GARDEN)
    store_objects(bench, drawn(now(bench), [1, 2, 30, 40]))
    first = current_truth(bench).revision
    store_objects(bench, drawn(now(bench), [5, 5, 9, 9]))
    name_object(bench, 1, "cat")
    assert current_truth(bench).revision == first
    assert now(bench).categories == ("", "cat")
    remove_objects(bench)
    assert current_truth(bench).revision != first
    assert len(now(bench)) == 0


def test_a_sample_photo_has_the_objects_of_the_example() -> None:
    example = example_labels()
    for image, name in enumerate(example.labels.names):
        sample = name.removesuffix(".jpg")
        bench = bench_of(sample_file(sample), sample)
        truth = current_truth(bench)
        part = example.labels.boxes_of(image)
        assert truth.objects.boxes.tolist() == example.labels.boxes[part].tolist()
        assert truth.origin is Origin.EXAMPLE
        assert str(truth.sentence).endswith("from the bundled example.")
        height, width = bench.photo.hw
        assert (truth.objects.boxes >= 0).all()
        assert (truth.objects.boxes[:, 2:] <= [width, height]).all()


def test_a_sample_without_boxes_begins_empty() -> None:
    assert "galaxies.jpg" not in example_labels().labels.names
    assert current_truth(bench_of(sample_file("galaxies"), "galaxies")).origin is Origin.NONE


def test_edits_of_the_example_can_be_taken_back() -> None:
    bench = bench_of(sample_file("coins"), "coins")
    before = current_truth(bench)
    assert len(before.objects) > 0
    store_objects(bench, drawn(before.objects, [0, 0, 9, 9]))
    edited = current_truth(bench)
    assert len(edited.objects) == len(before.objects) + 1
    assert edited.edited
    assert can_be_restored(bench)
    assert str(edited.sentence).endswith("from the bundled example, edited by hand.")
    restore_objects(bench)
    again = current_truth(bench)
    assert again.objects.boxes.tolist() == before.objects.boxes.tolist()
    assert not again.edited
    assert not can_be_restored(bench)
    assert again.revision != edited.revision  # the canvas gives up what it still holds


def test_an_image_of_a_label_set_becomes_the_photo_with_its_objects(
    loaded: LoadedLabels, state: dict[str, Any]
) -> None:
    open_labelled_image(loaded, 0)
    bench = bench_now()
    assert (bench.photo.name, bench.photo.hw, bench.sample) == ("a.jpg", (60, 80), None)
    truth = current_truth(bench)
    assert truth.objects.boxes.tolist() == [[1, 2, 31, 42], [70, 0, 100, 20]]  # as they came
    assert truth.objects.categories == ("<i>dog</i>", "cat")
    assert truth.objects.crowd.tolist() == [False, True]
    assert (truth.origin, truth.source) == (Origin.LABELS, loaded.name)
    assert str(truth.sentence) == f"2 objects, from {loaded.name}."
    assert not state.get(NOTICES.key)


def test_edits_of_a_labelled_image_stay_when_it_is_opened_again(loaded: LoadedLabels) -> None:
    open_labelled_image(loaded, 0)
    bench = bench_now()
    store_objects(bench, drawn(now(bench), [0, 0, 9, 9]))
    open_labelled_image(loaded, 1)
    assert len(now(bench_now())) == 1
    open_labelled_image(loaded, 0)
    assert len(now(bench_now())) == 3
    restore_objects(bench_now())
    assert len(now(bench_now())) == 2
    # Labels that were corrected in their file are another set.
    open_labelled_image(replace(loaded, sha256="corrected"), 0)
    assert len(now(bench_now())) == 2


def test_removed_objects_stay_removed_and_can_be_brought_back(loaded: LoadedLabels) -> None:
    open_labelled_image(loaded, 0)
    remove_objects(bench_now())
    open_labelled_image(loaded, 0)
    truth = current_truth(bench_now())
    assert (len(truth.objects), truth.edited, truth.origin) == (0, True, Origin.LABELS)
    restore_objects(bench_now())
    assert len(now(bench_now())) == 2


def test_an_image_of_another_size_than_labelled_comes_with_a_word(
    loaded: LoadedLabels, state: dict[str, Any]
) -> None:
    # The reader fills sizes in only where the labels lack them.
    open_labelled_image(loaded, 1)
    ((sentence,),) = state[NOTICES.key].values()
    assert str(sentence).startswith(
        "Image of another size than annotated: 1 found (annotated 60 x 80 px, the file has 90 x "
        "70). Their boxes stay where the labels put them, and may be off. Use the image that was"
    )
    assert len(now(bench_now())) == 1
    open_labelled_image(loaded, 0)
    assert not state[NOTICES.key]


def test_an_image_that_is_not_there_leaves_the_open_photo(loaded: LoadedLabels) -> None:
    open_labelled_image(loaded, 0)
    with pytest.raises(UserError, match=r"gone\.jpg is not among the 2 images"):
        open_labelled_image(loaded, 2)
    assert bench_now().photo.name == "a.jpg"
    assert len(now(bench_now())) == 2


def test_a_sample_opened_from_the_example_is_still_a_sample() -> None:
    example = example_labels()
    open_labelled_image(example, example.labels.names.index("coins.jpg"))
    assert bench_now().sample == "coins"


def test_objects_in_pixels_of_the_network_input() -> None:
    bench = bench_of(GARDEN)  # 120 x 90
    store_objects(bench, drawn(now(bench), [12, 9, 120, 90]))
    made = NetworkInput(torch.zeros(1, 3, 64, 64), Frame((90, 120), (45, 60)), (64, 64))
    objects = in_frame(now(bench), made.frame)
    assert objects.boxes.dtype == torch.float32
    assert objects.boxes.tolist() == [[6, 4.5, 60, 45]]
    assert objects.crowd.tolist() == [False]
    nothing = in_frame(now(bench_of(STREET)), made.frame)
    assert nothing.boxes.shape == (0, 4)


def test_the_file_reads_back_as_the_same_objects(loaded: LoadedLabels) -> None:
    open_labelled_image(loaded, 0)
    bench = bench_now()
    store_objects(bench, drawn(now(bench), [3, 4, 50.5, 60]))
    labels = read_coco_labels(
        write_coco_of(now(bench), bench.photo.name, bench.photo.hw), "objects"
    ).labels
    assert labels.names == ("a.jpg",)
    assert labels.sizes_hw.tolist() == [[60, 80]]
    assert labels.boxes.tolist() == [[1, 2, 31, 42], [70, 0, 100, 20], [3, 4, 50.5, 60]]
    names = [labels.categories[category] for category in labels.category]
    assert names == ["<i>dog</i>", "cat", UNNAMED]
    assert labels.crowd.tolist() == [False, True, False]


def test_only_so_many_photos_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PHOTOS_KEPT", 2)
    photos = [replace(GARDEN, sha256=str(i)) for i in range(3)]
    for photo in photos:
        store_objects(bench_of(photo), drawn(now(bench_of(photo)), [0, 0, 9, 9]))
    assert [len(now(bench_of(photo))) for photo in photos] == [0, 1, 1]
