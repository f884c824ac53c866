"""What the linter's errors do to numbers: told before, and fatal where no number means anything."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rpn_core.cli import main
from rpn_core.errors import UserError
from rpn_core.labels.finding import Severity
from rpn_core.labels.formats import coco, yolo
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.lint import boxes, frames, images, verdict
from rpn_core.labels.lint.report import lint
from rpn_core.labels.lint.verdict import Verdict
from tests.unit.labels_data import coco as coco_text

ROTATED = 0x0112  # EXIF's orientation


def picture(path: Path, width: int = 200, height: int = 150, orientation: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[ROTATED] = orientation
    Image.new("RGB", (width, height), (90, 90, 90)).save(path, exif=exif)


def write_coco(folder: Path, names: list[str], bbox: list[float], size: tuple[int, int]) -> Path:
    listed = [
        {"id": place, "file_name": name, "width": size[0], "height": size[1]}
        for place, name in enumerate(names)
    ]
    rows = [{"image_id": place, "bbox": bbox, "category_id": 1} for place in range(len(names))]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "labels.json"
    categories = [{"id": 1, "name": "x"}]
    path.write_text(json.dumps({"images": listed, "annotations": rows, "categories": categories}))
    return path


def judged(folder: Path, **how: bool) -> Verdict:
    return verdict.verdict(lint(read_labels(folder)), **how)


def test_every_error_of_the_linter_says_what_it_does_to_numbers() -> None:
    rules = {
        rule.kind
        for module in (boxes, frames, images, yolo, coco)
        for rule in vars(module).values()
        if getattr(rule, "severity", None) is Severity.ERROR
    }
    assert len(rules) > 10
    assert rules - set(verdict._EFFECTS) == set()


def test_without_errors_nothing_is_said(tmp_path) -> None:
    picture(tmp_path / "a.jpg")
    write_coco(tmp_path, ["a.jpg"], [10, 10, 40, 40], (200, 150))
    found = judged(tmp_path)
    assert (found.errors, found.sentences(), found.void) == (0, [], None)
    found.require(strict=True)


def turned(folder: Path, of: int) -> None:
    """Four images, of which so many lie on their side in the file."""
    names = [f"{place}.jpg" for place in range(4)]
    for place, name in enumerate(names):
        picture(folder / name, orientation=6 if place < of else 1)
    write_coco(folder, names, [10, 10, 40, 40], (200, 150))


def test_boxes_in_the_stored_frame_of_most_photos_make_every_number_meaningless(tmp_path) -> None:
    turned(tmp_path, 3)
    assert str(judged(tmp_path).void) == (
        "Image whose height and width are swapped: it touches 75% of the labels, so no number "
        "would mean anything. Save the image upright (its EXIF orientation turns it), or label it "
        "as people see it."
    )


def test_those_of_half_of_them_are_told_with_the_number(tmp_path) -> None:
    turned(tmp_path, 2)
    found = judged(tmp_path)
    assert found.void is None
    assert [str(one) for one in found.sentences()] == [
        "The check of the boxes found 2 errors, and the numbers are to be read with them:",
        "Image whose height and width are swapped: 2 found, the first is 0.jpg (annotated 200 x "
        "150 px, the file has 150 x 200 when upright). Their boxes stay where the labels put them, "
        "and may be off.",
    ]
    found.require()
    with pytest.raises(UserError, match="found 2 errors, and --strict allows none"):
        found.require(strict=True)


@pytest.mark.parametrize("count", [1, 3, 6])
def test_fractions_read_as_pixels_are_recognised_however_few_there_are(count) -> None:
    from rpn_core.labels.stores.files import Upload

    rows = [{"bbox": [0.1 + place / 10, 0.2, 0.25, 0.3]} for place in range(count)]
    loaded = read_labels([Upload("x.json", coco_text(*rows).encode())])
    found = verdict.verdict(lint(loaded), of_boxes_alone=True)
    assert str(found.void).startswith("The boxes look like fractions of the image, but are read as")
    assert str(found.void).endswith("Multiply x by the image's width and y by its height.")


def test_a_box_of_the_first_pixel_alone_proves_no_fractions() -> None:
    from rpn_core.labels.stores.files import Upload

    loaded = read_labels([Upload("x.json", coco_text({"bbox": [0, 0, 1, 1]}).encode())])
    assert verdict.verdict(lint(loaded)).void is None


def test_images_that_are_not_there_count_as_far_as_they_are_needed(tmp_path) -> None:
    picture(tmp_path / "0.jpg")
    write_coco(tmp_path, ["0.jpg", "1.jpg", "2.jpg"], [10, 10, 40, 40], (200, 150))
    assert str(judged(tmp_path).void).startswith("Image that is not there: it touches 67% of the")
    alone = judged(tmp_path, of_boxes_alone=True)
    assert alone.void is None
    assert str(alone.sentences()[1]).endswith(
        "Their boxes count where the labels say how large the image is."
    )
    write_coco(tmp_path, ["0.jpg", "1.jpg", "2.jpg"], [10, 10, 40, 40], (0, 0))
    assert judged(tmp_path, of_boxes_alone=True).void is not None, "their boxes are lost"


def test_label_files_whose_images_are_lost_are_counted_as_files(tmp_path) -> None:
    picture(tmp_path / "images" / "0.jpg")
    labels = tmp_path / "labels"
    labels.mkdir()
    (labels / "0.txt").write_text("0 .5 .5 .2 .2\n" * 30)
    for place in (1, 2):
        (labels / f"{place}.txt").write_text("0 .5 .5 .2 .2\n")
    found = judged(tmp_path, of_boxes_alone=True)
    assert "67% of the labels" in str(found.void)


def test_boxes_without_area_are_told_and_left_out(tmp_path) -> None:
    rows = [{"bbox": [10, 10, -5, 4]}, *({"bbox": [10 * n, 10, 20, 20]} for n in range(1, 4))]
    (tmp_path / "labels.json").write_text(coco_text(*rows))
    [head, error] = judged(tmp_path, of_boxes_alone=True).sentences()
    assert str(head).startswith("The check of the boxes found 1 error, and the numbers are to be")
    assert str(error).endswith("1 found, the first is a.jpg, box 0 (x1 10, y1 10, x2 5, y2 14). "
                               "They are left out.")  # fmt: skip


# ---- the commands ------------------------------------------------------------------------------

SMALL = ["--long-side", "64", "--device", "cpu"]
WEIGHTS = str(Path("assets/models/lite0-fpn.safetensors").resolve())


def commands(data: Path, out: Path) -> dict[str, list[str]]:
    given = ["--annotations", str(data)]
    return {
        "evaluate": ["evaluate", *given, *SMALL],
        "sweep": ["sweep", *given, *SMALL],
        "calibrate": ["calibrate", *given, *SMALL, "--checkpoint", WEIGHTS, "--out", str(out)],
        "train": ["train", "--train", str(data), "--out", str(out), "--device", "cpu"],
        "coverage": ["anchors", "coverage", *given],
        "suggest": ["anchors", "suggest", *given, "--evaluations", "100"],
        "export": ["anchors", "export", *given, "--evaluations", "100"],
    }


COMMANDS = list(commands(Path(), Path()))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_gives_no_number_that_would_mean_nothing(tmp_path, capsys, command) -> None:
    turned(tmp_path / "set", 4)
    assert main(commands(tmp_path / "set", tmp_path / "out")[command]) == 2
    told = capsys.readouterr()
    assert "so no number would mean anything. Save the image upright" in told.err
    assert told.out == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_strict_measures_nothing_for_one_error(tmp_path, capsys, command) -> None:
    turned(tmp_path / "set", 1)
    asked = commands(tmp_path / "set", tmp_path / "out")[command]
    assert main([*asked, "--strict"]) == 2
    told = capsys.readouterr()
    assert told.err.index("Image whose height and width are swapped: 1 found") < told.err.index(
        "Nothing was measured: the check of the boxes found 1 error, and --strict allows none."
    )
    assert told.out == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["evaluate", "coverage"])
def test_one_error_is_told_before_the_number(tmp_path, capsys, command) -> None:
    turned(tmp_path / "set", 1)
    assert main(commands(tmp_path / "set", tmp_path / "out")[command]) == 0
    told = capsys.readouterr()
    assert "The check of the boxes found 1 error, and the numbers are to be read with it:" in (
        told.err
    )
    assert told.out


def test_the_report_begins_with_it(tmp_path) -> None:
    turned(tmp_path / "set", 1)
    assert main(commands(tmp_path / "set", tmp_path / "out")["coverage"]
                + ["--out", str(tmp_path / "out")]) == 0  # fmt: skip
    page = (tmp_path / "out" / "report.html").read_text()
    told = page.index("The check of the boxes found 1 error, and the numbers are to be read with")
    assert told < page.index("Image whose height and width are swapped: 1 found")
    document = json.loads((tmp_path / "out" / "coverage.json").read_text())
    assert document["label_findings"]["turned"] == 1


def test_images_beside_a_single_file_tell_what_the_file_cannot(tmp_path, capsys) -> None:
    turned(tmp_path / "set", 4)
    file = tmp_path / "set" / "labels.json"
    assert main(["anchors", "coverage", "--annotations", str(file)]) == 2
    assert "Save the image upright" in capsys.readouterr().err


def test_a_hundred_thousand_boxes_of_which_all_have_an_error() -> None:
    from rpn_core.labels.label_set import label_set
    from rpn_core.labels.lint.report import lint_label_set
    from rpn_core.labels.stores.image_source import ImageSource

    places = np.arange(100_000)
    corners = np.stack((places % 50, places % 40, places % 50 - 1, places % 40 + 9), 1)
    labels = label_set(
        tuple(f"{place}.jpg" for place in range(1000)), corners.astype(float), places // 100,
        sizes_hw=np.full((1000, 2), 100),
    )  # fmt: skip
    found = verdict.verdict(lint_label_set(labels, ImageSource()))
    assert "it touches 100% of the labels" in str(found.void)
