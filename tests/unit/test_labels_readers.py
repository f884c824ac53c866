"""Each reader: what a file means, to the pixel, and what is said of one that means nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rpn_core.errors import UserError
from rpn_core.labels.coco_writer import coco_document, write_coco
from rpn_core.labels.format import Format
from rpn_core.labels.formats.coco import COCO, read_coco_labels
from rpn_core.labels.formats.csv_boxes import CSV
from rpn_core.labels.formats.example import example_labels
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.formats.voc import VOC
from rpn_core.labels.formats.yolo import YOLO
from rpn_core.labels.label_set import LabelSet
from tests.pictures import jpeg
from tests.unit.labels_data import coco, read, voc, voc_object, zipped

UMLAUT = 'Größe "1" — 猫.jpg'


def same(one: LabelSet, other: LabelSet) -> None:
    """Assert that two sets agree in every column."""
    assert one.names == other.names
    assert one.categories == other.categories
    for column in ("sizes_hw", "image_ids", "image", "category", "crowd", "difficult"):
        assert getattr(one, column).tolist() == getattr(other, column).tolist(), column
    np.testing.assert_allclose(one.boxes, other.boxes, atol=1e-6)


def test_coco_bbox_is_corner_and_size() -> None:
    rows = [{"bbox": [10, 20, 30, 40]}, {"bbox": [0, 0, 5, 5], "iscrowd": 1, "category_id": 7}]
    loaded = read({"x.json": coco(*rows)})
    labels = loaded.labels
    assert loaded.form is COCO
    assert labels.boxes.tolist() == [[10, 20, 40, 60], [0, 0, 5, 5]]
    assert labels.sizes_hw.tolist() == [[80, 100]]
    assert labels.category.tolist() == [0, -1], "7 is not listed"
    assert labels.crowd.tolist() == [False, True]
    assert labels.learnable().tolist() == [True, False]


@pytest.mark.parametrize(
    "bbox", ["[1, 2, NaN, 4]", "[1, 2, -Infinity, 4]", "[1, 2, null, 4]", "[1, 2, 3]", "[]", "null"]
)
def test_a_bbox_that_is_not_four_numbers_is_left_to_the_linter(bbox: str) -> None:
    text = coco({"bbox": [1, 2, 3, 4]}, {"bbox": "HERE"}).replace('"HERE"', bbox)
    boxes = read({"x.json": text}).labels.boxes
    assert boxes[0].tolist() == [1, 2, 4, 6]
    assert not np.isfinite(boxes[1]).all()


def test_nan_in_a_file_name_stays() -> None:
    images = [{"id": 1, "file_name": 'NaN "NaN, NaN].jpg'}]
    text = coco({"bbox": [1, 2, float("nan"), 4]}, images=images)
    assert read({"x.json": text}).labels.names == ('NaN "NaN, NaN].jpg',)


def test_ids_may_be_text_and_numbers_may_be_text() -> None:
    images = [{"id": "b", "file_name": "b.jpg", "width": "100", "height": 80.0}]
    text = coco({"image_id": "b", "bbox": ["1", 2, 3, "4.5"], "iscrowd": False}, images=images)
    labels = read({"x.json": text}).labels
    assert labels.boxes.tolist() == [[1, 2, 4, 6.5]]
    assert labels.sizes_hw.tolist() == [[80, 100]]
    assert labels.image_ids.tolist() == ["b"]
    assert read_coco_labels(write_coco(labels), "again").labels.image_ids.tolist() == ["b"]


def test_without_categories_their_ids_are_the_names() -> None:
    rows = [{"bbox": [0, 0, 1, 1], "category_id": number} for number in (90, 3, 90)]
    labels = read({"x.json": coco(*rows, categories=[])}).labels
    assert labels.categories == ("3", "90")
    assert labels.category.tolist() == [1, 0, 1]


def test_boxes_of_unlisted_images_are_counted_and_left_out() -> None:
    loaded = read({"x.json": coco({"bbox": [0, 0, 1, 1], "image_id": 5}, {"bbox": [0, 0, 2, 2]})})
    assert loaded.labels.boxes.tolist() == [[0, 0, 2, 2]]
    (remark,) = loaded.remarks
    assert remark.rule.kind == "no-such-image"
    assert [str(row.came) for row in remark.rows(loaded.labels)] == [
        "annotation 0, from 0: image_id 5, but the ids of the images are 1"
    ]


def test_what_was_written_is_read_back() -> None:
    images = [
        {"id": 7, "file_name": f"d/{UMLAUT}", "width": 9, "height": 8},
        {"id": 3, "file_name": "b.png"},
    ]
    rows = [
        {"image_id": 3, "bbox": [0.1, 0.2, 0.3, 0.4], "ignore": 1},
        {"image_id": 7, "bbox": [1e6 + 0.123456, 2, 3.3, -4], "iscrowd": 1, "category_id": 4},
    ]
    first = read({"x.json": coco(*rows, images=images)}).labels
    again = read_coco_labels(write_coco(first), "again").labels
    same(first, again)
    assert again.names[0] == f"d/{UMLAUT}"
    assert coco_document(first)["annotations"][1]["ignore"] == 1


def test_a_box_of_nan_is_written_as_null_and_read_as_nan() -> None:
    labels = read({"x.json": coco({"bbox": [1, 2, None, 4]})}).labels
    assert np.isnan(read_coco_labels(write_coco(labels), "x").labels.boxes[0, 2])


def test_voc_counts_from_1_and_includes_the_last_pixel() -> None:
    whole = voc(voc_object(1, 1, 100, 80), voc_object(11, 21, 40, 60, name="dog"))
    labels = read({"a.xml": whole}).labels
    assert labels.boxes.tolist() == [[0, 0, 100, 80], [10, 20, 40, 60]]
    assert labels.sizes_hw.tolist() == [[80, 100]]
    assert labels.categories == ("cat", "dog")


def test_voc_that_counts_from_0_is_read_as_edges_and_said_so() -> None:
    files = {
        "a.xml": voc(voc_object(0, 5, 100, 80)),
        "b.xml": voc(voc_object(11, 21, 40, 60), name="b.jpg"),
    }
    loaded = read(files)
    assert loaded.labels.boxes.tolist() == [[0, 5, 100, 80], [11, 21, 40, 60]]
    (remark,) = loaded.remarks
    assert str(remark.rows(loaded.labels)[0].came) == "xmin or ymin is below 1 in 1 of 2 boxes"


def test_voc_flags_parts_and_objects_without_a_box() -> None:
    part = "<part><name>head</name><bndbox><xmin>2</xmin></bndbox></part>"
    text = voc(
        voc_object(2, 3, 4, 5, more=f"<difficult>1</difficult>{part}"),
        "<object><name>cat</name></object>",
        voc_object(1, 2, float("nan"), 4, name=" "),
    )
    labels = read({"a.xml": text}).labels
    assert labels.boxes[0].tolist() == [1, 2, 4, 5]
    assert np.isfinite(labels.boxes).all(1).tolist() == [True, False, False]
    assert labels.difficult.tolist() == [True, False, False]
    assert labels.category.tolist() == [0, 0, -1]


def test_a_voc_file_without_a_name_means_the_image_of_its_own_name() -> None:
    text = voc(voc_object(1, 1, 9, 9)).replace("<filename>a.jpg</filename>", "")
    archive = zipped({"Annotations/p 1.xml": text, "JPEGImages/p 1.JPG": jpeg(100, 80)})
    loaded = read({"voc.zip": archive})
    assert loaded.labels.names == ("p 1",)
    assert loaded.images.find("p 1") == "JPEGImages/p 1.JPG"


DATA_YAML = "path: ../somewhere\ntrain: /etc/passwd\nnames: {0: cat, 1: 'dog: \"big\"'}\n"


def test_yolo_fractions_become_pixels_by_the_size_in_the_header() -> None:
    loaded = read(
        {
            "y.zip": zipped(
                {
                    "data.yaml": DATA_YAML,
                    "train/images/a.jpg": jpeg(100, 80),
                    "train/images/empty.jpg": jpeg(50, 40),
                    "train/labels/a.txt": "0 0.5 0.5 0.2 0.5\n1 0 0 0.5 0 0.5 0.25\n\n",
                    "README.dataset.txt": "not a label",
                }
            )
        }
    )
    labels = loaded.labels
    assert loaded.form is YOLO
    assert labels.names == ("train/images/a.jpg", "train/images/empty.jpg")
    np.testing.assert_allclose(labels.boxes, [[40, 20, 60, 60], [0, 0, 50, 20]])
    assert labels.categories == ("cat", 'dog: "big"')
    assert labels.sizes_hw.tolist() == [[80, 100], [40, 50]]


def test_yolo_classes_without_a_name_are_numbers_and_beyond_the_names_are_none() -> None:
    files: dict[str, bytes | str] = {"a.jpg": jpeg(100, 80), "a.txt": "7 .5 .5 .1 .1"}
    assert read(files).labels.categories == ("7",)
    named = read({**files, "classes.txt": "cat\ndog\n"}).labels
    assert (named.categories, named.category.tolist()) == (("cat", "dog"), [-1])


def test_yolo_labels_and_images_may_come_apart() -> None:
    labels = {"labels.zip": zipped({"labels/train/a.txt": "0 .5 .5 1 1"})}
    loaded = read({**labels, "images.zip": zipped({"some/where/a.jpg": jpeg(100, 80)})})
    assert loaded.labels.boxes.tolist() == [[0, 0, 100, 80]]
    with pytest.raises(UserError, match="give the images too"):
        read(labels)


def test_yolo_labels_whose_image_is_missing_are_counted() -> None:
    files = {"a.jpg": jpeg(10, 10), "a.txt": "0 .5 .5 1 1", "labels/b.txt": "0 .5 .5 1 1"}
    loaded = read({"y.zip": zipped(files)})
    assert len(loaded.labels.image) == 1
    assert str(loaded.remarks[0].rows(loaded.labels)[0].came) == "1 of 2 label files"


TENSORFLOW = "filename,width,height,class,xmin,ymin,xmax,ymax"
CSV_CASES = [
    ("image,x1,y1,x2,y2\na.jpg,1,2,3,4\n", None, None),
    (f"{TENSORFLOW}\na.jpg,100,80,cat,1,2,3,4\n", "cat", (80, 100)),
    ("a.jpg,1,2,3,4,cat\n", "cat", None),
    ("Image;X1;Y1;X2;Y2;Category\n\na.jpg;1;2;3;4;cat\n", "cat", None),
    ("\ufeffclass,image,x,y,w,h\ncat,a.jpg,1,2,2,2\r\n", "cat", None),
    ("image_id\tleft\ttop\twidth\theight\tlabel\na.jpg\t1\t2\t2\t2\tcat\n", "cat", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "category", "size"), CSV_CASES)
def test_csv_columns_are_known_by_name_or_place(
    text: str, category: str | None, size: tuple[int, int] | None
) -> None:
    loaded = read({"boxes.csv": text})
    labels = loaded.labels
    assert loaded.form is CSV
    assert labels.names == ("a.jpg",)
    assert labels.boxes.tolist() == [[1, 2, 3, 4]]
    assert labels.categories == ((category,) if category else ())
    assert labels.sizes_hw.tolist() == [list(size or (0, 0))]


def test_csv_lines_without_numbers_list_images_without_boxes() -> None:
    text = f'b.jpg,,,,,\n"{UMLAUT.replace(chr(34), chr(34) * 2)}",1,2,3,4,cat\nb.jpg,5,6,7,8,dog\n'
    labels = read({"boxes.csv": text}).labels
    assert labels.names == ("b.jpg", UMLAUT)
    assert labels.boxes.tolist() == [[5, 6, 7, 8], [1, 2, 3, 4]]
    assert labels.category.tolist() == [1, 0]


def test_a_list_of_classes_beside_the_boxes_is_no_table_of_boxes() -> None:
    files = {"annotations.csv": "a.jpg,1,2,3,4,cat\n", "classes.csv": "cat,0\ndog,1\n"}
    assert read({"x.zip": zipped(files)}).labels.boxes.tolist() == [[1, 2, 3, 4]]


def test_folders_of_a_split_are_joined() -> None:
    def split(number: int, name: str) -> str:
        images = [{"id": 1, "file_name": "a.jpg"}]
        return coco({"bbox": [number] * 4}, images=images, categories=[{"id": 1, "name": name}])

    files: dict[str, bytes | str] = {
        "train/_annotations.coco.json": split(1, "cat"),
        "valid/_annotations.coco.json": split(2, "dog"),
        "test/_annotations.coco.json": split(3, "cat"),
        "valid/a.jpg": jpeg(10, 20),
    }
    loaded = read({"export.zip": zipped(files)})
    assert loaded.labels.names == ("test/a.jpg", "train/a.jpg", "valid/a.jpg")
    assert loaded.labels.boxes[:, 0].tolist() == [3, 1, 2]
    assert loaded.labels.categories == ("cat", "dog")
    assert loaded.labels.category.tolist() == [0, 0, 1]
    assert loaded.labels.sizes_hw.tolist()[2] == [20, 10]
    assert len(set(loaded.labels.image_ids.tolist())) == 3


ENTITY = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
DETECTIONS = '[{"image_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]'
SAME_ID = [{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}]
LABELLED = {"a.txt": "0 0.5 0.5 0.1 0.1", "a.jpg": jpeg(9, 9)}
MAKES_AN_OBJECT = "names: !!python/object/apply:os.getcwd []"
ONE = [{"bbox": [1, 2, 3, 4]}]
WRONG = [
    ({"x.json": ""}, "x.json is empty"),
    ({"x.json": "{"}, "cut short or damaged"),
    ({"x.json": "{}"}, "Object missing required field images"),
    ({"x.json": DETECTIONS}, "it is detection results"),
    ({"x.json": coco({"caption": "a cat"})}, "it is COCO captions"),
    ({"x.json": coco({"keypoints": [1, 2, 2]})}, r"no bbox \(key points alone\)"),
    ({"x.json": coco({"bbox": [1, "left", 3, 4]})}, r"annotations\[0\].bbox\[1\]"),
    ({"x.json": coco(images=SAME_ID)}, "the id 1"),
    ({"b.json": coco({"bbox": [1] * 4}), "c.json": coco({"bbox": [0] * 4})}, "side by side"),
    ({"x.json": "[" * 1_000_000}, "not COCO JSON"),
    ({"x.json": '{"a":' * 1_000_000}, "nested far deeper"),
    ({"a.xml": "<annotation><object>"}, "not whole XML"),
    ({"a.xml": "<annotations><meta/></annotations>"}, "no <image> in it"),
    ({"a.xml": "<config><image/></config>"}, "with <config> on top"),
    ({"a.xml": f"{ENTITY}<annotation>&x;</annotation>"}, "document type or entities"),
    ({**LABELLED, "data.yaml": MAKES_AN_OBJECT}, "not plain YAML"),
    ({**LABELLED, "data.yaml": "a: &a [x]\nnames: [*a, *a]"}, "not plain YAML"),
    ({**LABELLED, "data.yaml": "names: cat"}, "neither a list"),
    ({"a.txt": "0 0.5 0.5 0.1\n", "a.jpg": jpeg(9, 9)}, "Line 1 of a.txt reads .* has 4 values"),
    ({"a.txt": "cat .5 .5 .1 .1\n", "a.jpg": jpeg(9, 9)}, "reads 'cat .5 .5 .1 .1'"),
    ({"a.txt": "-1 .5 .5 .1 .1\n", "a.jpg": jpeg(9, 9)}, "Line 1"),
    ({"x.csv": "image,x1,y1,x2,y2\na.jpg,1,2,three,4"}, r"Line 2 of x.csv \('a.jpg,1,2,three,4'\)"),
    ({"x.csv": "image,x1,y1,x2,y2\na.jpg,1,2,3"}, "has 4 columns, but at least 5"),
    ({"x.csv": "image,x1,y1,x2,y2\n,1,2,3,4"}, "names no image"),
    ({"x.csv": "a,b,c\n1,2,3"}, "no table of boxes"),
    ({"x.csv": b"image,x1,y1,x2,y2\n\xe9.jpg,1,2,3,4"}, "not UTF-8"),
    ({"x.csv": "\n\n"}, "is empty"),
    ({"a.jpg": jpeg(9, 9)}, "holds images but no boxes"),
    ({"x.bin": b"\x00\x01\x02" * 50}, "holds no boxes that can be read"),
    ({"x.zip": b"PK\x03\x04 and no more"}, "is not a whole zip"),
    ({"x.zip": zipped({})}, "holds no file"),
    ({"x.zip": zipped({"a.xml": voc(), "x.json": coco(*ONE)})}, "holds COCO JSON and Pascal VOC"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "part"), WRONG)
def test_what_means_nothing_is_explained_in_one_sentence(
    files: dict[str, bytes | str], part: str
) -> None:
    with pytest.raises(UserError, match=part) as caught:
        read(files)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 400


def test_the_format_is_in_the_bytes_and_not_in_the_name() -> None:
    for text, form in (
        (coco({"bbox": [1, 2, 3, 4]}), COCO),
        (voc(voc_object(1, 2, 3, 4)), VOC),
        ("a.jpg,1,2,3,4,cat\n", CSV),
    ):
        assert read({"boxes.dat": text}).form is form
        assert read({"boxes.dat": zipped({"inside": text})}).form is form


def test_a_byte_order_mark_and_utf_16_are_read() -> None:
    text = coco({"bbox": [1, 2, 3, 4]})
    for data in (b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        assert read({"x.json": data}).labels.boxes.tolist() == [[1, 2, 4, 6]]


def test_one_format_of_several_can_be_asked_for() -> None:
    archive = zipped({"a.xml": voc(voc_object(1, 1, 5, 5)), "x.json": coco({"bbox": [7, 7, 1, 1]})})
    assert read({"x.zip": archive}, form=VOC).labels.boxes.tolist() == [[0, 0, 5, 5]]
    assert read({"x.zip": archive}, form=COCO).labels.boxes.tolist() == [[7, 7, 8, 8]]
    with pytest.raises(UserError, match="give YOLO txt"):
        read({"x.zip": archive}, form=YOLO)


def test_a_million_boxes_are_read() -> None:
    lines = ["image,x1,y1,x2,y2"] + ["a.jpg,1,2,3,4"] * 1_000_000
    assert len(read({"x.csv": "\n".join(lines)}).labels.image) == 1_000_000


def test_progress_rises_to_one() -> None:
    for files in (
        {"x.json": coco({"bbox": [1, 2, 3, 4]})},
        {"a.xml": voc(voc_object(1, 2, 3, 4)), "b.xml": voc(name="b.jpg")},
        {"a.txt": "0 .5 .5 .1 .1", "a.jpg": jpeg(9, 9)},
        {"x.csv": "a.jpg,1,2,3,4,cat\n" * 50_000},
    ):
        told: list[float] = []
        read(files, progress=told.append)  # type: ignore[arg-type]
        assert told == sorted(told)
        assert told[-1] == 1.0
        assert all(0 <= share <= 1 for share in told)


def test_other_bytes_have_another_digest_and_the_same_bytes_the_same() -> None:
    one, other = coco({"bbox": [1, 2, 3, 4]}), coco({"bbox": [1, 2, 3, 5]})
    assert read({"x.json": one}).sha256 == read({"x.json": one}).sha256
    assert read({"x.json": one}).sha256 != read({"x.json": other}).sha256
    with_image = read({"x.json": one, "a.jpg": jpeg(9, 9)})
    assert with_image.sha256 != read({"x.json": one, "a.jpg": jpeg(8, 8)}).sha256


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        read_labels(tmp_path / "nothing")


def test_the_bundled_example_fits_its_photos() -> None:
    example = example_labels()
    labels = example.labels
    assert len(labels.image) == 41
    there = example.images.sizes_hw(labels.names)
    assert there.tolist() == labels.sizes_hw.tolist()
    assert labels.learnable().all()
    assert (labels.boxes[:, :2] >= 0).all()
    assert (labels.boxes[:, 2:] <= labels.sizes_hw[labels.image][:, ::-1]).all()
    coins = labels.categories.index("coin")
    assert (labels.category == coins).sum() == 24


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("where", "form", "images", "boxes", "categories"),
    [
        ("general/train.json", COCO, 4955, 25285, None),
        ("general/val_coco.json", COCO, 300, 2788, None),
        ("general/val_voc.json", COCO, 300, 561, None),
        # Two of them are a single pixel wide as VOC counts, and without area as edges.
        ("bccd_voc", VOC, 364, 4886 + 2, 3),
        ("neu_det", COCO, 600, 1373, 6),
        ("roadsign_yolo", YOLO, 480, 689, 4),
        ("roadsign_yolo/data.yaml", YOLO, 480, 689, 4),
    ],
)
def test_real_sets_are_read_whole(
    shared_data: Path, where: str, form: Format, images: int, boxes: int, categories: int | None
) -> None:
    loaded = read_labels(shared_data / where)
    labels = loaded.labels
    assert loaded.form is form
    assert (len(labels.names), len(labels.image)) == (images, boxes)
    assert categories is None or len(labels.categories) == categories
    assert (labels.sizes_hw > 0).all()
    assert labels.learnable().all()
    slack = 1.0
    assert (labels.boxes >= -slack).all()
    assert (labels.boxes[:, 2:] <= labels.sizes_hw[labels.image][:, ::-1] + slack).all()
    if labels.image_ids is not None and form is COCO:
        same(labels, read_coco_labels(write_coco(labels), "again").labels)


@pytest.mark.shared_data
def test_a_real_coco_file_is_read_as_the_json_module_reads_it(shared_data: Path) -> None:
    path = shared_data / "general/val_coco.json"
    document = json.loads(path.read_text())
    labels = read_labels(path).labels
    names = {row["id"]: row["file_name"] for row in document["images"]}
    categories = {row["id"]: row["name"] for row in document["categories"]}
    want = sorted(
        (names[row["image_id"]], categories[row["category_id"]], *row["bbox"])
        for row in document["annotations"]
    )
    got = sorted(
        (labels.names[image], labels.categories[category], x1, y1, x2 - x1, y2 - y1)
        for image, category, (x1, y1, x2, y2) in zip(
            labels.image.tolist(), labels.category.tolist(), labels.boxes.tolist(), strict=True
        )
    )
    assert [row[:2] for row in got] == [row[:2] for row in want]
    np.testing.assert_allclose([row[2:] for row in got], [row[2:] for row in want], atol=1e-9)
