"""YOLO: what the numbers of a line are, which images a data.yaml means, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from rpn_core.errors import UserError
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.formats.recognise import SeveralFormats
from rpn_core.labels.lint.report import lint
from rpn_core.labels.loaded import LoadedLabels
from tests.pictures import jpeg
from tests.unit.labels_data import coco, read, zipped

Tree = Mapping[str, bytes | str]
Way = Callable[[Tree], LoadedLabels]
JPEG = jpeg(100, 80)
POINTS = "0.48 0.47 0.52 0.47 0.50 0.50 0.48 0.53 0.52 0.53"


def written(folder: Path, files: Tree) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


@pytest.fixture(params=["folder", "zip"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Way:
    """Read files as a folder and as a zip."""
    if request.param == "zip":
        return lambda files: read({"set.zip": zipped(files)})
    return lambda files: read_labels(written(tmp_path / "set", files))


def one(text: str | bytes, yaml: str = "") -> dict[str, bytes | str]:
    """An image of 100 x 80 px with its label file."""
    files: dict[str, bytes | str] = {"images/a.jpg": JPEG, "labels/a.txt": text}
    return {**files, "data.yaml": yaml} if yaml else files


def kinds(loaded: LoadedLabels) -> list[str]:
    return [remark.rule.kind for remark in loaded.remarks]


def said(loaded: LoadedLabels, kind: str) -> list[str]:
    remark = next(remark for remark in loaded.remarks if remark.rule.kind == kind)
    return [str(row.came) for row in remark.rows(loaded.labels)]


def boxes(loaded: LoadedLabels) -> list[list[float]]:
    return loaded.labels.boxes.round(3).tolist()


# ---- what is beside the labels -------------------------------------------------------------------

STRAYS = {
    "notes.json": '{"categories": [{"id": 0, "name": "bolt"}], "info": {"year": 2024}}',
    "runs/detect/train/results.csv": "epoch,train/box_loss\n1,1.2\n",
    "runs/detect/train/args.yaml": "task: detect\ndata: data.yaml\n",
    "requirements.txt": "numpy==1.26\ntorch>=2\n",
    "README.txt": "Exported 2024\n0 0.5 0.5 0.1 0.1 is a line\n",
    "classes.txt": "bolt\nnut\n",
    "train.txt": "./images/a.jpg\n",
    "pom.xml": "<project><name>x</name></project>",
    "mkdocs.yml": "theme: !!python/name:material.x\nnav: &a []\n",
}


@pytest.mark.parametrize("stray", [*STRAYS, "all"])
def test_a_stray_file_makes_no_other_format_of_it(way: Way, stray: str) -> None:
    beside = STRAYS if stray == "all" else {stray: STRAYS[stray]}
    loaded = way({**one("1 0.5 0.5 0.2 0.5\n"), **beside})
    assert loaded.form.key == "yolo"
    assert boxes(loaded) == [[40, 20, 60, 60]]
    assert loaded.labels.names == ("images/a.jpg",)
    assert loaded.labels.categories == (("bolt", "nut") if "classes.txt" in beside else ("1",))


def test_two_formats_are_named_with_the_way_to_choose(way: Way) -> None:
    files = {**one("0 .5 .5 .2 .5\n"), "all.json": coco({"bbox": [1, 2, 3, 4]})}
    with pytest.raises(SeveralFormats, match="--format coco or yolo") as caught:
        way(files)
    assert [form.key for form in caught.value.forms] == ["coco", "yolo"]


def test_pictures_of_a_training_run_are_no_images_without_objects(way: Way) -> None:
    loaded = way({**one("0 .5 .5 .2 .5\n"), "runs/train/batch0.jpg": JPEG, "images/b.jpg": JPEG})
    assert loaded.labels.names == ("images/a.jpg", "images/b.jpg")
    assert said(loaded, "image-outside") == ["1 of 3 images"]


def test_detections_that_lie_beside_are_given_to_no_image(way: Way) -> None:
    """`images/b.jpg` has no objects; what a network found in it is none of its labels."""
    files = {**one("0 .5 .5 .2 .5\n"), "images/b.jpg": JPEG}
    loaded = way({**files, "runs/predict/labels/b.txt": "0 .5 .5 .9 .9 .3\n"})
    assert boxes(loaded) == [[40, 20, 60, 60]]
    assert said(loaded, "no-image-for-fractions") == ["1 of 2 label files"]


# ---- columns -------------------------------------------------------------------------------------


def test_keypoints_that_data_yaml_declares_are_passed_over(way: Way) -> None:
    yaml = "train: images\nkpt_shape: [5, 2]\nnames: {0: face}\n"
    loaded = way(
        one(f"0 0.5 0.5 0.2 0.4 {POINTS}\n0 .5 .5 .2 .4 {POINTS} 0.9\n0 .5 .5 .1 .1\n", yaml)
    )
    assert boxes(loaded) == [[40, 24, 60, 56], [40, 24, 60, 56], [45, 36, 55, 44]]
    assert said(loaded, "keypoints") == ["2 of 3 boxes; each line has 15 numbers"]
    assert said(loaded, "detections") == ["1 of 3 boxes"]


def test_a_line_with_another_number_of_keypoints_is_left_out(way: Way) -> None:
    yaml = "kpt_shape: [2, 3]\nnames: [face]\n"
    good = "0 .5 .5 .2 .4 .5 .5 2 .45 .5 1"
    loaded = way(one(f"{good}\n0 .1 .1 .3 .1 .3 .3 .1 .3\n", yaml))
    assert boxes(loaded) == [[40, 24, 60, 56]]
    assert "Line 2 of a.txt reads '0 .1 .1" in said(loaded, "bad-line")[0]
    assert "kpt_shape" in said(loaded, "bad-line")[0]


@pytest.mark.parametrize(
    "line",
    [
        f"0 0.5 0.5 0.2 0.4 {POINTS}",
        "0 0.5 0.5 0.2 0.4 0.5 0.5 2 0.45 0.4 1 0 0 0",
        "0 0.7 0.7 0.2 0.2 0.65 0.7 0.75 0.75 0.7 0.72",
    ],
)
def test_keypoints_are_known_without_a_data_yaml(line: str) -> None:
    numbers = [float(text) for text in line.split()[1:5]]
    cx, cy, w, h = (n * side for n, side in zip(numbers, (100, 80, 100, 80), strict=True))
    loaded = read({"a.txt": line, "a.jpg": JPEG})
    np.testing.assert_allclose(
        loaded.labels.boxes[0], [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
    )
    assert kinds(loaded) == ["keypoints-guessed"]


OUTLINES = [
    "0 0.4 0.4 0.6 0.4 0.6 0.7 0.5 0.75 0.4 0.7",  # five points
    "0 0.1 0.1 0.3 0.1 0.3 0.3",  # a triangle
    "0 0.5 0.2 0.6 0.5 0.5 0.8 0.4 0.5",  # an oriented box
    "0 0 0 1 0 1 1 0 1 0 0",  # the whole image, closed
    "0 1 0 1 1 0 1 0 0 1 0",
    "0 0 0 0 1 1 1 1 0 0 0",
    "0 0.4 0.4 0.6 0.4 0.6 0.7 0.4 0.7 0.87",  # with a confidence
]


@pytest.mark.parametrize("line", OUTLINES)
def test_outlines_are_bounded_and_it_is_said(line: str) -> None:
    numbers = [float(text) for text in line.split()[1:]]
    if len(numbers) % 2:
        numbers.pop()
    xs, ys = np.array(numbers[0::2]) * 100, np.array(numbers[1::2]) * 80
    loaded = read({"a.txt": line, "a.jpg": JPEG})
    assert boxes(loaded) == [[xs.min(), ys.min(), xs.max(), ys.max()]]
    assert said(loaded, "upright-bounds") == ["1 of 1 box"]


def test_random_outlines_of_one_length_are_never_keypoints() -> None:
    rng = np.random.default_rng(3)
    for points in (3, 4, 5, 8, 17):
        angles = np.sort(rng.uniform(0, 2 * np.pi, (40, points)))
        centre, reach = rng.uniform(0.2, 0.6, (40, 1, 2)), rng.uniform(0.02, 0.2, (40, 1, 1))
        outline = centre + reach * np.stack((np.cos(angles), np.sin(angles)), 2)
        text = "\n".join("0 " + " ".join(f"{v:.5f}" for v in row.ravel()) for row in outline)
        loaded = read({"a.txt": text, "a.jpg": jpeg(1000, 1000)})
        low, high = outline.min(1) * 1000, outline.max(1) * 1000
        np.testing.assert_allclose(loaded.labels.boxes, np.concatenate((low, high), 1), atol=0.02)


def test_outlines_that_may_be_keypoints_are_doubted() -> None:
    """Objects that fill the image: w, h lies among the points, so that nothing tells the two."""
    rng = np.random.default_rng(5)
    rows = [[0.5, 0.5, 0.8, 0.8, *rng.uniform(0.12, 0.88, 10)] for _ in range(8)]
    text = "\n".join("0 " + " ".join(f"{v:.3f}" for v in row) for row in rows)
    assert "outlines-guessed" in kinds(read({"a.txt": text, "a.jpg": JPEG}))
    declared = {"data.yaml": "names: [a]\nkpt_shape: [5, 2]\n"}
    sure = read({"a.txt": text, "a.jpg": JPEG, **declared})
    assert kinds(sure) == ["keypoints"]
    assert boxes(sure) == [[10, 8, 90, 72]] * 8


@pytest.mark.parametrize("more", ["0.9", "1", "0.25 7", "12"])
def test_a_confidence_is_told_and_the_box_read(more: str) -> None:
    loaded = read({"a.txt": f"0 .5 .5 .2 .5 {more}\n0 .5 .5 .2 .5 {more}\n", "a.jpg": JPEG})
    assert boxes(loaded) == [[40, 20, 60, 60]] * 2
    assert said(loaded, "detections") == ["2 of 2 boxes"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("0,0.5,0.5,0.2,0.2", "commas between the numbers, so put spaces there"),
        ("0;0.5;0.5;0.2;0.2", "semicolons between the numbers"),
        ("0, 0.5, 0.5, 0.2, 0.2", "commas"),
        ("0 0,5 0,5 0,2 0,2", "the decimals have commas, so write points"),
        ("cat 0.5 0.5 0.2 0.2", "'cat' is no number of a class"),
        ("0.5 0.5 0.5 0.2 0.2", "'0.5' is no number of a class"),
        ("-1 0.5 0.5 0.2 0.2", "'-1' is no number of a class"),
        ("0 0.5 0.5 0.2", "it has 4 values"),
        ("0 .1 .1 .2 .1 .2 .2 9", "it has 8 values"),
        ("0 0.5 0.5 0.2 wide", "numbers only"),
        ("0 1_0 0.5 0.2 0.2", "numbers only"),
    ],
)
def test_a_bad_line_is_a_finding_and_the_others_are_read(way: Way, line: str, why: str) -> None:
    loaded = way(one(f"\n0 .5 .5 .2 .5\n{line}\n1 .5 .5 1 1\n"))
    assert boxes(loaded) == [[40, 20, 60, 60], [0, 0, 100, 80]]
    (row,) = said(loaded, "bad-line")
    assert row.startswith(f"Line 3 of a.txt reads {line!r}: ")
    assert why in row
    assert row.endswith("(2 of 3 lines were read.)")
    assert lint(loaded).counts()["bad-line"] == 1
    with pytest.raises(UserError, match=r"Line 1 of a\.txt reads"):
        way({**one(f"{line}\n{line}\n"), "results.csv": "epoch,loss\n1,2\n"})


def test_what_is_no_text_is_one_bad_file_among_others(way: Way) -> None:
    files = {**one("0 .5 .5 .2 .5"), "images/b.jpg": JPEG, "labels/b.txt": b"\x89PNG\x00\xff 1 2"}
    loaded = way(files)
    assert boxes(loaded) == [[40, 20, 60, 60]]
    assert len(said(loaded, "bad-file")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "0.0 .5 .5 .2 .5\n",
        "\ufeff0 .5 .5 .2 .5\n",
        "\r\n\n 0\t.5  .5 .2 .5 \r\n\n",
        "0 .5 .5 .2 .5\n".encode("utf-16"),
    ],
)
def test_ways_to_write_the_same_line(way: Way, text: str | bytes) -> None:
    loaded = way(one(text, "names: [cat]"))
    assert boxes(loaded) == [[40, 20, 60, 60]]
    assert loaded.labels.category.tolist() == [0]
    assert kinds(loaded) == (["not-utf-8"] if isinstance(text, bytes) else [])


def test_pixels_are_an_error_with_the_remedy(way: Way) -> None:
    loaded = way(one("0 50 40 20 40\n0 30 30 5 5\n0 .5 .5 .1 .1\n"))
    assert said(loaded, "pixels-as-fractions") == ["a number above 1.5 in 2 of 3 boxes"]
    report = lint(loaded)
    assert [g.rule.kind for g in report.groups].count("pixels-as-fractions") == 1
    group = report.group("pixels-as-fractions")
    assert group is not None
    assert group.rule.severity.value == "error"
    assert "Divide x by the image's width" in str(group.rule.remedy)
    few = way(one("0 50 40 20 40\n0 .5 .5 .1 .1\n0 .5 .5 .1 .1\n"))
    assert "pixels-as-fractions" not in kinds(few)


# ---- data.yaml -----------------------------------------------------------------------------------

SPLITS: dict[str, bytes | str] = {
    f"{kind}/{split}/0001.{ending}": data
    for split, shift in (("train", 0.2), ("val", 0.5), ("unused", 0.8))
    for kind, ending, data in (
        ("images", "jpg", JPEG),
        ("labels", "txt", f"0 {shift} .5 .2 .5\n"),
    )
}
LEFT = {"train": 10, "val": 40, "unused": 70}  # of the box, in pixels


def read_so(loaded: LoadedLabels) -> dict[str, float]:
    """Image -> left edge of its box, of which each has one."""
    names = [loaded.labels.names[place] for place in loaded.labels.image.tolist()]
    return dict(zip(names, loaded.labels.boxes[:, 0].round(3).tolist(), strict=True))


def of(*splits: str, top: str = "") -> dict[str, float]:
    return {f"{top}images/{split}/0001.jpg": LEFT[split] for split in splits}


@pytest.mark.parametrize(
    "yaml",
    [
        "path: .\ntrain: images/train\nval: images/val",
        "train: images/train\nval: ./images/val/",
        "path: .\ntrain: [images/train, images/val]",
        "train: ../images/train\nval: ../images/val",  # as Roboflow writes
        "train: images/train\nvalid: images/val",
        "train: lists/train.txt\nval: images/val",
    ],
)
def test_the_splits_are_followed_and_the_rest_is_counted(way: Way, yaml: str) -> None:
    listed = {"lists/train.txt": "./../images/train/0001.jpg\n"}
    loaded = way({**SPLITS, **listed, "data.yaml": f"{yaml}\nnames: [x]\n"})
    assert read_so(loaded) == of("train", "val"), "each its own labels, though their names agree"
    assert said(loaded, "not-in-splits") == ["1 of 3 images"]
    assert "points-elsewhere" not in kinds(loaded)


def test_without_splits_all_images_count(way: Way) -> None:
    loaded = way({**SPLITS, "data.yaml": "names: [x]\n"})
    assert read_so(loaded) == of("train", "val", "unused")
    assert kinds(loaded) == []


@pytest.mark.parametrize("line", ["images/train/0001.jpg", "/content/x/images/train/0001.jpg"])
def test_a_list_of_images_is_followed(way: Way, line: str) -> None:
    files = {**SPLITS, "train.txt": f"{line}\n\n", "data.yaml": "train: train.txt\nnames: [x]\n"}
    assert read_so(way(files)) == of("train")


@pytest.mark.parametrize(
    ("yaml", "splits", "named"),
    [
        ("path: /nowhere/x\ntrain: images/train", ("train",), "train: /nowhere/x/images/train"),
        ("train: /kaggle/x/images/val", ("val",), "train: /kaggle/x/images/val; images/val is"),
        ("path: ../gone\ntrain: none\nval: no", ("train", "val", "unused"), "train: ../gone/none"),
        ("train: images/train\nval: lost", ("train",), "val: lost"),
    ],
)
def test_a_place_that_is_not_here_is_named_and_what_lies_beside_is_read(
    way: Way, yaml: str, splits: tuple[str, ...], named: str
) -> None:
    loaded = way({**SPLITS, "data.yaml": f"{yaml}\nnames: [x]\n"})
    assert read_so(loaded) == of(*splits)
    assert said(loaded, "points-elsewhere")[0].startswith(named)


def test_labels_and_images_that_come_apart_keep_their_splits() -> None:
    labels = {name: data for name, data in SPLITS.items() if name.endswith(".txt")}
    yaml = {"data.yaml": "train: images/train\nval: images/val\nnames: [x]\n"}
    images = {
        name.removeprefix("images/"): data
        for name, data in SPLITS.items()
        if name.startswith("images")
    }
    files = {"labels.zip": zipped({**labels, **yaml}), "images.zip": zipped(images)}
    assert read_so(read(files)) == {"train/0001.jpg": 10, "val/0001.jpg": 40}


def test_a_data_yaml_leads_to_its_folder_on_this_machine(tmp_path: Path) -> None:
    written(tmp_path / "sub", {**SPLITS, "data.yaml": "names: [other, names]\n"})
    for path in ("../../sub", (tmp_path / "sub").as_posix()):
        yaml = f"path: {path}\ntrain: images/train\nval: images/val\nnames: {{0: x}}\n"
        written(tmp_path / "yolov5/data", {"my.yaml": yaml})
        loaded = read_labels(tmp_path / "yolov5/data/my.yaml")
        assert sorted(read_so(loaded).values()) == [10, 40]
        assert loaded.labels.categories == ("x",), "those of the file that was asked for"
        assert kinds(loaded) == ["not-in-splits"]


def test_a_data_yaml_may_lead_to_two_places(tmp_path: Path) -> None:
    for place in ("one", "two"):
        written(tmp_path / place, SPLITS)
    yaml = f"train: {tmp_path}/one/images/train\nval: {tmp_path}/two/images/val\nnames: [x]\n"
    written(tmp_path / "yaml", {"data.yaml": yaml})
    loaded = read_labels(tmp_path / "yaml/data.yaml")
    assert read_so(loaded) == of("train", top="one/") | of("val", top="two/")
    assert kinds(loaded) == ["not-in-splits"]


def test_a_list_may_lead_to_another_place(tmp_path: Path) -> None:
    written(tmp_path / "far", SPLITS)
    lines = f"{tmp_path}/far/images/val/0001.jpg\n"
    written(tmp_path / "yaml", {"data.yaml": "train: t.txt\nnames: [x]\n", "t.txt": lines})
    assert list(read_so(read_labels(tmp_path / "yaml/data.yaml")).values()) == [40]


def test_nothing_outside_of_a_folder_or_zip_is_opened(tmp_path: Path) -> None:
    written(tmp_path / "sub", SPLITS)
    yaml = {"my.yaml": f"path: {tmp_path}/sub\ntrain: images/train\nnames: [x]\n"}
    with pytest.raises(UserError, match="outside of what was given: give the folder"):
        read_labels(written(tmp_path / "only", yaml))
    with pytest.raises(UserError, match=r"sub/images/train' \(train\), outside"):
        read({"set.zip": zipped(yaml)})
    with pytest.raises(UserError, match="outside of what was given"):
        read(yaml)
    gone = {"my.yaml": "path: ../gone\ntrain: images/train\nnames: [x]\n"}
    with pytest.raises(UserError, match=r"'../gone/images/train' \(train\), but there are no"):
        read_labels(written(tmp_path / "gone", gone) / "my.yaml")


def test_a_link_out_of_the_folders_of_a_data_yaml_is_not_followed(tmp_path: Path) -> None:
    written(tmp_path / "secret", {"b.txt": "0 .5 .5 .2 .5", "b.jpg": JPEG})
    for place in ("one", "two"):
        written(tmp_path / place, SPLITS)
    (tmp_path / "one/images/train/b.jpg").symlink_to(tmp_path / "secret/b.jpg")
    yaml = f"train: {tmp_path}/one/images/train\nval: {tmp_path}/two/images/val\nnames: [x]\n"
    written(tmp_path / "yaml", {"data.yaml": yaml})
    assert "one/images/train/b.jpg" not in read_labels(tmp_path / "yaml/data.yaml").labels.names


@pytest.mark.parametrize("shape", ["17", "[17]", "[17, 4]", "[-1, 2]", "[a, b]", "[true, 2]"])
def test_a_wrong_kpt_shape_is_named(shape: str) -> None:
    with pytest.raises(UserError, match=r"write it as kpt_shape: \[17, 3\]"):
        read({**one("0 .5 .5 .2 .5", f"names: [x]\nkpt_shape: {shape}\n")} | {})


def test_a_list_of_images_alone_is_named() -> None:
    for files in ({"train.txt": "a.jpg\nb/c d.png\n"}, {"train.txt": "a.jpg\n", "a.jpg": JPEG}):
        with pytest.raises(UserError, match=r"train\.txt is a list of images, as Darknet"):
            read(files)


def test_empty_label_files_are_images_without_objects(way: Way) -> None:
    loaded = way(one(" \n\n"))
    assert loaded.form.key == "yolo"
    assert (len(loaded.labels.names), len(loaded.labels.image)) == (1, 0)


def test_a_file_that_is_too_large_is_one_bad_file_among_others(way: Way) -> None:
    files = {
        **one("0 .5 .5 .2 .5"),
        "images/b.jpg": JPEG,
        "labels/b.txt": "0 .5 .5 1 1\n" * 800_000,
    }
    loaded = way(files)
    assert boxes(loaded) == [[40, 20, 60, 60]]
    assert "b.txt is larger than the 8 MB" in said(loaded, "bad-file")[0]


def test_a_data_yaml_without_names_is_followed(way: Way) -> None:
    loaded = way({**SPLITS, "data.yaml": "nc: 1\ntrain: images/train\n", "model.yaml": "nc: 80\n"})
    assert read_so(loaded) == of("train")
    assert loaded.labels.categories == ("0",)


def test_who_names_a_data_yaml_means_yolo(tmp_path: Path) -> None:
    files = {**one("0 .5 .5 .2 .5", "names: [a]"), "x.json": coco({"bbox": [1, 2, 3, 4]})}
    assert read_labels(written(tmp_path, files) / "data.yaml").form.key == "yolo"
