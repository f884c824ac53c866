"""A label set as training and evaluation take it: image by image, made when asked for."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from rpn_core.errors import UserError
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.lint.report import lint
from rpn_core.training.coco_boxes import LabelledImages, read_coco
from tests.bench.labels_times import write_like_train2017
from tests.unit.labels_data import coco


@pytest.fixture
def images(tmp_path: Path) -> LabelledImages:
    listed = [
        {"id": 7, "file_name": "d/a.jpg", "width": 100, "height": 80},
        {"id": 5, "file_name": "b.jpg", "width": 80, "height": 100},
        {"id": 6, "file_name": "c.jpg"},
    ]
    rows = [
        {"image_id": 5, "bbox": [1, 2, 3, 4]},
        {"image_id": 7, "bbox": [0, 0, 9, 9]},
        {"image_id": 5, "bbox": [5, 6, 7, 8], "iscrowd": 1},
        {"image_id": 5, "bbox": [5, 6, 0, 8]},
        {"image_id": 5, "bbox": [5, 6, None, 8]},
        {"image_id": 5, "bbox": [2, 2, 2, 2]},
    ]
    path = tmp_path / "x.json"
    path.write_text(coco(*rows, images=listed))
    return read_coco(path, tmp_path)


def test_images_come_in_their_order_with_what_can_be_learned(images: LabelledImages) -> None:
    assert [image.path.name for image in images] == ["a.jpg", "b.jpg", "c.jpg"]
    assert [image.image_id for image in images] == [7, 5, 6]
    assert [image.tall for image in images] == [False, True, False]
    assert images[1].boxes.tolist() == [[1, 2, 4, 6], [2, 2, 4, 4]]
    assert images[1].boxes.dtype == np.float32
    assert images[2].boxes.shape == (0, 4)
    assert images[0].path.parent.name == "d"


def test_parts_of_it_are_sequences_too(images: LabelledImages) -> None:
    first = images[:2]
    assert len(first) == 2
    assert first[-1].image_id == 5
    assert [image.image_id for image in images[::-1]] == [6, 5, 7]
    assert len(images[:None]) == 3
    assert len(images[1:][1:]) == 1
    with pytest.raises(IndexError):
        first[2]


def test_it_travels_to_another_process(images: LabelledImages) -> None:
    again = pickle.loads(pickle.dumps(images))
    assert [image.boxes.tolist() for image in again] == [image.boxes.tolist() for image in images]


@pytest.mark.parametrize("name", ["../a.jpg", "/etc/a.jpg", "d/../../a.jpg", "d\\..\\a.jpg"])
def test_no_image_outside_the_folder_is_opened(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(coco(images=[{"id": 1, "file_name": name}]))
    with pytest.raises(UserError, match="outside the folder"):
        read_coco(path, tmp_path)


def test_boxes_of_unlisted_images_stop_training(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(coco({"bbox": [1, 2, 3, 4], "image_id": 9}))
    with pytest.raises(UserError, match="has 1 box of images that it does not list"):
        read_coco(path, tmp_path)


def test_the_file_of_the_benchmark_is_what_it_claims(tmp_path: Path) -> None:
    path = tmp_path / "instances.json"
    write_like_train2017(path, 200, 1500)
    loaded = read_labels(path)
    assert (len(loaded.labels.names), len(loaded.labels.image)) == (200, 1500)
    assert len(loaded.labels.categories) == 80
    assert lint(loaded).counts().keys() <= {"tiny", "no-boxes"}
