"""`anchors` as a person, or CI, runs it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rpn_core.anchors.lay import lay_anchors
from rpn_core.cli import main
from rpn_core.design.coverage import coverage
from rpn_core.design.objects import design_objects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.labels.formats.read import read_labels
from rpn_core.settings import AnchorSettings, Settings
from rpn_core.settings.file import from_json, to_json

QUICK = ("--shapes", "2", "--evaluations", "400")


def write_coco(path: Path, *, broken: bool = False) -> Path:
    random = np.random.default_rng(0)
    wh = np.exp(random.uniform(2.5, 4.5, (80, 2)))
    corner = random.random((80, 2)) * 200
    rows = [
        {"id": n, "image_id": n % 4 + 1, "category_id": 1, "iscrowd": 0,
         "bbox": [*corner[n].tolist(), *wh[n].tolist()], "area": float(wh[n].prod())}
        for n in range(80)
    ]  # fmt: skip
    if broken:
        rows[3]["bbox"][2] = -5.0
    images = [{"id": n, "file_name": f"{n}.jpg", "width": 448, "height": 320} for n in range(1, 5)]
    document = {
        "images": images, "annotations": rows, "categories": [{"id": 1, "name": "thing"}],
    }  # fmt: skip
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def anchors(tmp_path, capsys):
    """Runs `anchors` in this process: (exit code, stdout, stderr)."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main(["anchors", *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def boxes(tmp_path) -> Path:
    return write_coco(tmp_path / "boxes.json")


def measured(boxes: Path, rule: ResizeRule, settings: AnchorSettings, strides=(8, 16, 32, 64)):
    objects = design_objects(read_labels(boxes).labels, rule)
    return coverage(objects, Pyramid(strides), settings)


def test_coverage_tells_what_the_library_measures(anchors, boxes, tmp_path):
    code, out, _ = anchors("coverage", "--annotations", boxes, "--out", tmp_path / "out")
    found = measured(boxes, ResizeRule(), AnchorSettings())
    assert code == 0
    assert out.startswith("80 objects, long side 448 px")
    assert f"mean best IoU {found.mean_iou:.3f}" in out
    document = json.loads((tmp_path / "out" / "coverage.json").read_text())
    assert document["mean_placed_iou"] == found.mean_iou
    assert document["strides"] == [8, 16, 32, 64]
    for finding in document["findings"]:
        assert f"- {finding['sentence']}" in out
    assert "can never be a positive" in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["coverage.json", "report.html"]


@pytest.mark.parametrize(("share", "code"), [("0.0", 0), ("1.0", 1)])
def test_ci_asks_for_a_recall(anchors, boxes, share, code):
    got, _, err = anchors("coverage", "--annotations", boxes, "--min-recall", share)
    assert got == code
    assert f"{'at least' if code == 0 else 'less than'} {float(share):g}" in err


def test_the_recall_that_counts_is_that_at_the_iou(anchors, boxes):
    found = measured(boxes, ResizeRule(), AnchorSettings())
    between = (found.recall(0.7) + found.recall(0.5)) / 2
    assert found.recall(0.7) < between < found.recall(0.5)
    asked = ("coverage", "--annotations", boxes, "--min-recall", between)
    assert anchors(*asked, "--at-iou", 0.5)[0] == 0
    assert anchors(*asked, "--at-iou", 0.7)[0] == 1


def test_settings_resize_and_strides_are_obeyed(anchors, boxes, tmp_path):
    own = AnchorSettings(((20, 40), (80,)), ((1,), (1, 3)), offset=0.0, convention="torchvision")
    (tmp_path / "own.json").write_text(to_json(replace(Settings(), anchors=own)))
    code, out, _ = anchors(
        "coverage", "--annotations", boxes, "--settings", tmp_path / "own.json",
        "--strides", "8,16", "--resize", "min_max", "--side", 600, "--max-side", 800,
    )  # fmt: skip
    found = measured(boxes, ResizeRule("min_max", 600, 800), own, (8, 16))
    assert code == 0
    assert "short side 600 px, long side at most 800 px" in out
    assert f"mean best IoU {found.mean_iou:.3f}" in out


def test_suggest_writes_settings_that_reach_what_it_says(anchors, boxes, tmp_path):
    code, out, _ = anchors(
        "suggest", "--annotations", boxes, *QUICK, "--curve", "--out", tmp_path / "out"
    )
    assert code == 0
    made = json.loads((tmp_path / "out" / "suggestion.json").read_text())
    settings = from_json((tmp_path / "out" / "settings.json").read_text(), levels=4)
    found = measured(boxes, ResizeRule(), settings.anchors)
    assert made["after"]["mean_placed_iou"] == pytest.approx(found.mean_iou)
    assert f"Suggested: mean best IoU {found.mean_iou:.3f}" in out
    assert made["curve"]["points"][0]["shapes"] == 1
    assert settings.nms == Settings().nms
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<h2>Suggestion</h2>" in page
    again = anchors("suggest", "--annotations", boxes, *QUICK)[1]
    assert again.splitlines()[-5:] == [
        line for line in out.splitlines() if line.startswith(("Suggested", "  stride"))
    ]


def test_suggest_is_judged_by_what_it_suggests(anchors, boxes):
    before = measured(boxes, ResizeRule(), AnchorSettings()).recall(0.5)
    asked = ("suggest", "--annotations", boxes, "--shapes", 9, "--evaluations", 4000)
    assert anchors(*asked, "--min-recall", before + 0.02)[0] == 0
    assert anchors(*asked, "--min-recall", 1)[0] == 1


def test_export_of_the_models_own_anchors(anchors, tmp_path):
    code, out, _ = anchors("export", "--framework", "torchvision", "--model", "vgg16")
    assert code == 0
    assert "AnchorGenerator(" in out
    assert "128, 256, 512" in out
    code, out, _ = anchors("export", "--out", tmp_path / "texts")
    assert (code, out) == (0, "")
    assert (tmp_path / "texts" / "anchors_torchvision.py").is_file()
    assert len(list((tmp_path / "texts").iterdir())) >= 5


SHAPES = (((10, 13), (16, 30)), (), ((90, 41),), ((116, 90), (156, 198), (373, 326)))


def test_lists_of_shapes_in_a_settings_file_are_measured_and_exported(anchors, boxes, tmp_path):
    listed = AnchorSettings(shapes=SHAPES)
    file = tmp_path / "settings.json"
    file.write_text(to_json(Settings(anchors=listed)))
    code, out, _ = anchors(
        "coverage", "--annotations", boxes, "--settings", file, "--out", tmp_path / "out"
    )
    found = measured(boxes, ResizeRule(), listed)
    assert code == 0
    assert f"mean best IoU {found.mean_iou:.3f}" in out
    # The same from every anchor of the grid against every object of its image.
    objects = design_objects(read_labels(boxes).labels, ResizeRule())
    assert objects.geometry.padded_hw[0].tolist() == [320, 448]
    grids = ((40, 56), (20, 28), (10, 14), (5, 7))
    laid = lay_anchors(grids, (320, 448), (8, 16, 32, 64), listed)
    best = pairwise_iou(torch.from_numpy(objects.boxes), laid.boxes).amax(1)
    np.testing.assert_allclose(found.placed_iou, best, atol=1e-5)
    document = json.loads((tmp_path / "out" / "coverage.json").read_text())
    assert document["anchors"]["shapes"][2] == [[90, 41]]
    assert document["cost"]["shapes"] == [2, 9, 1, 3]
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "116x90, 156x198, 373x326" in report
    code, out, err = anchors("export", "--settings", file, "--framework", "YOLO yaml")
    assert "- [10,13, 16,30]  # P3/8" in out
    code, out, err = anchors("export", "--settings", file, "--framework", "detectron2 yaml")
    assert code == 0
    assert "No DefaultAnchorGenerator can express these anchors" in err


def test_export_of_a_suggestion(anchors, boxes, tmp_path):
    anchors("suggest", "--annotations", boxes, *QUICK, "--out", tmp_path / "out")
    settings = from_json((tmp_path / "out" / "settings.json").read_text())
    code, out, _ = anchors("export", "--annotations", boxes, *QUICK, "--framework", "torchvision")
    assert code == 0
    assert ", ".join(f"{size:g}" for size in settings.anchors.sizes[0]) in out


def test_lint_fails_on_errors_unless_told_otherwise(anchors, tmp_path, boxes):
    broken = write_coco(tmp_path / "broken.json", broken=True)
    code, out, _ = anchors("lint", "--annotations", broken, "--out", tmp_path / "lint")
    assert code == 1
    assert out.startswith("4 images, 80 boxes (COCO JSON)")
    assert "error: " in out
    document = json.loads((tmp_path / "lint" / "lint.json").read_text())
    assert document["boxes"] == 80
    assert (tmp_path / "lint" / "lint.html").is_file()
    assert anchors("lint", "--annotations", broken, "--fail-on", "never")[0] == 0
    assert anchors("lint", "--annotations", boxes)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["coverage", "--annotations", "{boxes}", "--model", "resnet"], "is not a model"),
        (["coverage", "--annotations", "{boxes}", "--side", "300"], "belong to --resize"),
        (["coverage", "--annotations", "{boxes}", "--resize", "letterbox"], "needs a --side"),
        (["coverage", "--annotations", "{boxes}", "--strides", "8,x"], "whole numbers like"),
        (["coverage", "--annotations", "{boxes}", "--min-recall", "90"], "must be from 0 to 1"),
        (["coverage", "--annotations", "{boxes}", "--fg-iou", "2"], "fg_iou_thresh is 2"),
        (["coverage", "--annotations", "{boxes}", "--settings", "no.json"], "cannot be read"),
        (["coverage", "--annotations", "{folder}/none.json"], "none.json"),
        (["coverage", "--annotations", "{boxes}", "--out", "{boxes}"], "cannot be a folder"),
        (
            ["suggest", "--annotations", "{boxes}", "--shapes", "0"],
            '"Shapes per cell, at most" is 0',
        ),
        (["export", "--framework", "darknet"], "no framework known here"),
        (["lint", "--annotations", "{boxes}", "--format", "voc"], ""),
    ],
)
def test_unusable_arguments_end_with_2_and_a_sentence(anchors, boxes, tmp_path, arguments, words):
    filled = [part.format(boxes=boxes, folder=tmp_path) for part in arguments]
    code, _, err = anchors(*filled)
    assert code == 2
    told = err.strip().splitlines()[-1]
    assert words in told
    assert told.endswith(".")
    assert "Traceback" not in err


def test_boxes_in_images_of_unknown_size_are_told(anchors, tmp_path):
    (tmp_path / "boxes.csv").write_text("image,x1,y1,x2,y2,label\na.jpg,1,1,20,20,dog\n")
    code, _, err = anchors("coverage", "--annotations", tmp_path / "boxes.csv", "--format", "csv")
    assert code == 2
    assert "no box to learn from in an image of known size (left out: 1)" in err
