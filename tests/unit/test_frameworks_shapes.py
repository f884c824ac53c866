"""Lists of shapes in each framework: laid by it as the app lays them, or why it cannot."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import yaml
from torchvision.models.detection.image_list import ImageList

from rpn_core.anchors.lay import lay_anchors
from rpn_core.errors import UserError
from rpn_core.frameworks.read import read_anchors
from rpn_core.frameworks.table import FRAMEWORKS, export_anchors
from rpn_core.messages import language
from rpn_core.settings import AnchorSettings
from rpn_core.settings.file import from_json
from tests.marked_language import MARKED, outside_marks
from tests.unit.frameworks_reference import around

YOLOV3 = (
    ((10, 13), (16, 30), (33, 23)),
    ((30, 61), (62, 45), (59, 119)),
    ((116, 90), (156, 198), (373, 326)),
)
STRIDES = (8, 16, 32)
GRIDS = ((9, 14), (5, 7), (3, 4))
PADDED = (72, 112)  # no multiple of 32: torchvision's stride of the last level is 24 x 28


def settings(shapes: Any = YOLOV3, **changes: Any) -> AnchorSettings:
    return AnchorSettings(((32,),) * 3, ((0.5, 1, 2),) * 3, shapes=shapes, **changes)


def executed(text: str) -> torch.Tensor:
    scope: dict[str, Any] = {}
    exec(text, scope)
    generator = scope["anchor_generator"]
    images = ImageList(torch.empty(1, 3, *PADDED), [PADDED])
    (boxes,) = generator(images, [torch.empty(1, 8, *grid) for grid in GRIDS])
    per_cell = [len(level) for level in generator.cell_anchors]
    assert generator.num_anchors_per_location() == per_cell  # what an RPNHead is built with
    return boxes


@pytest.mark.parametrize(
    "shapes",
    [
        pytest.param(YOLOV3, id="YOLOv3"),
        pytest.param((YOLOV3[0], (), YOLOV3[2][:1]), id="one level of sizes x ratios"),
        pytest.param((((5, 6.5), (7.3, 21.9), (11, 11)),) * 3, id="fractions and ties"),
    ],
)
@pytest.mark.parametrize("factor", [1.0, 1.37])
def test_torchvision_lays_the_same_boxes(shapes, factor):
    given = settings(shapes, size_factor=factor, offset=0, convention="torchvision")
    made = export_anchors("torchvision", given, STRIDES)
    assert torch.equal(executed(made.text), lay_anchors(GRIDS, PADDED, STRIDES, given).boxes)


def test_torchvision_takes_unrounded_corners_and_a_level_without_anchors():
    given = AnchorSettings(
        ((), (32, 33), (64,)), ((1,), (0.7,), (1,)), offset=0, shapes=((), (), ((9, 5),))
    )
    made = export_anchors("torchvision", given, STRIDES)
    scope: dict[str, Any] = {}
    exec(made.text, scope)
    ours = lay_anchors(GRIDS, PADDED, STRIDES, given)
    for theirs, level in zip(scope["anchor_generator"].cell_anchors, ours.levels, strict=True):
        assert torch.equal(theirs, level.cell_anchors)
    assert [str(warning)[:30] for warning in made.warnings] == [
        "The levels have 0, 2, 1 anchor",
        "The app's stride is the nomina",
    ]


def mmdetection_yolo(strides: list[float], base_sizes: list[Any], type: str) -> list[Any]:
    """mmdetection's YOLOAnchorGenerator: centre at half a stride, each (w, h) as it is."""
    assert type == "YOLOAnchorGenerator"
    assert len({len(level) for level in base_sizes}) == 1  # its own assertion
    return [
        around(x * stride + stride / 2, y * stride + stride / 2, w, h)
        for (rows, columns), stride, level in zip(GRIDS, strides, base_sizes, strict=True)
        for y in range(rows)
        for x in range(columns)
        for w, h in level
    ]


@pytest.mark.parametrize("shapes", [YOLOV3, (YOLOV3[0], (), YOLOV3[2])], ids=["all", "two"])
def test_mmdetection_lays_the_same_boxes(shapes):
    given = settings(shapes)
    made = export_anchors("mmdetection", given, STRIDES)
    scope: dict[str, Any] = {}
    exec(made.text, scope)
    boxes = torch.tensor(mmdetection_yolo(**scope["anchor_generator"]))
    torch.testing.assert_close(boxes, lay_anchors(GRIDS, PADDED, STRIDES, given).boxes)
    assert made.warnings == ()


def test_mmdetection_needs_as_many_on_each_level_and_the_middle_of_the_cell():
    (why,) = export_anchors("mmdetection", settings((YOLOV3[0], (), ((9, 9),))), STRIDES).warnings
    assert "but of shapes the levels have 3, 3, 1." in str(why)
    (where,) = export_anchors("mmdetection", settings(offset=0.25), STRIDES).warnings
    assert "grid offset is 0.25; YOLOAnchorGenerator centres" in str(where)


@pytest.mark.parametrize("framework", ["detectron2 yaml", "detectron2 LazyConfig"])
def test_detectron2_cannot_and_says_so(framework):
    made = export_anchors(framework, settings((YOLOV3[0], (), YOLOV3[2])), STRIDES)
    (why,) = made.warnings
    assert str(why).startswith(
        "No DefaultAnchorGenerator can express these anchors: at stride 8, 32 they are a list"
    )
    assert made.text == f"# {why}\n"


def test_yolo_gets_the_numbers_as_they_were_given():
    made = export_anchors("YOLO yaml", settings(), STRIDES, side=640, image_size=640)
    assert yaml.safe_load(made.text)["anchors"] == [
        [10, 13, 16, 30, 33, 23],
        [30, 61, 62, 45, 59, 119],
        [116, 90, 156, 198, 373, 326],
    ]
    shuffled = settings((((33, 23), (10.125, 13)), (), ((5, 5),)))
    lines = export_anchors("YOLO w,h list", shuffled, STRIDES).text.splitlines()
    assert lines[-3] == "P3/8: 33,23, 10.125,13"
    assert lines[-2] == "P4/16: 45.25,22.63, 32,32, 22.63,45.25"
    twice = export_anchors("YOLO yaml", shuffled, STRIDES, side=320, image_size=640)
    assert yaml.safe_load(twice.text)["anchors"][0] == [66, 46, 20.25, 26]


def test_the_apps_own_file_has_them():
    made = export_anchors("RPN Explorer JSON", settings(), STRIDES)
    assert from_json(made.text).anchors == settings()


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("shapes", [YOLOV3, (YOLOV3[0], (), ((9, 9),))], ids=["even", "uneven"])
def test_code_is_in_english_and_its_warnings_in_the_language_of_the_reader(framework, shapes):
    given = settings(shapes, size_factor=2.0, offset=0.3, convention="torchvision")
    english = export_anchors(framework, given, STRIDES)
    with language(MARKED):
        made = export_anchors(framework, given, STRIDES)
        assert made.text == english.text
        assert all(not outside_marks(str(warning)) for warning in made.warnings)


@pytest.mark.parametrize("framework", ["torchvision", "mmdetection", "RPN Explorer JSON"])
@pytest.mark.parametrize(
    "shapes",
    [YOLOV3, (YOLOV3[0], (), YOLOV3[1]), (((5, 6.5), (7.3, 21.9)),) * 3],
    ids=["YOLOv3", "one level of sizes x ratios", "fractions"],
)
def test_what_was_written_is_read_as_the_same_anchors(framework, shapes):
    offset = {"torchvision": 0.0}.get(framework, 0.5)
    given = settings(shapes, offset=offset)
    pasted = read_anchors(export_anchors(framework, given, STRIDES).text, STRIDES)
    assert pasted.framework == framework
    if framework == "torchvision":
        (finding,) = pasted.findings
        assert str(finding.sentence).startswith("Some corners are not whole pixels")
    else:
        assert pasted.findings == ()
    theirs = lay_anchors(GRIDS, PADDED, STRIDES, pasted.settings).boxes
    torch.testing.assert_close(theirs, lay_anchors(GRIDS, PADDED, STRIDES, given).boxes)


def test_rounded_cells_come_back_in_torchvisions_convention():
    given = settings(offset=0, convention="torchvision")
    pasted = read_anchors(export_anchors("torchvision", given, STRIDES).text, STRIDES)
    assert (pasted.settings.convention, pasted.findings) == ("torchvision", ())
    theirs = lay_anchors(GRIDS, PADDED, STRIDES, pasted.settings).boxes
    assert torch.equal(theirs, lay_anchors(GRIDS, PADDED, STRIDES, given).boxes)


def test_mmdetections_own_yolo_goes_from_coarse_to_fine():
    # configs/yolo/yolov3_d53_8xb8-320-273e_coco.py, and as a call
    text = """anchor_generator=dict(
            type='YOLOAnchorGenerator',
            base_sizes=[[(116, 90), (156, 198), (373, 326)],
                        [(30, 61), (62, 45), (59, 119)],
                        [(10, 13), (16, 30), (33, 23)]],
            strides=[32, 16, 8]),"""
    for written in (
        text,
        text.replace("anchor_generator=dict(", "YOLOAnchorGenerator(").rstrip(","),
    ):
        pasted = read_anchors(written, STRIDES)
        assert pasted.settings.shapes == YOLOV3
        assert (pasted.settings.offset, pasted.settings.convention) == (0.5, "detectron2")
        (finding,) = pasted.findings
        assert "from stride 32 to 8: each list goes to its stride" in str(finding.sentence)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("[torch.tensor([[-5., -5., 5., 5.]])]", "cell_anchors has 1 list, but the model has 3"),
        ("[torch.tensor([[0., 0., 5., 5.]])] * 3", "not centred on the cell's point"),
        ("[torch.tensor([[5., 5., -5., -5.]])] * 3", "where x1, y1, x2, y2 of an anchor belong"),
        ("[torch.tensor([[5., 5.]])] * 3", "where x1, y1, x2, y2 of an anchor belong"),
        ("torch.tensor([1., 2., 3.])", "must be one list per level"),
        ("load('cells.pt')", "cannot be read without running it"),
    ],
)
def test_cell_anchors_that_cannot_be_laid_are_refused(cells, words):
    text = f"g = AnchorGenerator(((32,),) * 3, ((1,),) * 3)\ng.cell_anchors = {cells}\n"
    with pytest.raises(UserError, match=words):
        read_anchors(text, STRIDES)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("strides=[4, 128], base_sizes=[[(9, 9)]] * 2", "they belong to stride 4, 128"),
        ("strides=[8, 16], base_sizes=[[(9, 9)]] * 3", "for each of stride 8, 16"),
        ("strides=[8, 16, 32], base_sizes=[[9, 9]] * 3", "takes one list of \\(w, h\\) per level"),
        ("strides=[8, 16, 32], base_sizes=[[(9, 0)]] * 3", "w and h are pixels above 0"),
        ("strides=[8, 16, 32]", "needs base_sizes"),
        ("strides=[8, 16, 32], base_sizes=[[(1.5, 1)]] * 3", "1.5x1 is an anchor of 1.22 px"),
    ],
)
def test_base_sizes_that_cannot_be_laid_are_refused(arguments, words):
    with pytest.raises(UserError, match=words):
        read_anchors(f"YOLOAnchorGenerator({arguments})", STRIDES)
