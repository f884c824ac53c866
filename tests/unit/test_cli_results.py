"""Results of `propose` in the program that reads them: `pycocotools`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from rpn_core.cli import main
from rpn_core.models.catalogue.table import CARDS
from rpn_core.settings import InputSettings
from rpn_core.settings.file import to_json


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three photos, one in a folder below."""
    folder = tmp_path / "photos"
    rgb = np.full((90, 120, 3), 90, np.uint8)
    rgb[20:70, 30:90] = (220, 30, 30)
    for name in ("a.png", "b.png", "deep/c.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rgb).save(folder / name)
    return folder


@pytest.fixture
def propose(photos: Path, tmp_path: Path, capsys):
    """Runs it: (exit code, what was told, where the results are)."""
    settings = replace(CARDS["lite0-fpn"].own_settings, input=InputSettings(128, 128))
    (tmp_path / "small.json").write_text(to_json(settings))

    def run(*flags: str) -> tuple[int, str, Path]:
        out, small = tmp_path / "out.json", str(tmp_path / "small.json")
        code = main(["propose", str(photos), "--out", str(out), "--device", "cpu", *flags,
                     "--max-proposals", "5", "--settings", small])  # fmt: skip
        return code, capsys.readouterr().err, out

    return run


def annotations(folder: Path, images: list[dict[str, Any]], **more: Any) -> Path:
    rows = [
        {"id": place, "image_id": image["id"], "category_id": 7, "bbox": [30, 20, 60, 50],
         "area": 3000, "iscrowd": 0} for place, image in enumerate(images, 1)
    ]  # fmt: skip
    document = {"images": images, "annotations": rows, "categories": [{"id": 7, "name": "x"}]}
    path = folder / "given.json"
    path.write_text(json.dumps({**document, **more}))
    return path


def image(number: object, name: str) -> dict[str, Any]:
    return {"id": number, "file_name": name, "width": 120, "height": 90}


def test_without_annotations_the_list_beside_loads_them(propose) -> None:
    code, _, out = propose()
    assert code == 0
    truth = COCO(str(out.with_name("out.images.json")))
    assert {one["file_name"]: (one["id"], one["width"], one["height"]) for one in
            truth.dataset["images"]} == {
        "a.png": (1, 120, 90), "b.png": (2, 120, 90), "deep/c.png": (3, 120, 90)
    }  # fmt: skip
    loaded = truth.loadRes(str(out))
    for number, name in ((1, "a.png"), (3, "deep/c.png")):
        rows = loaded.loadAnns(loaded.getAnnIds(imgIds=[number]))
        assert [row["file_name"] for row in rows] == [name] * 5


def test_with_annotations_rows_have_their_ids_and_can_be_evaluated(propose, tmp_path) -> None:
    given = annotations(
        tmp_path,
        [image(900, "C:\\\\set\\\\deep\\\\c.png"), image(41, "b.png"), image(5, "x/a.png")],
    )
    code, told, out = propose("--annotations", str(given))
    assert code == 0, told
    rows = json.loads(out.read_text())
    assert {(row["file_name"], row["image_id"], row["category_id"]) for row in rows} == {
        ("deep/c.png", 900, 7), ("b.png", 41, 7), ("a.png", 5, 7)
    }  # fmt: skip
    assert not out.with_name("out.images.json").exists()
    truth = COCO(str(given))
    measured = COCOeval(truth, truth.loadRes(str(out)), "bbox")
    measured.evaluate()
    measured.accumulate()
    measured.summarize()
    assert measured.stats[8] > 0.3, "AR at 100: one red square on grey"


def test_ids_may_be_texts(propose, tmp_path) -> None:
    names = ("a.png", "b.png", "deep/c.png")
    given = annotations(tmp_path, [image(f"no-{name}", name) for name in names])
    code, told, out = propose("--annotations", str(given))
    assert code == 0, told
    assert {row["image_id"] for row in json.loads(out.read_text())} == {f"no-{n}" for n in names}
    assert len(COCO(str(given)).loadRes(str(out)).getAnnIds(imgIds=["no-a.png"])) == 5


def test_photos_that_are_not_listed_are_left_out_with_a_word(propose, tmp_path) -> None:
    given = annotations(tmp_path, [image(3, "b.png"), image(4, "gone.png")])
    code, told, out = propose("--annotations", str(given))
    assert code == 1
    assert "a.png: skipped. The annotations do not list it." in told
    assert {row["image_id"] for row in json.loads(out.read_text())} == {3}
    COCO(str(given)).loadRes(str(out))


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"images": [image(3, "other.png")]}, "lists none of the photos (a.png, for one)"),
        ({"images": [image(None, "a.png")]}, "has images without an id that is a number or a text"),
        ({"images": 3}, "given.json"),
    ],
)
def test_annotations_that_name_no_photo_are_refused(propose, tmp_path, document, told) -> None:
    given = annotations(tmp_path, [image(1, "a.png")])
    given.write_text(json.dumps({**json.loads(given.read_text()), **document}))
    code, said, out = propose("--annotations", str(given))
    assert code == 2
    assert told in said.splitlines()[-1]
    assert not out.exists()


def test_several_categories_are_told(propose, tmp_path) -> None:
    categories = [{"id": 7, "name": "x"}, {"id": 9, "name": "y"}]
    given = annotations(tmp_path, [image(1, "a.png"), image(2, "b.png"), image(3, "c.png")],
                        categories=categories)  # fmt: skip
    code, told, _ = propose("--annotations", str(given))
    assert code == 0
    assert "gets the first category_id of" in told
