"""Exports: the boxes of the ledger, in the forms that other programs read."""

from __future__ import annotations

import csv
import io
import json

import pytest
import torch
from pycocotools.coco import COCO

from rpn_core.labels.coco_writer import write_coco_of
from rpn_core.labels.objects import make_objects
from rpn_core.results.export import CSV_HEADER, coco_results, json_chunks, proposals_csv, safe_cell
from rpn_core.stages.proposals import Proposals
from tests.example_stages import stages

RESULT = stages()


def some(boxes, scores):
    count = len(scores)
    return Proposals(
        torch.tensor(boxes).reshape(count, 4), torch.tensor(scores), torch.arange(count)
    )


def test_coco_rows_are_xywh_of_the_proposals_in_their_order():
    rows = coco_results(RESULT.proposals, "a/b.jpg")
    assert [row["file_name"] for row in rows] == ["a/b.jpg"] * 10
    assert {(row["image_id"], row["category_id"]) for row in rows} == {(1, 1)}
    for row, box, score in zip(
        rows, RESULT.proposals.boxes.tolist(), RESULT.proposals.scores.tolist(), strict=True
    ):
        x, y, width, height = row["bbox"]
        assert (x, y, x + width, y + height) == pytest.approx(box, abs=0.0051)
        assert row["score"] == pytest.approx(score, rel=1e-5)


@pytest.mark.parametrize(
    ("box", "bbox"),
    [
        ([0.0, 0.0, 10.0, 20.0], [0.0, 0.0, 10.0, 20.0]),
        ([1.234, 5.678, 2.468, 6.789], [1.23, 5.68, 1.24, 1.11]),
        # side rounded on its own would be 100.0 and end at 100.01, outside a photo of 100 px
        ([0.006, 0.0, 100.0, 1.0], [0.01, 0.0, 99.99, 1.0]),
    ],
)
def test_rounding_never_leaves_the_photo(box, bbox):
    assert coco_results(some([box], [0.5]), "x")[0]["bbox"] == bbox


def test_tiny_scores_stay_apart():
    first, second = coco_results(some([[0.0] * 4] * 2, [2e-9, 1e-9]), "x")
    assert first["score"] > second["score"] > 0


def test_json_reads_back_and_nothing_is_an_empty_list():
    rows = coco_results(RESULT.proposals, 'quo"te\n.jpg')
    assert json.loads("".join(json_chunks(rows))) == rows
    assert json.loads("".join(json_chunks([]))) == []


def test_csv_gives_each_proposal_with_its_anchor():
    text = proposals_csv(RESULT.proposals, RESULT.predictions, "cat, dog.jpg")
    header, *rows = csv.reader(io.StringIO(text))
    assert tuple(header) == CSV_HEADER
    assert len(rows) == 10
    for rank, (cells, coco) in enumerate(
        zip(rows, coco_results(RESULT.proposals, ""), strict=True), start=1
    ):
        row = dict(zip(header, cells, strict=True))
        assert (row["file_name"], int(row["rank"])) == ("cat, dog.jpg", rank)
        x, y, width, height = coco["bbox"]
        assert [float(row[k]) for k in ("x1_px", "y1_px", "width_px", "height_px")] == coco["bbox"]
        assert float(row["x2_px"]) == pytest.approx(x + width)
        assert float(row["y2_px"]) == pytest.approx(y + height)
        index = int(row["anchor"])
        assert index == int(RESULT.proposals.prediction[rank - 1])
        level = int(row["level"])
        assert level == int(RESULT.predictions.anchors.level[index])
        sizes, ratios = (((8, 16, 24), (1,)), ((48,), (0.5, 2)))[level]
        assert float(row["anchor_size_input_px"]) in sizes
        assert float(row["anchor_ratio_h_over_w"]) in ratios


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("cat.jpg", "cat.jpg"),
        ("a=b.jpg", "a=b.jpg"),
        ('=HYPERLINK("http://evil","x").jpg', '\'=HYPERLINK("http://evil","x").jpg'),
        ("+1.jpg", "'+1.jpg"),
        ("-1.jpg", "'-1.jpg"),
        ("@SUM(A1).jpg", "'@SUM(A1).jpg"),
        ("\t=1.jpg", "'\t=1.jpg"),
        ("\r=1.jpg", "'\r=1.jpg"),
        ("  =1.jpg", "'  =1.jpg"),
        ("＝1.jpg", "'＝1.jpg"),
    ],
)
def test_names_cannot_become_formulas(name, cell):
    assert safe_cell(name) == cell
    text = proposals_csv(RESULT.proposals, RESULT.predictions, name)
    assert list(csv.reader(io.StringIO(text, newline="")))[1][0] == cell


def test_with_soft_nms_rows_are_sorted_by_the_decayed_score_and_keep_the_networks():
    boxes = torch.tensor([[0.0, 0, 9, 9], [1, 0, 9, 9]])
    soft = Proposals(
        boxes, torch.tensor([0.5, 0.9]), torch.tensor([3, 1]), torch.tensor([0.5, 0.2])
    )
    rows = coco_results(soft, "x")
    assert [(row["score"], row["objectness"]) for row in rows] == [(0.5, 0.5), (0.2, 0.9)]
    table = csv.DictReader(io.StringIO(proposals_csv(soft, RESULT.predictions, "x"), newline=""))
    assert [(row["score"], row["objectness"]) for row in table] == [("0.5", "0.5"), ("0.2", "0.9")]
    assert "objectness" not in coco_results(RESULT.proposals, "x")[0]


def test_the_results_of_a_photo_load_over_its_objects(tmp_path):
    """The two files that a page saves of a photo belong together."""
    (tmp_path / "objects.json").write_bytes(
        write_coco_of(make_objects(RESULT.proposals.boxes.double().numpy()[:1]), "a.jpg", (64, 64))
    )
    (tmp_path / "results.json").write_text(
        "".join(json_chunks(coco_results(RESULT.proposals, "a.jpg")))
    )
    loaded = COCO(str(tmp_path / "objects.json")).loadRes(str(tmp_path / "results.json"))
    assert len(loaded.getAnnIds(imgIds=[1])) == 10
