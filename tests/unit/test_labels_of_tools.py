"""Labels as tools write them: the right boxes, or a sentence that names the true cause."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rpn_core.errors import UserError
from rpn_core.labels.coco_writer import write_coco
from rpn_core.labels.formats.coco import read_coco_labels
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.lint.report import lint
from rpn_core.labels.loaded import LoadedLabels
from tests.pictures import jpeg
from tests.unit.labels_data import coco, read, upload, voc, voc_object, zipped

Files = dict[str, bytes | str]
A = {"a.jpg": jpeg(640, 480)}
YOLO: Files = {
    "data.yaml": "names: [x]",
    "labels/a.txt": "0 .5 .5 .5 .5\n",
    "images/a.jpg": A["a.jpg"],
}


def boxes(files: Files) -> list[list[float]]:
    return read(files).labels.boxes.round(3).tolist()


def named(loaded: LoadedLabels) -> list[str]:
    """The category of each box."""
    labels = loaded.labels
    return [labels.categories[c] if c >= 0 else "" for c in labels.category.tolist()]


def remarks(loaded: LoadedLabels) -> dict[str, list[str]]:
    return {
        one.rule.kind: [str(row.came) for row in one.rows(loaded.labels)] for one in loaded.remarks
    }


def anywhere(files: Files, folder: Path) -> list[str]:
    """What is said of files that are uploaded, zipped, and lie in a folder."""
    for name, data in files.items():
        path = folder / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    (folder / "own.zip").write_bytes(zipped(files))
    said = []
    for source in (upload(files), folder / "own.zip", folder / "own"):
        with pytest.raises(UserError) as caught:
            read_labels(source)
        said.append(str(caught.value))
    return said


# ---- tables ----------------------------------------------------------------------------------

MAKE_SENSE = "bolt,12,20,100,80,img_1.jpg,640,480\nnut,200,100,30,40,img_2.png,320,240\n"
OPEN_IMAGES = (
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsGroupOf\n"
    "a,xclick,/m/1,1,0.25,0.5,0.5,0.75,0,0\na,xclick,/m/1,1,0.5,1,0,0.25,0,1\n"
)
AUTOML = (
    "TRAIN,gs://b/a.jpg,bolt,0.25,0.5,,,0.5,0.75,,\nTEST,gs://b/a.jpg,nut,.5,0,1,0,1,.25,.5,.25\n"
)
TWO_FRACTIONS = [[160, 240, 320, 360], [320, 0, 640, 120]]
VIA_CSV = (
    "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,"
    "region_attributes\n"
    'a.jpg,1,"{}",3,0,"{""name"":""rect"",""x"":34,""y"":22,""width"":56,""height"":36}",'
    '"{""type"":""bolt""}"\n'
    'a.jpg,1,"{}",3,1,"{""name"":""polygon"",""all_points_x"":[5,1,9],""all_points_y"":[2,8,4]}",'
    '"{""x"":{""nut"":true}}"\n'
    'a.jpg,1,"{}",3,2,"{""name"":""point"",""cx"":5,""cy"":2}","{}"\n'
    'b.jpg,1,"{}",0,0,"{}","{}"\n'
)
TABLES: list[tuple[str, list[list[float]], list[str]]] = [
    (MAKE_SENSE, [[12, 20, 112, 100], [200, 100, 230, 140]], ["bolt", "nut"]),
    (OPEN_IMAGES, TWO_FRACTIONS, ["/m/1", "/m/1"]),
    (AUTOML, TWO_FRACTIONS, ["bolt", "nut"]),
    (AUTOML.replace("TRAIN,", "").replace("TEST,", ""), TWO_FRACTIONS, ["bolt", "nut"]),
    (VIA_CSV, [[34, 22, 90, 58], [1, 2, 9, 8]], ["bolt", "nut"]),
    # Open Images' columns, in pixels
    (OPEN_IMAGES.replace("0.25,0.5,0.5,0.75", "10,20,30,50"), [[10, 30, 20, 50], [0.5, 0, 1, 0.25]],
     ["/m/1", "/m/1"]),
    ('image_id,width,height,bbox,source\na,640,480,"[34.0, 22.0, 56.0, 36.0]",x\nb,9,9,[],x\n',
     [[34, 22, 90, 58]], [""]),
    ("image_id,bbox\na,[1. 2. 3. 4.]\n", [[1, 2, 4, 6]], [""]),
    (",image_name,x_max,y_max,x_min,y_min,class\n0,a.jpg,110,90,10,20,bolt\n",
     [[10, 20, 110, 90]], ["bolt"]),
    ("image;x1;y1;x2;y2;class\na.jpg;10,5;20,25;110,75;90;bolt\n", [[10.5, 20.25, 110.75, 90]],
     ["bolt"]),
    ("a.jpg;10,5;20,25;110,75;90,5\n", [[10.5, 20.25, 110.75, 90.5]], [""]),
    ("image\tx1\ty1\tx2\ty2\na.jpg\t10,5\t20,25\t110,75\t1234,567\n",
     [[10.5, 20.25, 110.75, 1234.567]], [""]),
    ("Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId\n0.png;29;30;5;6;24;25;16\n",
     [[5, 6, 24, 25]], ["16"]),
    ("image,x_center,y_center,width,height\na.jpg,50,60,20,40\n", [[40, 40, 60, 80]], [""]),
    ("a.jpg,640,480,bolt,10,20,110,90\n", [[10, 20, 110, 90]], ["bolt"]),
    ("id,filename,x1,y1,x2,y2\n7,a.jpg,1,2,3,4\n", [[1, 2, 3, 4]], [""]),
    ("image_id,filename,x1,y1,x2,y2\n7,a.jpg,1,2,3,4\n", [[1, 2, 3, 4]], [""]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "want", "categories"), TABLES)
def test_tables_of_known_tools_are_read_right(
    text: str, want: list[list[float]], categories: list[str]
) -> None:
    for files in (
        {"x.csv": text, **A},
        {"x.zip": zipped({"d/x.csv": text, "d/i/a.jpg": A["a.jpg"]})},
    ):
        loaded = read(files)
        assert loaded.form.key == "csv"
        np.testing.assert_allclose(loaded.labels.boxes, want)
        assert named(loaded) == categories


def test_of_several_columns_the_one_with_file_names_is_the_image() -> None:
    assert read({"x.csv": TABLES[-1][0]}).labels.names == ("a.jpg",)
    made = read({"x.csv": MAKE_SENSE}).labels
    assert made.names == ("img_1.jpg", "img_2.png")
    assert made.sizes_hw.tolist() == [[480, 640], [240, 320]]


def test_a_group_of_open_images_is_a_crowd_and_points_are_counted() -> None:
    assert read({"x.csv": OPEN_IMAGES, **A}).labels.crowd.tolist() == [False, True]
    via = read({"x.csv": VIA_CSV, **A})
    assert via.labels.names == ("a.jpg", "b.jpg")
    assert remarks(via) == {"upright-bounds": ["1 of 2 boxes"], "no-extent": ["1 mark"]}


def test_fractions_without_their_image_are_left_out_and_counted() -> None:
    more = OPEN_IMAGES + "gone,xclick,/m/1,1,0.1,0.2,0.1,0.2,0,0\n"
    loaded = read({"x.csv": more, **A})
    np.testing.assert_allclose(loaded.labels.boxes, TWO_FRACTIONS)
    assert remarks(loaded) == {"no-image-for-fractions": ["1 of 3 boxes"]}
    with pytest.raises(UserError, match=r"fractions of their images .* none of these images came"):
        read({"x.csv": more})


def test_fractions_in_a_table_that_does_not_say_so_are_an_error() -> None:
    text = "image,x1,y1,x2,y2\n" + "a.jpg,0.1,0.2,0.3,0.4\n" * 6
    assert "fractions-as-pixels" in lint(read({"x.csv": text, **A})).counts()


REFUSED_TABLES = [
    ("a.jpg,640,480,3,10,20,110,90\n", "which is no table of boxes"),  # which four?
    ("a.jpg,bolt,10,20,110,90\n", "which is no table of boxes"),  # corners, or sizes?
    ("bolt,1,2,3,4,left,a.jpg\n", r"Column 1 .*'bolt'.*column 7 \('a.jpg'\) looks like one"),
    ("x1,y1,x2,y2,picture\n1,2,3,4,a.jpg\n", r"no column called image: column 5 \('a.jpg'\)"),
    ("image,x1,y1,x2,y2,url\n7,1,2,3,4,a.jpg\n", r"Column 1 .*'7'.*column 6 \('a.jpg'\)"),
    ("1,2,3,4,5\n", "Column 1 .*'1', which is no file name of an image, and no other"),
    ("x1,y1,x2,y2\n1,2,3,4\n", "no column that says of which image"),
    ("image;x1;y1;x2;y2\na.jpg;1,5;2;3;vier\n", r"Line 2 of x.csv \('a.jpg;1,5;2;3;vier'\)"),
    ('image,x1,y1,x2,y2\n"a.jpg",1,"2",3,b\n', r"""Line 2 of x.csv \('"a.jpg",1,"2",3,b'\)"""),
    ("image\tx1\ty1\tx2\ty2\na.jpg\t1,234\t2\t3\t4\n", "no number where a box has one"),
    ('image_id,bbox\na,"[1, 2, 3]"\n', "no number where a box has one"),
    ("a.jpg,1,2,3,4\nb.jpg,1,2,drei,4\n", r"Line 2 of x.csv \('b.jpg,1,2,drei,4'\)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "part"), REFUSED_TABLES)
def test_a_table_that_cannot_be_read_is_refused_by_its_cause(
    text: str, part: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=part):
        read({"x.csv": text})
    said = anywhere({"x.csv": text, "README.md": "words"}, tmp_path)
    assert len(set(said)) == 1


# ---- JSON ------------------------------------------------------------------------------------


def labelme(*shapes: dict[str, Any], image: str | None = "a.jpg", **more: Any) -> str:
    document = {"version": "5.2.1", "flags": {}, "shapes": shapes, "imagePath": image}
    return json.dumps(document | {"imageHeight": 480, "imageWidth": 640} | more)


def shape(
    kind: str | None, *points: list[float], label: str = "bolt", **more: Any
) -> dict[str, Any]:
    return {"label": label, "points": points, "shape_type": kind, **more}


def test_labelme_shapes_become_upright_boxes() -> None:
    text = labelme(
        shape("rectangle", [110, 90], [10.5, 20]),
        shape("polygon", [5, 5], [9, 1], [7, 8], label="nut"),
        shape("circle", [100, 100], [103, 104]),  # of radius 5
        shape("rotation", [0, 2], [2, 0], [4, 2], [2, 4], difficult=True),
        shape("point", [1, 1]),
        shape("linestrip", [1, 1], [2, 2]),
    )
    loaded = read({"a.json": text})
    labels = loaded.labels
    assert loaded.form.key == "labelme"
    assert labels.boxes.tolist() == [
        [10.5, 20, 110, 90], [5, 1, 9, 8], [95, 95, 105, 105], [0, 0, 4, 4]
    ]  # fmt: skip
    assert named(loaded) == ["bolt", "nut", "bolt", "bolt"]
    assert labels.difficult.tolist() == [False, False, False, True]
    assert labels.sizes_hw.tolist() == [[480, 640]]
    assert remarks(loaded) == {"upright-bounds": ["3 of 4 boxes"], "no-extent": ["2 marks"]}


def test_labelme_finds_its_images_from_the_file_on() -> None:
    files: Files = {
        "train/json/a.json": labelme(image="..\\img\\a.jpg"),
        "val/json/a.json": labelme(image="../img/a.jpg"),
        "val/json/b.json": labelme(image=None),
        "train/img/a.jpg": jpeg(640, 480),
        "val/img/a.jpg": jpeg(640, 480),
        "val/json/b.png": jpeg(640, 480),
    }
    loaded = read({"x.zip": zipped(files)})
    assert loaded.labels.names == ("train/img/a.jpg", "val/img/a.jpg", "val/json/b")
    assert (loaded.images.sizes_hw(loaded.labels.names) == [480, 640]).all()


def via(*regions: dict[str, Any], name: str = "a.jpg") -> dict[str, Any]:
    return {f"{name}1": {"filename": name, "size": 1, "regions": regions, "file_attributes": {}}}


RECT = {"name": "rect", "x": 10, "y": 20, "width": 30, "height": 40}
SLANTED = {"name": "ellipse", "cx": 50, "cy": 60, "rx": 20, "ry": 10, "theta": math.pi / 2}


@pytest.mark.parametrize("project", [False, True])
def test_via_regions_become_upright_boxes(project: bool) -> None:
    found = via(
        {"shape_attributes": RECT, "region_attributes": {"colour": "red", "Class": "bolt"}},
        {"shape_attributes": {"name": "circle", "cx": 9, "cy": 8, "r": 2}, "region_attributes": {}},
        {"shape_attributes": SLANTED, "region_attributes": {"kind": "nut"}},
        {"shape_attributes": {"name": "polyline", "all_points_x": [1], "all_points_y": [2]}},
    )
    document = {"_via_settings": {}, "_via_img_metadata": found} if project else found
    loaded = read({"x.json": json.dumps(document), **A})
    assert loaded.form.key == "via"
    want = [[10, 20, 40, 60], [7, 6, 11, 10], [40, 40, 60, 80]]
    np.testing.assert_allclose(loaded.labels.boxes, want)
    assert named(loaded) == ["bolt", "", "nut"]
    assert loaded.labels.sizes_hw.tolist() == [[480, 640]]
    assert remarks(loaded) == {"upright-bounds": ["2 of 3 boxes"], "no-extent": ["1 mark"]}


def test_via_of_the_first_version_has_regions_by_number() -> None:
    document = via()
    document["a.jpg1"]["regions"] = {"0": {"shape_attributes": RECT}}
    assert boxes({"x.json": json.dumps(document)}) == [[10, 20, 40, 60]]


def test_createml_counts_from_the_centre() -> None:
    at = {"x": 50, "y": 60, "width": 20, "height": 40}
    document = [
        {"image": "a.jpg", "annotations": [{"label": "bolt", "coordinates": at}]},
        {"image": "b.jpg", "annotations": []},
    ]
    loaded = read({"_annotations.createml.json": json.dumps(document)})
    assert loaded.form.key == "createml"
    assert loaded.labels.boxes.tolist() == [[40, 40, 60, 80]]
    assert (loaded.labels.names, named(loaded)) == (("a.jpg", "b.jpg"), ["bolt"])


def test_lvis_names_images_by_their_address() -> None:
    images = [
        {"id": 139, "coco_url": "http://images.cocodataset.org/val2017/000000000139.jpg"},
        {"id": 2, "flickr_url": "http://x/a%20b.jpg?size=big"},
    ]
    labels = read({"x.json": coco({"bbox": [1, 2, 3, 4], "image_id": 139}, images=images)}).labels
    assert labels.names == ("000000000139.jpg", "a b.jpg")
    with pytest.raises(UserError, match=r"images\[0\] of x.json has no file_name, nor a coco_url"):
        read({"x.json": coco(images=[{"id": 1}])})


# ---- ids -------------------------------------------------------------------------------------


def ids(*images: Any, of: Any) -> LoadedLabels:
    listed = [{"id": one, "file_name": f"{place}.jpg"} for place, one in enumerate(images)]
    return read({"x.json": coco({"bbox": [1, 2, 3, 4], "image_id": of}, images=listed)})


BIG = 2**53 + 1  # which a float64 cannot hold
ID_CASES = [
    ((7,), 7, [0]),
    ((7,), "7", [0]),
    (("7",), 7, [0]),
    ((7.0,), 7, [0]),
    ((7,), 7.0, [0]),
    (("007",), 7, [0]),
    ((7,), "007", [0]),
    (("7", "007"), "007", [1]),
    (("7", "007"), 7, []),  # either could be meant
    ((7, "7"), "7", [1]),
    (("img-1",), "img-1", [0]),
    (("img-1",), "img-2", []),
    ((BIG - 1, BIG, BIG + 1), BIG, [1]),
    ((BIG - 1, BIG), str(BIG), [1]),
    ((2**64, 2**64 + 1), 2**64 + 1, [1]),
    ((1,), None, []),
]


@pytest.mark.parametrize(("images", "of", "want"), ID_CASES)
def test_ids_are_compared_as_what_they_mean(
    images: tuple[Any, ...], of: Any, want: list[int]
) -> None:
    assert ids(*images, of=of).labels.image.tolist() == want


@pytest.mark.parametrize("kept", [[7, BIG], ["img-1", "2"], [2**63, 2**70], ["a", 3]])
def test_ids_are_written_as_they_were_read(kept: list[Any]) -> None:
    labels = ids(*kept, of=kept[0]).labels
    assert labels.image_ids.tolist() == kept
    written = write_coco(labels)
    assert [row["id"] for row in json.loads(written)["images"]] == kept
    assert read_coco_labels(written, "again").labels.image.tolist() == [0]


def test_a_reference_that_fails_shows_both_values() -> None:
    loaded = ids("a", 2, 3, 4, of="b")
    assert remarks(loaded) == {
        "no-such-image": [
            'annotation 0, from 0: image_id "b", but the ids of the images are "a", 2, 3 and 1 more'
        ]
    }
    assert pickle.loads(pickle.dumps(loaded.remarks))[0].rule.kind == "no-such-image"
    rows = [{"bbox": [1, 2, 3, 4], "category_id": one} for one in ("1", 7, 7, "cat")]
    loaded = read({"x.json": coco(*rows)})
    assert loaded.labels.category.tolist() == [0, -1, -1, -1]
    assert remarks(loaded) == {"no-such-category": ['category_id 7, "cat", but listed are 1']}


def test_two_categories_of_one_id_are_told() -> None:
    categories = [{"id": 1, "name": "bolt"}, {"id": 1, "name": "nut"}]
    loaded = read({"x.json": coco({"bbox": [1, 2, 3, 4]}, categories=categories)})
    assert named(loaded) == ["nut"]
    assert remarks(loaded) == {"same-category-id": ["two categories have the id 1"]}


def test_the_place_of_a_mistake_is_named() -> None:
    with pytest.raises(UserError, match=r"invalid character, at line 2, column 6"):
        read({"x.json": '{"images": [],\n "é":}'})
    with pytest.raises(UserError, match="line 1, column 13"):
        read({"x.json": '{"images": ['})
    text = coco({"bbox": [1, 2, 3, 4]})
    twice = text[:-1] + ',\n "annotations": []}'
    with pytest.raises(
        UserError, match=r"annotations twice.*line 1, column \d+, then at line 2, col"
    ):
        read({"x.json": twice})
    images = [{"id": 1, "file_name": "annotations"}]
    assert len(read({"x.json": coco({"bbox": [1] * 4}, images=images)}).labels.image) == 1


# ---- XML -------------------------------------------------------------------------------------

ROBNDBOX = (
    "<object><type>robndbox</type><name>ship</name><robndbox><cx>300</cx><cy>200</cy><w>80</w>"
    "<h>20</h><angle>{angle}</angle></robndbox></object>"
)


@pytest.mark.parametrize(
    ("angle", "want"),
    [
        (0, [260, 190, 340, 210]),
        (math.pi / 2, [290, 160, 310, 240]),
        # half a width of 40 cos 30 + 10 sin 30, half a height of 40 sin 30 + 10 cos 30
        (math.pi / 6, [260.359, 171.34, 339.641, 228.66]),
        (-math.pi / 6, [260.359, 171.34, 339.641, 228.66]),
    ],
)
def test_a_turned_box_is_bounded_upright(angle: float, want: list[float]) -> None:
    loaded = read({"a.xml": voc(ROBNDBOX.format(angle=angle), voc_object(11, 21, 60, 90))})
    np.testing.assert_allclose(loaded.labels.boxes, [want, [10, 20, 60, 90]], atol=1e-3)
    assert remarks(loaded) == {"upright-bounds": ["1 of 2 boxes"]}


OUTLINES = [
    "<polygon><pt><x>5</x><y>1</y></pt><pt><x>9</x><y>8</y></pt><pt><x>2</x><y>4</y></pt></polygon>",
    "<polygon><x1>5</x1><y1>1</y1><x2>9</x2><y2>8</y2><x3>2</x3><y3>4</y3></polygon>",
    "<bndbox><x0>5</x0><y0>1</y0><x1>9</x1><y1>8</y1><x2>2</x2><y2>4</y2></bndbox>",
    "<points><point>5,1</point><point>9,8</point><point>2,4</point></points>",
]


@pytest.mark.parametrize("outline", OUTLINES)
def test_an_outline_without_bndbox_is_bounded_as_it_stands(outline: str) -> None:
    text = voc(f"<object><name>x</name>{outline}</object>")
    assert boxes({"a.xml": text}) == [[2, 1, 9, 8]]
    nested = text.replace("<object>", "<objects><object>").replace(
        "</object>", "</object></objects>"
    )
    assert boxes({"a.xml": nested}) == [[2, 1, 9, 8]]


def test_labelme_xml_is_read_without_what_was_deleted() -> None:
    text = (
        "<annotation><filename>a.jpg</filename><imagesize><nrows>480</nrows><ncols>640</ncols>"
        f"</imagesize><object><name>x</name><deleted>0</deleted>{OUTLINES[0]}</object>"
        f"<object><name>y</name><deleted>1</deleted>{OUTLINES[0]}</object></annotation>"
    )
    labels = read({"a.xml": text}).labels
    assert (labels.boxes.tolist(), labels.sizes_hw.tolist()) == ([[2, 1, 9, 8]], [[480, 640]])


def test_voc_with_a_namespace_a_path_and_a_size_of_0() -> None:
    text = voc(voc_object(1, 1, 9, 9), size=(0, 0)).replace(
        "<annotation>", '<annotation xmlns="u:x">'
    )
    path = text.replace("<filename>a.jpg</filename>", r"<path>C:\me\a.jpg</path>")
    for one in (text, path):
        loaded = read({"b.xml": one, **A})
        assert loaded.labels.boxes.tolist() == [[0, 0, 9, 9]]
        assert loaded.labels.sizes_hw.tolist() == [[480, 640]]


def test_cvat_shapes_become_upright_boxes() -> None:
    text = """<?xml version="1.0"?><annotations><meta/><image id="0" name="d/a.jpg" width="640"
        height="480"><box label="bolt" xtl="10.5" ytl="20" xbr="110" ybr="90"/>
        <box label="bolt" xtl="10" ytl="40" xbr="90" ybr="60" rotation="90"/>
        <polygon label="nut" points="5,1;9,8;2,4"/>
        <ellipse label="nut" cx="9" cy="8" rx="1" ry="2"/>
        <mask label="nut" left="1" top="2" width="3" height="4" rle="1"/>
        <points label="p" points="1,1"/><tag label="t"/></image><image id="1" name="b.jpg"/>
        </annotations>"""
    loaded = read({"annotations.xml": text})
    assert loaded.form.key == "cvat"
    want = [[10.5, 20, 110, 90], [40, 10, 60, 90], [2, 1, 9, 8], [8, 6, 10, 10], [1, 2, 4, 6]]
    np.testing.assert_allclose(loaded.labels.boxes, want)
    assert loaded.labels.names == ("d/a.jpg", "b.jpg")
    assert loaded.labels.sizes_hw.tolist() == [[480, 640], [0, 0]]
    assert remarks(loaded) == {"upright-bounds": ["4 of 5 boxes"], "no-extent": ["1 mark"]}
    with pytest.raises(UserError, match="CVAT for video"):
        read({"a.xml": "<annotations><track id='0'><box frame='0'/></track></annotations>"})


# ---- bad files, other files --------------------------------------------------------------------

GOOD_SHAPE = shape("rectangle", [1, 2], [3, 4])
SMALL = {"name": "rect", "x": 1, "y": 2, "width": 2, "height": 2}
SMALL_VIA = json.dumps(via({"shape_attributes": SMALL}))
BAD_VIA = json.dumps(via({"shape_attributes": 5}))
ONE_BAD: list[tuple[Files, str]] = [
    ({"a.xml": voc(voc_object(2, 3, 3, 4)), "b.xml": "<annotation><f"}, "b.xml is not whole XML"),
    ({"a.xml": voc(voc_object(2, 3, 3, 4)), "b.xml": ""}, "b.xml is not whole XML"),
    ({"a.json": labelme(GOOD_SHAPE), "b.json": labelme(GOOD_SHAPE)[:40]}, "b.json is not LabelMe"),
    ({"a.json": labelme(GOOD_SHAPE), "b.json": ""}, "b.json is not LabelMe"),
    ({"a.json": labelme(GOOD_SHAPE), "b.json": labelme(shapes=[{}])}, "required field points"),
    ({"1/a.json": coco({"bbox": [1, 2, 2, 2]}), "2/b.json": coco({"bbox": [1]})[:-9]}, "cut short"),
    ({"1/a.json": coco({"bbox": [1, 2, 2, 2]}), "2/a.json": ""}, "a.json is not COCO JSON"),
    ({"1/a.csv": "a.jpg,1,2,3,4", "2/a.csv": ""}, "a.csv is empty"),
    ({"1/a.csv": "a.jpg,1,2,3,4", "2/b.csv": "a.jpg,1,2,3,4\nb.jpg,1,2,3,x"}, "Line 2 of b.csv"),
    ({"1/a.json": SMALL_VIA, "2/b.json": BAD_VIA}, "b.json is not VGG"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "reason"), ONE_BAD)
def test_a_bad_file_is_a_row_and_the_others_are_read(files: Files, reason: str) -> None:
    loaded = read({"x.zip": zipped(files)})
    assert loaded.labels.boxes.tolist() == [[1, 2, 3, 4]]
    (came,) = remarks(loaded)["bad-file"]
    assert reason in came
    assert "(1 of 2 files were read.)" in came
    assert lint(loaded).counts()["bad-file"] == 1
    assert pickle.loads(pickle.dumps(loaded.remarks))


def test_where_no_file_can_be_read_the_first_reason_is_told() -> None:
    bad: Files = {"a.xml": "<annotation>", "b.xml": "<annotation><", "c.xml": ""}
    with pytest.raises(UserError, match=r"a.xml is not whole XML .* None of the other 2 files"):
        read(bad)
    with pytest.raises(UserError, match=r"b\.json is not LabelMe JSON"):
        read({"b.json": '{"shapes": [5], "imagePath": "a.jpg"}'})


STRAY: list[tuple[str, str]] = [
    ("notes.json", '{"categories": [{"id": 0, "name": "bolt"}], "info": {"year": 2024}}'),
    ("package.json", '{"name": "app", "version": "1.0.0", "scripts": {}}'),
    ("args.json", '{"images": 640, "epochs": 3}'),
    ("broken.json", "{"),
    ("results.csv", "epoch,train/box_loss,metrics/mAP50(B)\n1,1.2,0.1\n2,1.1,0.2\n"),
    ("log.csv", "1,2,3,4,5,6\n2,3,4,5,6,7\n"),
    ("classes.csv", "cat,0\ndog,1\n"),
    ("config.xml", "<config><annotation/></config>"),
    ("pom.xml", '<?xml version="1.0"?><!-- a licence --><project xmlns="u:p"><a/></project>'),
]


@pytest.mark.parametrize(("name", "text"), STRAY)
def test_a_stray_file_is_no_labels(name: str, text: str) -> None:
    for folder in ("", "runs/train/"):
        loaded = read({"x.zip": zipped({**YOLO, f"{folder}{name}": text})})
        assert loaded.form.key == "yolo"
        assert len(loaded.labels.image) == 1
    boxed = {"annotations.json": coco({"bbox": [1, 2, 3, 4]}), name: text}
    assert read({"x.zip": zipped(boxed)}).form.key == "coco"


NOT_READ = [
    ("x.json", '[{"bbox": [1, 2, 3, 4], "score": 0.5, "file_name": "a.jpg"}]', "detection results"),
    ("x.json", '[{"id": 1, "data": {"image": "a.jpg"}, "annotations": []}]', "Label Studio"),
    ("x.json", '[{"image": "a.jpg", "annotation_id": 1, "label": []}]', "Label Studio"),
    ("ann/a.jpg.json", '{"description": "", "tags": [], "size": {}, "objects": []}', "Supervisely"),
    ("x.json", '{"info": {}, "categories": {}, "items": []}', "Datumaro"),
    ("x.json", '{"project": {}, "config": {}, "file": {}, "metadata": {}, "view": {}}', "VGG"),
    ("x.json", '{"asset": {}, "regions": [], "version": "2"}', "VoTT"),
    ("x.json", '[{"name": "a.jpg", "labels": [{"box2d": {}}]}]', "BDD100K"),
    ("x.json", '{"imgHeight": 1, "imgWidth": 1, "objects": []}', "Cityscapes"),
    ("x.json", '{"type": "FeatureCollection", "features": []}', "GeoJSON"),
    ("x.json", coco({"caption": "a cat"}), "captions"),
    ("x.json", coco({"segments_info": [{"bbox": [1, 2, 3, 4]}]}), "panoptic"),
    ("a.tfrecord", "\x00\x01", "TFRecord"),
    ("a.tfrecord-00000-of-00010", "\x00\x01", "TFRecord"),
    ("x.ndjson", "{}", "Labelbox"),
    ("x.xml", "<HRSCImage/>", "HRSC2016"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "part"), NOT_READ)
def test_a_format_that_is_not_read_is_named_wherever_it_lies(
    name: str, text: str, part: str, tmp_path: Path
) -> None:
    said = anywhere({name: text}, tmp_path / "1") + anywhere(
        {name: text, "README.md": "words", **A}, tmp_path / "2"
    )
    assert len(set(said)) == 1
    assert part in said[0]
    assert said[0].endswith(".")


def test_an_excel_file_is_named_although_it_is_a_zip() -> None:
    excel = zipped({"xl/workbook.xml": "<workbook/>", "[Content_Types].xml": "<Types/>"})
    for files in ({"own.xlsx": excel}, {"x.zip": zipped({"own.xlsx": excel})}):
        with pytest.raises(UserError, match=r"^own\.xlsx is not read: it is an Excel file"):
            read(files)


def test_of_several_files_that_are_no_labels_the_first_is_explained(tmp_path: Path) -> None:
    said = anywhere({"a.json": '{"boxes": []}', "b.json": "{}", **A}, tmp_path)
    assert len(set(said)) == 1
    assert said[0].startswith("a.json is not COCO JSON (Object missing required field images)")


def test_masks_alone_are_named(tmp_path: Path) -> None:
    files: Files = {"SegmentationClass/a.png": jpeg(9, 9), "JPEGImages/a.jpg": jpeg(9, 9)}
    with pytest.raises(UserError, match="folder of masks and no boxes"):
        read({"x.zip": zipped(files)})
