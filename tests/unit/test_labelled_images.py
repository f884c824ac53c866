"""Images with boxes, one by one: what counts, which file is meant, and the pixels of the page."""

from __future__ import annotations

import io
import pickle
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rpn_core.errors import UserError
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.labelled_images import LabelledImages, labelled_images
from rpn_core.labels.lint.report import lint
from rpn_core.labels.stores.image_header import image_size_hw
from rpn_core.photo.photo import Pixels
from rpn_core.photo.reader import read_photo
from rpn_core.settings import AnchorSettings
from rpn_core.training.augment import augment
from rpn_core.training.batches import StepBatches, step_loader
from rpn_core.training.random_shapes import canonical_shapes
from tests.bench.labels_times import write_like_train2017
from tests.pictures import jpeg
from tests.unit.labels_data import coco, zipped
from tests.unit.test_photo_depth import png16
from tests.unit.training_data import PREPROCESS, TINY, images_of


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
        {"image_id": 5, "bbox": [2, 2, 2, 2], "ignore": 1},
    ]
    (tmp_path / "d").mkdir()
    for name, size in (("d/a.jpg", (100, 80)), ("b.jpg", (80, 100)), ("c.jpg", (20, 30))):
        (tmp_path / name).write_bytes(jpeg(*size))
    path = tmp_path / "x.json"
    path.write_text(coco(*rows, images=listed))
    return images_of(path, tmp_path)


def test_images_come_in_their_order_with_what_can_be_learned(images: LabelledImages) -> None:
    assert [image.name for image in images] == ["d/a.jpg", "b.jpg", "c.jpg"]
    assert [image.image_id for image in images] == [7, 5, 6]
    assert [image.tall for image in images] == [False, True, True], "the last by its header"
    assert images[1].boxes.tolist() == [[1, 2, 4, 6], [2, 2, 4, 4]], "difficult ones count"
    assert images[1].boxes.dtype == np.float32
    assert images[2].boxes.shape == (0, 4)
    assert [image.read_noted()[0].shape for image in images] == [
        (80, 100, 3), (100, 80, 3), (30, 20, 3)
    ]  # fmt: skip


def test_parts_of_it_are_sequences_too(images: LabelledImages) -> None:
    first = images[:2]
    assert len(first) == 2
    assert first[-1].image_id == 5
    assert [image.image_id for image in images[::-1]] == [6, 5, 7]
    assert len(images[1:][1:]) == 1
    with pytest.raises(IndexError):
        first[2]


def test_the_first_of_a_label_set_keep_their_boxes(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_like_train2017(path, 40, 300)
    labels = read_labels(path).labels
    first = labels.first(10)
    assert first.names == labels.names[:10]
    for image in range(10):
        assert (
            first.boxes[first.boxes_of(image)].tolist()
            == labels.boxes[labels.boxes_of(image)].tolist()
        )
    assert len(first.boxes) == (labels.image < 10).sum() == len(first.category)
    assert labels.first(None) is labels.first(40) is labels.first(50) is labels
    assert len(labels.first(-1).names) == 39
    assert len(labels.first(0).boxes) == 0


@pytest.mark.parametrize("packed", [False, True])
def test_it_travels_to_another_process(tmp_path: Path, packed: bool) -> None:
    files = {f"images/{place}.jpg": jpeg(40 + place, 30) for place in range(6)}
    files["x.json"] = coco(
        *({"image_id": place, "bbox": [1, 2, 3, 4]} for place in range(6)),
        images=[{"id": place, "file_name": f"{place}.jpg"} for place in range(6)],
    ).encode()
    path = tmp_path / "set.zip"
    path.write_bytes(zipped(files))
    if not packed:
        path = tmp_path / "set"
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
    loaded = read_labels(path)
    images = labelled_images(loaded.labels, loaded.images)
    images[0].read_noted()[0]  # the zip is open when it is handed on
    again = pickle.loads(pickle.dumps(images))
    for one, other in zip(images, again, strict=True):
        np.testing.assert_array_equal(one.read_noted()[0], other.read_noted()[0])
    recipe = replace(TINY, steps=8)
    canonical = canonical_shapes(AnchorSettings())
    batches = StepBatches(images, recipe, PREPROCESS, (8, 16, 32, 64), canonical)
    here = list(step_loader(batches, 0, workers=0))
    for one, other in zip(here, step_loader(batches, 0, workers=2), strict=True):
        assert torch.equal(one.pixels, other.pixels), "read at once by two processes"


@pytest.mark.parametrize("name", ["../a.jpg", "/etc/a.jpg", "d/../../a.jpg", "d\\..\\a.jpg"])
def test_no_image_outside_the_folder_is_opened(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "in" / "side"
    inside.mkdir(parents=True)
    for above in (tmp_path, tmp_path / "in"):
        (above / "a.jpg").write_bytes(jpeg(9, 9))
    path = tmp_path / "x.json"
    path.write_text(coco(images=[{"id": 1, "file_name": name}]))
    (inside / "other.jpg").write_bytes(jpeg(7, 7))
    assert len(images_of(path, inside)) == 0
    (inside / "a.jpg").write_bytes(jpeg(8, 8))
    [image] = images_of(path, inside)
    assert image.read_noted()[0].shape == (8, 8, 3), "the one that lies inside"


@pytest.mark.parametrize(
    ("named", "lies"),
    [
        ("train2017/a.jpg", "a.jpg"),
        ("C:/data/photos/A.JPG", "photos/a.jpg"),
        ("/home/me/photos/a.jpg", "deep/photos/a.jpg"),
        ("a", "photos/a.jpg"),
    ],
)
def test_training_finds_an_image_by_the_end_of_its_path(
    tmp_path: Path, named: str, lies: str
) -> None:
    file = tmp_path / "in" / lies
    file.parent.mkdir(parents=True)
    file.write_bytes(jpeg(30, 20))
    path = tmp_path / "x.json"
    path.write_text(coco({"bbox": [1, 2, 3, 4]}, images=[{"id": 1, "file_name": named}]))
    canonical = canonical_shapes(AnchorSettings())
    batches = StepBatches(
        images_of(path, tmp_path / "in"), replace(TINY, batch_images=1), PREPROCESS,
        (8, 16, 32, 64), canonical,
    )  # fmt: skip
    assert batches[0].images == (named,)
    assert len(batches[0].boxes[0]) == 1


def test_of_two_images_of_one_name_none_is_guessed(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.jpg").write_bytes(jpeg(9, 9))
    path = tmp_path / "x.json"
    path.write_text(coco(images=[{"id": 1, "file_name": "a.jpg"}]))
    assert len(images_of(path, tmp_path)) == 0


# ---- the same pixels ---------------------------------------------------------------------------


def noise(*shape: int) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def saved(image: Image.Image, kind: str, orientation: int = 1, **options: object) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(buffer, kind, exif=exif, **options)
    return buffer.getvalue()


def sixteen_bit() -> bytes:
    values = np.linspace(0, 40_000, 20 * 30).astype(np.uint16).reshape(20, 30)
    return saved(Image.fromarray(values), "PNG")


def see_through() -> bytes:
    return saved(Image.fromarray(noise(20, 30, 4), "RGBA"), "PNG")


def palette() -> bytes:
    image = Image.fromarray(noise(20, 30, 3)).quantize(16)
    return saved(image, "PNG", transparency=3)


PICTURES: dict[str, Callable[[], bytes]] = {
    "16-bit.png": sixteen_bit,
    "rgba.png": see_through,
    "palette.png": palette,
    "rgb-12.png": lambda: png16(noise(20, 30, 3).astype(np.uint16) * 16),
    "grey-12.png": lambda: png16(noise(20, 30).astype(np.uint16) * 16),
    "grey-alpha.png": lambda: saved(Image.fromarray(noise(20, 30, 2), "LA"), "PNG"),
    "float.tif": lambda: saved(Image.fromarray(noise(20, 30).astype(np.float32) / 9), "TIFF"),
    "one-bit.png": lambda: saved(Image.fromarray(noise(20, 30) > 127), "PNG"),
    "animated.gif": lambda: saved(
        Image.fromarray(noise(20, 30, 3)),
        "GIF",
        save_all=True,
        append_images=[Image.new("RGB", (30, 20), "red")],
    ),
    "cmyk.jpg": lambda: saved(Image.fromarray(noise(20, 30, 4), "CMYK"), "JPEG"),
    "grey.png": lambda: saved(Image.fromarray(noise(20, 30)), "PNG"),
    "plain.jpg": lambda: saved(Image.fromarray(noise(20, 30, 3)), "JPEG"),
    **{
        f"turned-{kind}-{way}.{kind}": lambda kind=kind, way=way: saved(
            Image.fromarray(noise(20, 30, 3)), kind, way
        )
        for kind in ("jpeg", "png", "tiff")
        for way in range(2, 9)
    },
}


@pytest.mark.parametrize("name", PICTURES)
def test_training_sees_the_pixels_that_the_page_shows(tmp_path: Path, name: str) -> None:
    data = PICTURES[name]()
    (tmp_path / name).write_bytes(data)
    path = tmp_path / "x.json"
    path.write_text(coco({"bbox": [2, 3, 9, 8]}, images=[{"id": 1, "file_name": name}]))
    photo, shown = read_photo(data, name)
    [image] = images = images_of(path, tmp_path)
    np.testing.assert_array_equal(image.read_noted()[0], shown)
    lies = name.startswith("turned") and int(name.partition(".")[0][-1]) > 4
    assert photo.hw == image_size_hw(io.BytesIO(data)) == ((30, 20) if lies else (20, 30))
    assert image.read_noted()[1] == photo.notes

    recipe = replace(TINY, batch_images=1)
    batches = StepBatches(
        images, recipe, PREPROCESS, (8, 16, 32, 64), canonical_shapes(AnchorSettings())
    )
    [batch] = [batches[0]]
    draw = random.Random(f"{recipe.seed}/0")
    long_side = draw.randint(*recipe.long_side)
    boxes = np.array([[2, 3, 11, 11]], np.float32)
    wanted, _ = augment(
        shown, boxes, long_side, recipe, PREPROCESS, random.Random(f"{recipe.seed}/0/0")
    )
    assert torch.equal(batch.pixels[0], wanted)


def test_the_odd_kinds_are_not_what_a_plain_conversion_gives(tmp_path: Path) -> None:
    """So that the test above cannot pass with the old way of reading."""
    for name in (
        "16-bit.png",
        "rgb-12.png",
        "grey-12.png",
        "grey-alpha.png",
        "rgba.png",
        "palette.png",
        "turned-jpeg-6.jpeg",
    ):
        data = PICTURES[name]()
        plain = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        shown = read_photo(data, name)[1]
        assert plain.shape != shown.shape or (plain != shown).any(), name


# ---- what cannot be decoded --------------------------------------------------------------------


@pytest.fixture
def with_a_broken_one(tmp_path: Path) -> LabelledImages:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(jpeg(60, 40))
    (tmp_path / "b.jpg").write_bytes(jpeg(60, 40)[:-300])  # its header is whole
    listed = [{"id": place, "file_name": f"{name}.jpg"} for place, name in enumerate("abc")]
    path = tmp_path / "x.json"
    path.write_text(coco({"image_id": 0, "bbox": [1, 2, 30, 30]}, images=listed))
    return images_of(path, tmp_path)


def steps_of(images: LabelledImages, **changes: object) -> StepBatches:
    recipe = replace(TINY, steps=6, batch_images=3, **changes)  # type: ignore[arg-type]
    return StepBatches(
        images, recipe, PREPROCESS, (8, 16, 32, 64), canonical_shapes(AnchorSettings())
    )


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("mosaic", [0.0, 1.0])
def test_another_image_comes_in_the_place_of_a_broken_one(
    with_a_broken_one: LabelledImages, workers: int, mosaic: float
) -> None:
    assert len(with_a_broken_one) == 3
    for batch in step_loader(steps_of(with_a_broken_one, mosaic=mosaic), 0, workers):
        assert sorted(batch.images) == ["a.jpg", "c.jpg", "c.jpg"]
        [(name, why)] = batch.unreadable
        assert name == "b.jpg"
        assert "b.jpg is cut short or damaged" in str(why)


@pytest.mark.parametrize("workers", [0, 2])
def test_where_none_can_be_decoded_training_says_so(
    with_a_broken_one: LabelledImages, workers: int
) -> None:
    with pytest.raises(UserError, match=r"^The only image to learn from cannot be decoded"):
        next(iter(step_loader(steps_of(with_a_broken_one[1:2]), 0, workers)))


def test_the_file_of_the_benchmark_is_what_it_claims(tmp_path: Path) -> None:
    path = tmp_path / "instances.json"
    write_like_train2017(path, 200, 1500)
    loaded = read_labels(path)
    assert (len(loaded.labels.names), len(loaded.labels.image)) == (200, 1500)
    assert len(loaded.labels.categories) == 80
    assert lint(loaded).counts().keys() <= {"tiny", "no-boxes"}
