"""Recall by group, as a table and as JSON, and the command that measures it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from PIL import Image

from rpn_core.cli import main
from rpn_core.evaluation.found_ranks import NEVER, found_ranks
from rpn_core.evaluation.recall import RecallCounter
from rpn_core.evaluation.report import Evaluated, as_json, as_table
from rpn_core.figures.recall_curves import recall_by_count, recall_by_iou
from rpn_core.geometry.size_groups import GROUPS, ObjectGroup

SMALL, LARGE_WIDE = [0, 0, 10, 10], [0, 0, 400, 100]


def counted() -> RecallCounter:
    """Two images: the small object is found at rank 1, the wide one at rank 20 with IoU 0.6."""
    counter = RecallCounter()
    counter.add(np.array([[50, 50, 60, 60], SMALL], float), np.array([SMALL], float))
    boxes = np.tile([900.0, 900, 910, 910], (21, 1))
    boxes[20] = [0, 0, 240, 100]
    counter.add(boxes, np.array([LARGE_WIDE], float))
    return counter


def test_rank_is_that_of_the_first_proposal_that_fits():
    ranks = found_ranks(np.array([[0, 0, 8, 10], SMALL], float), np.array([SMALL], float))
    assert ranks[0, 0] == 0, "IoU 0.8 is enough for 0.5"
    assert ranks[-1, 0] == 1, "0.95 needs the second"


def test_one_proposal_finds_one_object():
    ranks = found_ranks(np.array([SMALL], float), np.array([SMALL, SMALL], float))
    assert sorted(ranks[0]) == [0, NEVER]


def test_a_box_without_area_finds_nothing():
    assert (found_ranks(np.array([[5.0, 5, 5, 5]]), np.array([SMALL], float)) == NEVER).all()


def test_recall_by_count_and_group():
    by_group = {str(group.group): group for group in counted().recall()}
    everything = by_group["all"]
    assert [everything.at(n, 0.5) for n in (1, 2, 20, 21)] == [0, 0.5, 0.5, 1]
    assert everything.at(1000, 0.7) == 0.5
    assert everything.average(1000) == pytest.approx((10 + 3) / 20)
    assert (by_group["small, under 32² px"].objects, by_group["large, from 96² px"].objects) == (
        1,
        1,
    )
    assert by_group["wide, h/w under 1/2"].at(1000, 0.5) == 1
    assert math.isnan(by_group["medium, 32² to 96² px"].at(1000, 0.5))


def test_every_object_has_one_size_and_one_shape():
    draw = np.random.default_rng(0)
    corners = draw.uniform(0, 300, (500, 2))
    objects = np.concatenate((corners, corners + draw.uniform(1, 300, (500, 2))), axis=1)
    for kind in (GROUPS[1:4], GROUPS[4:7]):
        assert (np.sum([group.holds(objects) for group in kind], axis=0) == 1).all()
    assert ObjectGroup("all").holds(objects).all()


def test_table_and_json_say_the_same():
    result = Evaluated("a model", 2, counted().recall(), {"network": [0.1, 0.3], "NMS": [0.1, 0.1]})
    [document] = json.loads(json.dumps(as_json([result])))
    assert document["median_seconds_per_image"] == pytest.approx(0.3)
    everything, *_, tall = document["groups"]
    assert everything["recall_at_0.5"] == {"10": 0.5, "100": 1, "300": 1, "1000": 1}
    assert (tall["objects"], tall["recall_at_0.5"]["10"]) == (0, None)
    table = as_table([result])
    assert "a model: 2 images, 300 ms an image" in table
    assert "network 200.0 ms, NMS 100.0 ms" in table
    [row] = [line for line in table.splitlines() if line.startswith("all ")]
    assert row.split()[1:3] == ["2", f"{everything['average_recall']['10']:.3f}"]


def test_curves_are_the_recall():
    [everything, *_] = counted().recall()
    by_count = recall_by_count({"a": everything, "b": everything})
    assert by_count.data[0].y[-1] == everything.average(1000)
    assert by_count.data[0].line.dash != by_count.data[1].line.dash
    assert list(recall_by_iou({"a": everything}, 100).data[0].y) == [1, 1, 1] + [0.5] * 7


@pytest.fixture
def data(tmp_path):
    """One photo with a red square, and its annotation."""
    rgb = np.full((120, 160, 3), 90, np.uint8)
    rgb[30:90, 40:110] = (220, 30, 30)
    Image.fromarray(rgb).save(tmp_path / "a.png")
    document = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "annotations": [{"image_id": 1, "bbox": [40, 30, 70, 60]}],
    }
    (tmp_path / "val.json").write_text(json.dumps(document))
    return ["--annotations", str(tmp_path / "val.json"), "--images", str(tmp_path)]


def test_the_command_finds_a_red_square_and_writes_its_report(data, tmp_path, capsys):
    out = tmp_path / "report"
    flags = ["--long-side", "160", "--baseline", "anchors", "--device", "cpu", "--out", str(out)]
    assert main(["evaluate", *data, *flags]) == 0
    model, anchors = json.loads((out / "recall.json").read_text())
    assert model["groups"][0]["recall_at_0.7"]["100"] == 1
    assert list(model["median_seconds"]) == [
        "network", "anchors", "head", "decode", "selection", "NMS", "ledger"
    ]  # fmt: skip
    assert anchors["name"] == "anchors of lite0-fpn alone, in random order"
    assert "lite0-fpn: 1 image," in capsys.readouterr().out
    page = (out / "recall.html").read_text("utf-8")
    assert page.count("plotly-graph-div") >= 3
    assert "<script src=" not in page, "opens without a network"


def test_selective_search_proposes_in_pixels_of_the_original(data):
    pytest.importorskip("cv2", reason="OpenCV with its contributed modules")
    from rpn_core.evaluation.proposed import propose
    from rpn_core.proposers.selective_search import SelectiveSearch
    from rpn_core.settings import InputSettings

    rgb = np.full((400, 600, 3), 90, np.uint8)
    rgb[100:300, 200:450] = (220, 30, 30)
    boxes = propose(SelectiveSearch(InputSettings(320, 320)), rgb).boxes
    gap = np.abs(boxes - [200, 100, 450, 300]).max(axis=1).min()
    assert gap <= 4, "the square, to two pixels of the small image"


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--model", "vgg16"], "The head is untrained"),
        (["--model", "lite0-fpn", "--model", "vgg16", "--checkpoint", "x"], "belongs to one model"),
    ],
)
def test_what_cannot_be_measured_is_explained(data, capsys, flags, sentence):
    assert main(["evaluate", *data, *flags]) != 0
    assert sentence in capsys.readouterr().err
