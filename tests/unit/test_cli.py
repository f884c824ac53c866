"""The command line, as a person runs it: on good photos, on bad ones, and interrupted."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from rpn_core.cli import build_parser, main
from rpn_core.cli.atomic_file import atomic_writer
from rpn_core.cli.photo_files import find_photos
from rpn_core.errors import UserError
from rpn_core.models.catalogue.table import CARDS
from rpn_core.models.networks.build import build_network
from rpn_core.photo import reader as photo_reader
from rpn_core.settings import HeadSettings, InputSettings
from rpn_core.settings.file import to_json

ROOT = Path(__file__).resolve().parents[2]
SMALL = replace(CARDS["lite0-fpn"].own_settings, input=InputSettings(min_side=128, max_side=128))


def draw(path: Path, width: int = 120, height: int = 90) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(width).integers(0, 255, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture(scope="module")
def given(tmp_path_factory) -> dict[str, str]:
    """A checkpoint of the default model, not trained, and settings that make it quick."""
    folder = tmp_path_factory.mktemp("given")
    save_file(build_network("lite0-fpn").state_dict(), folder / "own.safetensors")
    (folder / "small.json").write_text(to_json(SMALL))
    return {"checkpoint": str(folder / "own.safetensors"), "settings": str(folder / "small.json")}


@pytest.fixture
def propose(given, tmp_path, capsys):
    """Runs `propose` in this process: (exit code, results or None, stderr)."""

    def run(*arguments: object, **changed: str | None) -> tuple[int, list | None, str]:
        out = tmp_path / "out.json"
        options = {**given, "out": str(out), **changed}
        named = [part for k, v in options.items() if v is not None for part in (f"--{k}", v)]
        code = main(["propose", *map(str, arguments), *named])
        said = capsys.readouterr()
        assert said.out == ""
        assert not list(tmp_path.glob(".*")), "a partial file was left"
        return code, json.loads(out.read_text()) if out.exists() else None, said.err

    return run


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "rpn_core", *map(str, arguments)]


def test_a_folder_with_a_broken_photo_as_a_person_runs_it(given, tmp_path):
    photos = tmp_path / "photos"
    draw(photos / "wide.png")
    draw(photos / "deep" / "tall.JPG", 60, 100)
    (photos / "broken.jpg").write_bytes((photos / "wide.png").read_bytes()[:200])
    (photos / "notes.txt").write_text("no photo")
    out = tmp_path / "proposals.json"
    done = subprocess.run(
        command("propose", photos, "--out", out, "--max-proposals", 5, "--device", "cpu",
                "--checkpoint", given["checkpoint"], "--settings", given["settings"]),
        cwd=ROOT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "broken.jpg: skipped. " in done.stderr
    assert "Traceback" not in done.stderr
    assert "10 proposals for 2 of 3 photos" in done.stderr
    assert re.search(r"^lite0-fpn runs on CPU in (float32|bfloat16)\.$", done.stderr, re.MULTILINE)
    rows = json.loads(out.read_text())
    assert [row["file_name"] for row in rows] == ["deep/tall.JPG"] * 5 + ["wide.png"] * 5
    for row in rows:
        x, y, width, height = row["bbox"]
        photo_width, photo_height = (60, 100) if "tall" in row["file_name"] else (120, 90)
        assert x >= 0
        assert y >= 0
        assert x + width <= photo_width + 1e-6
        assert y + height <= photo_height + 1e-6
    scores = [row["score"] for row in rows[:5]]
    assert scores == sorted(scores, reverse=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "photos", "proposals.images.json", "proposals.json"
    ]  # fmt: skip


def test_interrupting_leaves_nothing_behind(given, tmp_path):
    for number in range(300):
        draw(tmp_path / "photos" / f"{number}.bmp", 200 + number, 200)
    running = subprocess.Popen(
        command("propose", tmp_path / "photos", "--out", tmp_path / "out.json",
                "--checkpoint", given["checkpoint"]),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # Where the suite runs in a script's background, it hands on that SIGINT is to be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        patience = time.monotonic() + 120
        while not list(tmp_path.glob(".*.part")):
            assert time.monotonic() < patience
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=120)
    finally:
        running.kill()
    # A shell sees 130 in both cases: where the signal met C code that runs Python (an import of
    # torch, say), the interpreter ends itself by the same signal after all is tidied up.
    assert running.returncode in (130, -signal.SIGINT), errors
    assert "Interrupted: nothing was written." in errors
    assert "Traceback" not in errors
    assert [p.name for p in tmp_path.iterdir()] == ["photos"]


def test_interrupting_between_two_photos_leaves_nothing_behind(propose, tmp_path, monkeypatch):
    read_noted = photo_reader.read_noted
    seen: list[str] = []

    def read_one(data: bytes, name: str) -> object:
        if seen:
            raise KeyboardInterrupt
        seen.append(name)
        return read_noted(data, name)

    monkeypatch.setattr(photo_reader, "read_noted", read_one)
    code, rows, errors = propose(draw(tmp_path / "in" / "a.png"), draw(tmp_path / "in" / "b.png"))
    assert (code, rows, seen) == (130, None, ["a.png"])
    assert "Interrupted: nothing was written." in errors


def test_what_was_changed_to_read_a_photo_is_said(propose, tmp_path):
    values = np.full((64, 96), 3000, np.uint16)
    Image.fromarray(values).save(tmp_path / "scan.png")
    code, rows, errors = propose(tmp_path / "scan.png")
    assert code == 0
    assert rows
    words = "Its 16-bit values reach only 3000: 0 to 4095 were stretched to 0 to 255."
    assert f"scan.png: {words}" in errors


def test_all_photos_good_is_exit_code_0(propose, tmp_path):
    code, rows, _ = propose(draw(tmp_path / "in" / "a.png"), **{"max-proposals": "3"})
    assert code == 0
    assert [row["file_name"] for row in rows] == ["a.png"] * 3


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_precision_is_said_and_may_be_chosen(propose, tmp_path, monkeypatch, precision):
    monkeypatch.setenv("RPN_CPU_PRECISION", precision)
    code, _, errors = propose(draw(tmp_path / "a.png"), device="cpu")
    assert code == 0
    assert f"lite0-fpn runs on CPU in {precision}." in errors.splitlines()


def test_all_photos_bad_writes_an_empty_list(propose, tmp_path):
    bad = tmp_path / "zero.jpg"
    bad.touch()
    code, rows, errors = propose(bad)
    assert (code, rows) == (1, [])
    assert "empty (0 bytes)" in errors


def test_an_old_result_survives_a_run_that_cannot_start(propose, tmp_path):
    (tmp_path / "out.json").write_text("[1]")
    code, rows, _ = propose(draw(tmp_path / "a.png"), model="resnet-9000")
    assert (code, rows) == (2, [1])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"model": "resnet-9000"}, "There is no model 'resnet-9000'"),
        ({"device": "quantum"}, "There is no device 'quantum'"),
        ({"max-proposals": "0"}, '"After NMS, best N in all" is 0'),
        ({"settings": "/nowhere.json"}, "/nowhere.json cannot be read"),
        ({"checkpoint": "/nowhere.pth"}, "/nowhere.pth cannot be read"),
        ({"checkpoint": __file__}, "checkpoint"),
        ({"settings": __file__}, "not valid JSON"),
        ({"out": "/nowhere/out.json"}, "cannot be written"),
        ({"out": "/"}, "is a folder"),
    ],
)
def test_arguments_that_cannot_be_used(propose, tmp_path, changed, sentence):
    code, rows, errors = propose(draw(tmp_path / "a.png"), **changed)
    assert (code, rows) == (2, None)
    assert sentence in errors
    assert len(errors.strip().splitlines()) == 1


def test_scores_that_mean_nothing_are_refused(propose, tmp_path):
    code, rows, errors = propose(
        draw(tmp_path / "a.png"), model="vgg16", checkpoint=None, settings=None
    )
    assert (code, rows) == (2, None)
    assert "untrained" in errors


@pytest.mark.parametrize(("foreign", "code"), [("borrow", 0), ("geometry", 2)])
def test_anchors_that_a_fixed_head_was_not_trained_for(propose, tmp_path, foreign, code):
    save_file(build_network("vgg16").state_dict(), tmp_path / "vgg16.safetensors")
    own = CARDS["vgg16"].own_settings
    settings = replace(
        own,
        input=InputSettings(min_side=64, max_side=96),
        anchors=replace(own.anchors, size_factor=0.5),
        head=HeadSettings(foreign),
    )
    (tmp_path / "settings.json").write_text(to_json(settings))
    got, rows, errors = propose(
        draw(tmp_path / "a.png"), model="vgg16", checkpoint=str(tmp_path / "vgg16.safetensors"),
        settings=str(tmp_path / "settings.json"),
    )  # fmt: skip
    assert got == code
    assert bool(rows) == (foreign == "borrow")
    assert ("not trained for these anchors" in errors) == (foreign == "geometry")


def test_settings_for_another_number_of_levels(propose, tmp_path):
    (tmp_path / "vgg16.json").write_text(to_json(CARDS["vgg16"].own_settings))
    code, rows, errors = propose(draw(tmp_path / "a.png"), settings=str(tmp_path / "vgg16.json"))
    assert (code, rows) == (2, None)
    assert "1 level, but the model has 4" in errors


@pytest.mark.parametrize("arguments", [["propose"], ["propose", "a.jpg"], ["fly"], []])
def test_the_parser_says_what_is_missing(arguments, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_help_needs_no_heavy_import():
    script = (
        "import sys; from rpn_core.cli import build_parser; build_parser().format_help(); "
        "print(sorted({'torch', 'timm', 'numpy', 'torchvision', 'PIL'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert said.stdout.strip() == "[]", said.stderr


@pytest.mark.parametrize("command", ["evaluate", "train", "anchors"])
def test_help_of_a_command_waits_for_no_network_library(command):
    script = (
        "import sys; from rpn_core.cli import main\n"
        f"try: main([{command!r}, '--help'])\n"
        "finally: print(sorted({'torch', 'timm', 'torchvision', 'numba'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert said.stdout.strip().endswith("[]"), said.stderr


def test_every_subcommand_is_listed():
    assert all(name in build_parser().format_help() for name in ("propose", "models", "train"))


def test_models_lists_each_with_its_state(capsys):
    assert main(["models"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split()[:2] == ["MODEL", "ANCHORS"]
    assert [line.split()[0] for line in lines] == list(CARDS)
    assert "untrained" in lines[list(CARDS).index("vgg16")]


def test_photos_are_found_once_sorted_and_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b/x.png", "b/a/y.TIFF", "b/.hidden.png", "b/no.txt", "c/x.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    names = [p.name for p in find_photos([Path("b"), Path("b/no.txt"), Path("b/a/y.TIFF")]).photos]
    assert names == ["a/y.TIFF", "x.png", "no.txt"]
    # two photos may not share a name: both are called by their paths
    assert [p.name for p in find_photos([Path("b"), Path("c")]).photos] == [
        "a/y.TIFF",
        "b/x.png",
        "c/x.png",
    ]


@pytest.mark.parametrize(
    ("source", "sentence"), [("void", "no photo in void"), ("gone", "neither a file nor a folder")]
)
def test_no_photo_to_look_at(source, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("void").mkdir()
    with pytest.raises(UserError, match=sentence):
        find_photos([Path(source)])


def test_every_file_of_a_folder_is_a_photo_or_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw(Path("in/a.png"))
    draw(Path("in/deep/b.jpg"))
    draw(Path("in/.cache/c.png"))  # hidden, as in a data set
    shutil.copy("in/a.png", "in/named.xyz")
    shutil.copy("in/a.png", "in/IMG_1")
    draw(Path("elsewhere/d.png"))
    Path("in/linked.png").symlink_to(Path("elsewhere/d.png").resolve())
    for name in ("b.heic", "c.PSD", "d.cr2"):
        Path("in", name).write_bytes(b"x")
    Path("in/e.tmp").write_bytes(b"\0\0\0\x18ftypavif")
    Path("in/notes.txt").write_text("x")
    found = find_photos([Path("in")])
    assert [p.name for p in found.photos] == ["a.png", "deep/b.jpg", "linked.png"]
    unread = ["IMG_1", "b.heic", "c.PSD", "d.cr2", "e.tmp", "named.xyz"]
    assert [p.name for p in found.unread] == unread
    assert found.others == 1
    also = find_photos([Path("in"), Path("in/IMG_1"), Path("in/notes.txt")])
    assert [p.name for p in also.unread] == unread[1:]
    assert also.others == 0
    Path("heic").mkdir()
    shutil.copy("in/b.heic", "heic")
    with pytest.raises(UserError, match=r"no photo in heic that can be read, but heic/b\.heic"):
        find_photos([Path("heic")])


def test_what_a_folder_holds_and_propose_does_not_read_is_named(propose, tmp_path):
    draw(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.heic").write_bytes(b"\0\0\0\x18ftypheic")
    (tmp_path / "in" / "c.xyz").write_bytes(b"?")
    code, rows, errors = propose(tmp_path / "in")
    assert code == 1
    assert {row["file_name"] for row in rows} == {"a.png"}
    assert "b.heic: skipped. Files of this kind (.heic) are not read: save it as JPEG" in errors
    assert "1 other file is no picture." in errors
    assert "for 1 of 2 photos written to" in errors
    (tmp_path / "in" / "b.heic").unlink()
    code, _, errors = propose(tmp_path / "in")
    assert code == 0
    assert "1 other file is no picture." in errors


def test_atomic_writer_keeps_the_old_file_when_the_work_fails(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_writer(path) as file:
        file.write(str(1 / 0))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_the_system_refuses_is_one_sentence(tmp_path, capsys):
    out, folder = str(tmp_path / "out"), str(tmp_path)
    annotations = tmp_path / "boxes.json"
    image = {"id": 1, "file_name": "a.png", "width": 90, "height": 90}
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 40, 40]}
    labels = {"images": [image], "annotations": [box], "categories": [{"id": 1, "name": "a"}]}
    annotations.write_text(json.dumps(labels))
    data = ["--annotations", str(annotations), "--images", folder]
    missing = str(tmp_path / "nö.safetensors")
    for command in (
        ["calibrate", *data, "--checkpoint", missing, "--out", out],
        ["evaluate", *data, "--checkpoint", missing],
        ["propose", "x" * 300, "--out", out],
        ["propose", folder, "--out", "x" * 300],
    ):
        assert main(command) == 2, command
        said = capsys.readouterr().err
        assert said.count("\n") == 1, said
        assert "nö.safetensors" in said or "xxx" in said or "no photo" in said


def test_nobody_who_reads_is_no_failure_of_ours():
    shown = subprocess.run(
        f"{sys.executable} -u -m rpn_core models | true; echo ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stderr == ""
    assert shown.stdout.strip() in ("141", "0")  # 0: it was done before `true` had gone


def test_a_full_disk_is_told():
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "w") as full:
        shown = subprocess.run(
            [sys.executable, "-m", "rpn_core", "models"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert shown.returncode == 2
    assert shown.stderr == "The work could not be finished: No space left on device.\n"


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path):
    real, link, pipe = tmp_path / "real.json", tmp_path / "link.json", tmp_path / "pipe"
    real.write_text("before")
    link.symlink_to(real)
    with atomic_writer(link) as file:
        file.write("after")
    assert link.is_symlink()
    assert real.read_text() == "after"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(pipe.read_text)
        with atomic_writer(pipe) as file:
            file.write("through")
        assert read.result(timeout=60) == "through"
    assert pipe.is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "pipe", "real.json"]


def test_a_closed_output_is_no_failure():
    shown = subprocess.run(
        f"{sys.executable} -m rpn_core models >&-",
        shell=True, executable="/bin/bash", stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert (shown.returncode, shown.stderr) == (0, "")
