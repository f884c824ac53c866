"""Whatever bytes come, a reader gives boxes or one sentence, and soon."""

from __future__ import annotations

import contextlib
import io
import json
import time
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpn_core.errors import UserError
from rpn_core.labels.coco_writer import write_coco
from rpn_core.labels.formats.coco import read_coco_labels
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.label_set import label_set
from rpn_core.labels.lint.report import lint
from rpn_core.photo.kinds import is_image_name
from tests.pictures import jpeg
from tests.unit.labels_data import coco, upload, voc, voc_object, zipped

SECONDS = 5.0  # for some hundred bytes: far above what reading takes, far below a hang

LABELME = (
    b'{"shapes": [{"label": "x", "points": [[1, 2], [30, 40]], "shape_type": "circle"}, '
    b'{"label": 7, "points": [[1, 2], [30, 40], [5, 6]]}], "imagePath": "a.jpg", "imageHeight": 80}'
)
VIA = (
    b'{"a.jpg1": {"filename": "a.jpg", "regions": [{"shape_attributes": {"name": "ellipse", '
    b'"cx": 1, "cy": 2, "rx": 3, "ry": 4, "theta": 1}, "region_attributes": {"k": {"x": true}}}, '
    b'{"shape_attributes": {"name": "polygon", "all_points_x": [1, 2], "all_points_y": [3, 4]}}]}}'
)
CREATEML = (
    b'[{"image": "a.jpg", "annotations": [{"label": "x", "coordinates": {"x": 5, "y": 6, '
    b'"width": 7, "height": 8}}]}]'
)
CVAT = (
    b'<annotations><image name="a.jpg" width="20" height="10"><box label="x" xtl="1" ytl="2"'
    b' xbr="3" ybr="4" rotation="30"/><polygon label="y" points="1,2;3,4"/><mask left="1" top="1"'
    b' width="2" height="3"/></image></annotations>'
)
TURNED = (
    b"<annotation><object><name>x</name><robndbox><cx>5</cx><cy>6</cy><w>7</w><h>8</h><angle>1"
    b"</angle></robndbox></object><object><polygon><pt><x>1</x><y>2</y></pt></polygon></object>"
    b"</annotation>"
)
VIA_CSV = (
    b"filename,region_shape_attributes,region_attributes\n"
    b'a.jpg,"{""name"":""rect"",""x"":3,""y"":2,""width"":5,""height"":3}","{""k"":""x""}"\n'
)
OPEN_IMAGES = b"ImageID,LabelName,XMin,XMax,YMin,YMax,IsGroupOf\na,/m/1,0.1,0.5,0.2,0.4,1\n"
ROWS = [{"bbox": [1, 2, 30, 40]}, {"bbox": [5.5, 6, 7, 8], "iscrowd": 1}]
YAML = "names: [cat, dog]\npath: .\n"
SEEDS: dict[str, dict[str, bytes]] = {
    "coco": {"x.json": coco(*ROWS).encode()},
    "voc": {"a.xml": voc(voc_object(1, 2, 30, 40), voc_object(5, 6, 7, 8)).encode()},
    "csv": {"x.csv": b"image,x1,y1,x2,y2,category\na.jpg,1,2,30,40,cat\nb.jpg,,,,,\n"},
    "retinanet": {"x.csv": b"a.jpg,1,2,30,40,cat\n"},
    "yolo": {"a.txt": b"0 .5 .5 .2 .2\n1 0 0 1 0 1 1\n", "a.jpg": jpeg(20, 10)},
    "yaml": {"data.yaml": YAML.encode(), "a.txt": b"1 .5 .5 .2 .2\n", "a.jpg": jpeg(20, 10)},
    "labelme": {"a.json": LABELME, "b.json": LABELME},
    "via": {"x.json": VIA, "a.jpg": jpeg(20, 10)},
    "via project": {"x.json": b'{"_via_img_metadata": ' + VIA + b"}"},
    "createml": {"x.json": CREATEML},
    "cvat": {"x.xml": CVAT},
    "turned": {"a.xml": TURNED, "b.xml": TURNED},
    "via csv": {"x.csv": VIA_CSV},
    "open images": {"x.csv": OPEN_IMAGES, "a.jpg": jpeg(20, 10)},
    "automl": {"x.csv": b"TEST,gs://b/a.jpg,x,.1,.2,,,.3,.4,,\n", "a.jpg": jpeg(20, 10)},
    "make-sense": {"x.csv": b"cat,1,2,30,40,a.jpg,64,48\n"},
    "semicolons": {"x.csv": b"image;x1;y1;x2;y2\na.jpg;1,5;2;30,25;40\n"},
    "kaggle": {"x.csv": b'image_id,bbox\na,"[1.0, 2, 3, 4]"\n'},
    "pose": {
        "data.yaml": b"train: [images, t.txt]\nkpt_shape: [2, 3]\npath: ..\nnames: {0: a}\n",
        "a.txt": b"0 .5 .5 .2 .2 .5 .5 2 .4 .4 0\n0 .5 .5 .2 .2\n",
        "t.txt": b"./a.jpg\n/x/y.png\n",
        "a.jpg": jpeg(20, 10),
    },
    "kitti": {"a.txt": b"Car 0 0 -1.5 1 2 30 40 1 1 1 1 1 1 1\n" * 2, "a.jpg": jpeg(20, 10)},
    "visdrone": {"a.txt": b"1,2,3,4,1,4,0,0\n5,6,7,8,0,0,0,0,\n", "a.jpg": jpeg(20, 10)},
    "dota": {"a.txt": b"gsd:0.1\n1 2 3 2 3 4 1 4 ship 1\n", "a.jpg": jpeg(20, 10)},
    "mot": {"gt.txt": b"1,1,2,3,4,5,1,1,0.5\n2,1,2,3,4,5,0,8,1\n"},
    "keras": {"train.txt": b"a b.jpg 1,2,3,4,0 5,6,7,8,1\nc.jpg\n", "classes.txt": b"cat\n"},
    "wider": {"x.txt": b"0--P/a.jpg\n1\n1 2 3 4 0 0 0 1 0 0\n0--P/b.jpg\n0\n0 0 0 0\n"},
    "zip": {"x.zip": zipped({"x.json": coco(*ROWS), "a.jpg": jpeg(20, 10)})},
}
# What such formats break on: numbers that are none, brackets, quotes, entities, tags, folders.
PIECES = st.sampled_from(
    [
        b"NaN", b"-Infinity", b"1e999", b"-1", b"9" * 40, b"null", b"true", b'"', b"'", b"[", b"]",
        b"{", b"}", b",", b";", b"\t", b"\n", b"\r", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"<",
        b">", b"<object>", b"<!DOCTYPE a [", b"&x;", b"!!python/object:os.x ", b"&a ", b"*a",
        b": ", b"- ", b"../", b"PK\x01\x02", b"PK\x05\x06", b"[" * 3000,
        b"<a>" * 3000, b"\xc3\xa9", b"id", b"1",
    ]
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes with some changed, cut out, repeated or put in."""
    bad = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(bad)))
        length = draw(st.integers(0, 12))
        how = draw(st.integers(0, 4))
        if how == 0:
            bad[at : at + length] = draw(st.binary(max_size=12))
        elif how == 1:
            del bad[at : at + length]
        elif how == 2:
            bad[at:at] = draw(PIECES)
        elif how == 3:
            bad[at : at + length] = draw(PIECES)
        else:
            del bad[at:]
    return bytes(bad)


def boxes_or_a_sentence(files: dict[str, bytes]) -> None:
    """Read, lint and write; nothing but a UserError may come out instead."""
    start = time.perf_counter()
    sentence = None
    try:
        loaded = read_labels(upload(files))
    except UserError as error:
        sentence = str(error)
    if sentence is not None:
        assert 0 < len(sentence) < 800
    else:
        labels = loaded.labels
        count, images = len(labels.image), len(labels.names)
        assert labels.boxes.shape == (count, 4)
        assert labels.sizes_hw.shape == (images, 2)
        assert (labels.sizes_hw >= 0).all()
        assert ((labels.image >= 0) & (labels.image < max(images, 1))).all()
        assert (np.diff(labels.image) >= 0).all()
        assert ((labels.category >= -1) & (labels.category < max(len(labels.categories), 1))).all()
        assert lint(loaded).rows(3) is not None
        again = read_coco_labels(write_coco(labels), "again").labels
        assert again.names == labels.names
    assert time.perf_counter() - start < SECONDS


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=150)
@given(data=st.data())
def test_damaged_files_give_boxes_or_a_sentence(seed: str, data: st.DataObject) -> None:
    files = dict(SEEDS[seed])
    name = data.draw(st.sampled_from(sorted(files)))
    boxes_or_a_sentence(files | {name: data.draw(damaged(files[name]))})


ODD = st.sampled_from(
    [None, True, [], {}, "", "x", -1, 1e308, 10**25, "7", [[]], {"a": 1}, [None], 0.5, [1, 2, 3, 4]]
)
DOCUMENTS = [json.loads(one) for one in (LABELME, VIA, CREATEML, coco(*ROWS))]
DOCUMENTS.append({"_via_img_metadata": DOCUMENTS[1]})


@st.composite
def odd(draw: st.DrawFn, document: Any) -> Any:
    """The document with values of other kinds, without keys, and with entries twice."""
    if draw(st.integers(0, 9)) == 0:
        return draw(ODD)
    if isinstance(document, dict):
        made = {key: draw(odd(value)) for key, value in document.items()}
        if made and draw(st.integers(0, 6)) == 0:
            del made[draw(st.sampled_from(sorted(made)))]
        return made
    if isinstance(document, list):
        entries = [draw(odd(value)) for value in document]
        return entries + entries[:1] if draw(st.integers(0, 6)) == 0 else entries
    return document


@settings(max_examples=300)
@given(data=st.data(), beside=st.booleans())
def test_json_of_other_kinds_gives_boxes_or_a_sentence(data: st.DataObject, beside: bool) -> None:
    files = {}
    for name in ("x.json", "y/z.json")[: 1 + beside]:
        document = data.draw(odd(data.draw(st.sampled_from(DOCUMENTS))))
        files[name] = json.dumps(document).encode()
    boxes_or_a_sentence({"x.zip": zipped(files)} if beside else files)


HEADS = st.sampled_from(
    [
        "image", "filename", "x1", "y1", "x2", "y2", "ImageID", "XMin", "XMax", "YMin", "YMax",
        "IsGroupOf", "bbox", "region_shape_attributes", "region_attributes", "x", "y", "w", "h",
        "cx", "cy", "width", "height", "class",
    ]
)  # fmt: skip
CELLS = st.sampled_from(
    [
        "", "a.jpg", "1", "0.5", "-1", "nan", "inf", "1e400", "x", "7,5", "[1,2,3,4]", "TRAIN",
        '"{""name"":""rect""}"', '"{""name"":""polygon"",""all_points_x"":5}"', "gs://b/a.jpg", '"',
    ]
)  # fmt: skip


@settings(max_examples=300)
@given(
    head=st.lists(HEADS, max_size=11),
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=11), max_size=4),
    delimiter=st.sampled_from(",;\t"),
)
def test_any_table_gives_boxes_or_a_sentence(
    head: list[str], rows: list[list[str]], delimiter: str
) -> None:
    text = "\n".join(delimiter.join(row) for row in [head, *rows])
    boxes_or_a_sentence({"x.csv": text.encode(), "a.jpg": jpeg(20, 10)})


@settings(max_examples=300)
@given(
    name=st.sampled_from(
        ["x.json", "x.xml", "x.csv", "a.txt", "data.yaml", "x.zip", "x", "labels/a.txt"]
    ),
    start=st.sampled_from(
        [
            b"",
            b"{",
            b"[",
            b"<annotation>",
            b"PK\x03\x04",
            b"image,x1,y1,x2,y2\n",
            b"0 .5 .5 .2 .2\n",
            b"names: [a]\ntrain: ",
            b"Car 0 0 0 1 2 3 4 0 0 0 0 0 0 0\n",
        ]
    ),
    rest=st.binary(max_size=200),
    beside=st.booleans(),
)
def test_random_bytes_give_boxes_or_a_sentence(
    name: str, start: bytes, rest: bytes, beside: bool
) -> None:
    boxes_or_a_sentence({name: start + rest} | ({"a.jpg": jpeg(9, 9)} if beside else {}))


@settings(max_examples=200)
@given(
    path=st.text(max_size=30) | st.sampled_from(["/", "..", "~", "a" * 5000, "/dev/zero", "\0"]),
    train=st.text(max_size=30) | st.sampled_from(["/proc/self/mem", "./" * 900, "b" * 300, "\0"]),
    listed=st.binary(max_size=60),
)
def test_any_path_in_a_data_yaml_gives_boxes_or_a_sentence(
    path: str, train: str, listed: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / "yaml"
    folder.mkdir(exist_ok=True)
    spelt = [json.dumps(one) for one in (path, train)]
    files = {
        "data.yaml": f"names: [a]\ntrain: [{spelt[1]}, t.txt]\npath: {spelt[0]}\n".encode(),
        "t.txt": listed,
        "a.jpg": jpeg(9, 9),
        "a.txt": b"0 .5 .5 .2 .2\n",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    for source in (folder, folder / "data.yaml"):
        with contextlib.suppress(UserError):
            names = read_labels(source).images.names
            assert all(".." not in name.split("/") for name in names)


@settings(max_examples=100)
@given(names=st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5, unique=True))
def test_any_names_in_a_zip_stay_in_it(names: list[str]) -> None:
    buffer = io.BytesIO()
    try:
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in names:
                archive.writestr(f"{name}.jpg", b"x")
            archive.writestr("x.json", coco(*ROWS))
    except (ValueError, IndexError):  # no zip can hold such a name
        return
    try:
        loaded = read_labels(upload({"x.zip": buffer.getvalue()}))
    except UserError:
        return
    for name in loaded.images.names:
        assert ".." not in name.split("/")
        assert is_image_name(name)
        assert loaded.images.find(name) == name


@settings(max_examples=200)
@given(
    names=st.lists(st.text(max_size=12), min_size=1, max_size=4, unique=True),
    rows=st.lists(
        st.tuples(*[st.floats(-1e6, 1e6) for _ in range(4)], st.integers(0, 3), st.booleans()),
        max_size=8,
    ),
    data=st.data(),
)
def test_what_is_written_is_read_back(
    names: list[str], rows: list[tuple[float, ...]], data: st.DataObject
) -> None:
    names = [name.replace("\\", "/") for name in names]
    image = [data.draw(st.integers(0, len(names) - 1)) for _ in rows]
    labels = label_set(
        tuple(names),
        np.array([row[:4] for row in rows], np.float64).reshape(-1, 4),
        np.array(image, np.int64),
        categories=("a", 'b "c"', "猫"),
        category=np.array([row[4] - 1 for row in rows], np.int64),
        crowd=np.array([row[5] for row in rows], bool),
    )
    again = read_coco_labels(write_coco(labels), "again").labels
    assert again.names == labels.names
    assert again.categories == labels.categories
    for column in ("image", "category", "crowd", "difficult", "image_ids", "sizes_hw"):
        assert getattr(again, column).tolist() == getattr(labels, column).tolist()
    np.testing.assert_allclose(again.boxes, labels.boxes, atol=2e-6)
