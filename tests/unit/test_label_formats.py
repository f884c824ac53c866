"""The table of formats is all that there is: a row is enough for every reader and command."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rpn_core.cli import main
from rpn_core.errors import UserError
from rpn_core.labels.format import Format, ReadLabels, Texts
from rpn_core.labels.formats import table
from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.label_set import label_set
from rpn_core.labels.stores.files import read_file
from rpn_core.messages import verbatim
from rpn_core.progress import Progress
from tests.unit.labels_data import coco, read, zipped
from tests.unit.test_layers import LIBRARY, PAGES, imported, place

KEYS = [
    "coco", "voc", "yolo", "csv", "labelme", "via", "cvat", "createml", "kitti", "visdrone", "dota",
    "mot", "keras-yolo", "wider-face",
]  # fmt: skip
OWN_FILES = (
    "coco", "csv_boxes", "voc", "yolo", "labelme", "via", "cvat", "createml", "dota", "keras_lines",
    "kitti", "mot", "visdrone", "wider_face",
)  # fmt: skip


def _find(texts: Texts) -> Sequence[str]:
    found = texts.ending_in(".boxes", ".json")
    return [name for name in found if read_file(texts.files, name).startswith(b'{"dummy": ')]


def _read(texts: Texts, names: Sequence[str], progress: Progress) -> ReadLabels:
    """Each file is an image of its own name, with one box."""
    progress(1.0)
    boxes = np.tile([1.0, 2, 30, 40], (len(names), 1))
    return ReadLabels(label_set(tuple(names), boxes, np.arange(len(names))))


DUMMY = Format("dummy", verbatim("Dummy"), verbatim("Dummy"), (".boxes",), _find, _read)
FILE = '{"dummy": 1}'


@pytest.fixture
def with_dummy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "FORMATS", (DUMMY, *table.FORMATS))


@pytest.mark.usefixtures("with_dummy")
def test_a_row_is_enough_to_be_recognised_and_read(tmp_path: Path) -> None:
    for files in ({"a.boxes": FILE}, {"a.json": FILE}, {"x.zip": zipped({"a.boxes": FILE})}):
        loaded = read(files)
        assert loaded.form is DUMMY
        assert loaded.labels.boxes.tolist() == [[1, 2, 30, 40]]
    for name in ("a.boxes", "b.boxes"):
        (tmp_path / name).write_text(FILE)
    assert read_labels(tmp_path).labels.names == ("a.boxes", "b.boxes")
    assert read({"x.json": coco({"bbox": [1, 2, 3, 4]})}).form.key == "coco"
    with pytest.raises(UserError, match="holds Dummy and COCO JSON: choose"):
        read({"x.zip": zipped({"a.boxes": FILE, "x.json": coco({"bbox": [1, 2, 3, 4]})})})
    with pytest.raises(UserError, match="give Dummy, COCO JSON, Pascal VOC XML, YOLO txt"):
        read({"readme.md": "nothing"})


@pytest.mark.usefixtures("with_dummy")
def test_a_row_is_enough_for_the_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.boxes").write_text(FILE)
    lint = ["anchors", "lint", "--annotations", str(tmp_path), "--fail-on", "never"]
    assert main([*lint, "--format", "dummy"]) == 0
    assert "1 image, 1 box (Dummy)" in capsys.readouterr().out
    for command in (["evaluate"], ["sweep"], ["calibrate"], ["train"], ["anchors", "coverage"]):
        with pytest.raises(SystemExit):
            main([*command, "--help"])
        told = capsys.readouterr().out
        assert f"{{{','.join(['dummy', *KEYS])}}}" in "".join(told.split()), command
        assert "Dummy, COCO JSON, Pascal VOC" in " ".join(told.split()), command


def test_only_the_table_knows_the_formats() -> None:
    """And the example, which is written in one of them."""
    modules = {f"rpn_core.labels.formats.{name}" for name in OWN_FILES}
    assert {p.stem for p in LIBRARY if f"rpn_core.labels.formats.{p.stem}" in modules} == set(
        OWN_FILES
    )
    knowing = {place(path) for path in LIBRARY + PAGES if imported(path) & modules}
    home = "rpn_core/labels/formats"
    assert knowing == {f"{home}/table.py", f"{home}/example.py"}


def test_nobody_else_names_a_format() -> None:
    """Neither by its key in a comparison, nor by its title."""
    titles = {form.title.template for form in table.FORMATS} - {"CSV"}
    keys = {form.key for form in table.FORMATS}
    named = []
    for path in LIBRARY + PAGES:
        if place(path).startswith("rpn_core/labels/formats/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if node.value in titles:
                    named.append((place(path), node.value))
            elif isinstance(node, ast.Compare | ast.Call):
                about = ast.unparse(node)
                if "form" in about and any(f"'{key}'" in about for key in keys):
                    named.append((place(path), about))
    assert named == []


def test_keys_are_what_they_were_and_a_wrong_one_is_named() -> None:
    assert [form.key for form in table.FORMATS] == KEYS
    assert all(table.find_format(form.key) is form for form in table.FORMATS)
    with pytest.raises(UserError, match="no format of labels 'xml': choose one of coco, voc"):
        table.find_format("xml")
