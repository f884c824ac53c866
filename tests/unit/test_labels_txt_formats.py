"""Text formats besides YOLO: known by their lines, read to the pixel, a bad line is a finding."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rpn_core.errors import UserError
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.formats.table import FORMATS
from rpn_core.labels.loaded import LoadedLabels
from tests.pictures import jpeg
from tests.unit.labels_data import coco, read, zipped
from tests.unit.test_labels_yolo import kinds, said, written

JPEG = jpeg(100, 80)
Files = dict[str, bytes | str]
CAR = "Car 0.00 0 -1.58 10.5 20 30 40.25 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59"
DONT_CARE = "DontCare -1 -1 -10 1 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10"
DOTA_HEAD = "imagesource:GoogleEarth\ngsd:0.146\n"
FACE = "10 20 30 40 0 0 0 0 0 0"

# key, files, (image, box, category, crowd, difficult) of each object, kinds of remarks.
Row = tuple[str, list[float], str, bool, bool]
CASES: dict[str, tuple[str, Files, list[Row], list[str]]] = {
    "kitti": (
        "kitti",
        {"label_2/7.txt": f"{CAR}\n{DONT_CARE}\n", "image_2/7.jpg": JPEG},
        [
            ("image_2/7.jpg", [10.5, 20, 30, 40.25], "Car", False, False),
            ("image_2/7.jpg", [1, 2, 3, 4], "DontCare", True, False),
        ],
        ["ignored-region"],
    ),
    "kitti as it comes, with a test set of the same names": (
        "kitti",
        {
            "training/label_2/7.txt": f"{CAR} 0.9\n",
            "training/image_2/7.jpg": JPEG,
            "testing/image_2/7.jpg": JPEG,
        },
        [("training/image_2/7.jpg", [10.5, 20, 30, 40.25], "Car", False, False)],
        [],
    ),
    "kitti without images": (
        "kitti",
        {"a.txt": f"\ufeff{CAR}\r\n\r\n"},
        [("a", [10.5, 20, 30, 40.25], "Car", False, False)],
        [],
    ),
    "visdrone": (
        "visdrone",
        {
            "annotations/v.txt": "5,6,10,20,1,4,0,1\n1,2,3,4,0,0,0,0,\n7,8,9,9,0,1,0,0\n",
            "images/v.jpg": JPEG,
            "images/test.jpg": JPEG,
        },
        [
            ("images/v.jpg", [5, 6, 15, 26], "car", False, False),
            ("images/v.jpg", [1, 2, 4, 6], "ignored-regions", True, False),
            ("images/v.jpg", [7, 8, 16, 17], "pedestrian", True, False),
        ],
        ["ignored-region"],
    ),
    "dota": (
        "dota",
        {
            "train/labelTxt/P1.txt": f"{DOTA_HEAD}10 5 20 10 15 30 5 25 small-vehicle 1\n"
            "1.0 2.0 9.0 2.0 9.0 8.0 1.0 8.0 ship 0\n",
            "train/images/P1.jpg": JPEG,
        },
        [
            ("train/images/P1.jpg", [5, 5, 20, 30], "small-vehicle", False, True),
            ("train/images/P1.jpg", [1, 2, 9, 8], "ship", False, False),
        ],
        ["upright-bounds"],
    ),
    "dota beside its image, without difficulty": (
        "dota",
        {"P1.txt": "1 2 9 2 9 8 1 8 ship\n", "P1.jpg": JPEG},
        [("P1.jpg", [1, 2, 9, 8], "ship", False, False)],
        ["upright-bounds"],
    ),
    "mot": (
        "mot",
        {
            "S-02/gt/gt.txt": "1,3,11,21,30,40,1,1,0.9\n2,3,1,1,5,5,0,8,1\n1,4,2,2,5,5,1,1,1\n",
            "S-02/det/det.txt": "1,-1,50,50,30,40,0.71,-1,-1,-1\n",
            "S-02/seqinfo.ini": "[Sequence]\nname=S-02\nimDir=img1\n",
            "S-02/img1/000001.jpg": JPEG,
            "S-02/img1/000002.jpg": JPEG,
        },
        [
            ("S-02/img1/000001", [10, 20, 40, 60], "pedestrian", False, False),
            ("S-02/img1/000001", [1, 1, 6, 6], "pedestrian", False, False),
            ("S-02/img1/000002", [0, 0, 5, 5], "distractor", True, False),
        ],
        ["ignored-region"],
    ),
    "mot of 2015, and another folder of images": (
        "mot",
        {
            "A/gt/gt.txt": "1,3,11,21,30,40,1,-1,-1,-1\n",
            "A/seqinfo.ini": "imDir = frames\n",
            "A/frames/000001.jpg": JPEG,
        },
        [("A/frames/000001", [10, 20, 40, 60], "", False, False)],
        [],
    ),
    "keras": (
        "keras-yolo",
        {
            "train.txt": "my images/a b.jpg 1,2,30,40,0 5,6,7,8,1\nmy images/c.jpg\n",
            "classes.txt": "cat\ndog\n",
            "my images/a b.jpg": JPEG,
        },
        [
            ("my images/a b.jpg", [1, 2, 30, 40], "cat", False, False),
            ("my images/a b.jpg", [5, 6, 7, 8], "dog", False, False),
        ],
        [],
    ),
    "keras, the same image in two lists": (
        "keras-yolo",
        {"trainval.txt": "a.jpg 1,2,3,4,5\n", "val.txt": "a.jpg 1,2,3,4,5\nb.jpg 1,2,3,4,5\n"},
        [("a.jpg", [1, 2, 3, 4], "5", False, False), ("b.jpg", [1, 2, 3, 4], "5", False, False)],
        ["listed-again"],
    ),
    "wider": (
        "wider-face",
        {
            "wider_face_train_bbx_gt.txt": f"0--Parade/a.jpg\n2\n{FACE}\n1 2 3 4 0 0 0 1 0 0\n"
            f"0--Parade/none.jpg\n0\n0 0 0 0 0 0 0 0 0 0\n1--Dance/b c.jpg\n1\n{FACE}\n",
            "WIDER_train/images/0--Parade/a.jpg": JPEG,
        },
        [
            ("0--Parade/a.jpg", [10, 20, 40, 60], "face", False, False),
            ("0--Parade/a.jpg", [1, 2, 4, 6], "face", True, False),
            ("1--Dance/b c.jpg", [10, 20, 40, 60], "face", False, False),
        ],
        ["ignored-region"],
    ),
}  # fmt: skip
STRAYS: Files = {
    "README.txt": "Version 1, 2024\nsee classes.txt\n",
    "requirements.txt": "numpy\n",
    "results.csv": "epoch,loss\n1,2\n",
    "notes.json": '{"info": {}}',
    "docs/site.xml": "<site/>",
}


def table(loaded: LoadedLabels) -> list[Row]:
    labels = loaded.labels
    return [
        (
            labels.names[image],
            box,
            labels.categories[category] if category >= 0 else "",
            crowd,
            difficult,
        )
        for image, box, category, crowd, difficult in zip(
            labels.image.tolist(),
            labels.boxes.tolist(),
            labels.category.tolist(),
            labels.crowd.tolist(),
            labels.difficult.tolist(),
            strict=True,
        )
    ]


@pytest.mark.parametrize("beside", ["alone", "with strays"])
@pytest.mark.parametrize("case", CASES)
def test_a_format_is_known_by_its_lines_and_read(case: str, beside: str, tmp_path: Path) -> None:
    key, files, rows, remarks = CASES[case]
    files = files if beside == "alone" else {**files, **STRAYS}
    for loaded in (read({"set.zip": zipped(files)}), read_labels(written(tmp_path, files))):
        assert loaded.form.key == key
        assert table(loaded) == rows
        assert kinds(loaded) == remarks


def test_images_behind_the_names_are_found() -> None:
    for case in ("mot", "wider", "keras", "kitti"):
        loaded = read({"set.zip": zipped(CASES[case][1])})
        assert loaded.images.find(loaded.labels.names[0]) is not None
        assert loaded.labels.sizes_hw[0].tolist() == [80, 100]


@pytest.mark.parametrize(
    ("case", "line", "why"),
    [
        ("kitti", "Car 0.00 0", "it has 3 values, but KITTI has 15"),
        ("kitti", CAR.replace("10.5", "left"), "a type and then numbers only"),
        ("kitti", "tree frog 0 0 0 1 2 3 4 0 0 0 0 0 0 0", "a type and then numbers only"),
        ("visdrone", "5,6,10,20,1", "it has 5 values, but VisDrone has 8"),
        ("visdrone", "5,6,10,20,1,99,0,0", "a category from 0 to 11"),
        ("dota", "1 2 9 2 9 8 1 8", "it has 8 values"),
        ("dota", "1 2 9 2 9 8 1 b8 ship 0", "DOTA has eight numbers"),
        ("mot", "0,3,11,21,30,40,1,1,0.9", "frames that count from 1"),
        ("mot", "1,3,11,21", "it has 4 values"),
        ("keras", "a.jpg 1,2,3", "x1,y1,x2,y2,class for each box"),
        ("keras", "a.jpg 1,2,3,4,cat", "x1,y1,x2,y2,class"),
        ("wider", "10 20", "x y w h of a face"),
    ],
)
def test_a_bad_line_is_a_finding_and_the_others_are_read(case: str, line: str, why: str) -> None:
    key, files, rows, _ = CASES[case]
    name = next(iter(files))
    text = str(files[name]).rstrip("\n")
    number = len(text.splitlines()) + 1
    loaded = read({"set.zip": zipped({**files, name: f"{text}\n{line}\n"})})
    assert loaded.form.key == key
    assert table(loaded) == rows
    (row,) = said(loaded, "bad-line")
    assert row.startswith(f"Line {number} of {name.rpartition('/')[2]} reads {line[:60]!r}: ")
    assert why in row
    assert row.endswith(f"({number - 1} of {number} lines were read.)")


def test_two_text_formats_have_to_be_chosen_from() -> None:
    files = {**CASES["kitti"][1], **CASES["dota"][1]}
    with pytest.raises(UserError, match="--format kitti or dota"):
        read({"set.zip": zipped(files)})
    chosen = {form.key: form for form in FORMATS}
    assert len(read({"set.zip": zipped(files)}, form=chosen["dota"]).labels.names) == 1


@pytest.mark.parametrize("case", ["kitti", "visdrone", "dota"])
def test_an_image_without_objects_has_an_empty_file(case: str) -> None:
    key, files, rows, _ = CASES[case]
    name = next(iter(files))
    other = name.replace(name.rpartition("/")[2], "none.txt")
    loaded = read({"set.zip": zipped({**files, other: ""})})
    assert (loaded.form.key, table(loaded)) == (key, rows)
    assert "none" in loaded.labels.names


def test_one_format_says_nothing_of_captions_and_lists() -> None:
    """Beside COCO JSON: captions of each image, and a list of images."""
    files: Mapping[str, bytes | str] = {
        "a.jpg": JPEG,
        "a.txt": "a photo of 2 cats, 1 dog",
        "train.txt": "a.jpg\n",
        "x.json": coco({"bbox": [1, 2, 3, 4]}),
    }
    assert read({"set.zip": zipped(files)}).form.key == "coco"


def test_a_table_that_is_called_txt_is_read_as_what_it_is() -> None:
    for name in ("annotate.txt", "labels", "x.dat"):
        loaded = read({name: "a.jpg,1,2,30,40,cat\nb.jpg,1,2,3,4,dog\n"})
        assert (loaded.form.key, loaded.labels.names) == ("csv", ("a.jpg", "b.jpg"))
    assert read({"7.dat": f"{CAR}\n"}).form.key == "kitti"
