"""Whatever an argument is given: an exit code and a sentence, never a traceback.

The parsers are walked, so that an argument that is added tomorrow is tried too.
"""

from __future__ import annotations

import argparse
import copy
import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rpn_core.cli import build_parser, main
from rpn_core.models import load
from rpn_core.models.catalogue.table import CARDS
from rpn_core.settings.file import to_json
from rpn_core.training import start

ROOT = Path(__file__).resolve().parents[2]
Words = tuple[str, ...]  # a command, such as ("anchors", "lint")


def leaves(parser: argparse.ArgumentParser, words: Words = ()) -> Iterator[tuple[Words, list]]:
    """Each command with its arguments."""
    if getattr(parser, "fill", None) is not None:
        fill, parser.fill = parser.fill, None  # type: ignore[attr-defined]
        fill(parser)
    below = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    for choices in below:
        for name, child in choices.choices.items():
            yield from leaves(child, (*words, name))
    if not below:
        yield words, [one for one in parser._actions if not isinstance(one, argparse._HelpAction)]


LEAVES = dict(leaves(build_parser()))


def name_of(action: argparse.Action) -> str:
    return action.option_strings[-1] if action.option_strings else action.dest


def is_path(action: argparse.Action) -> bool:
    return action.type is Path


def is_number(action: argparse.Action) -> bool:
    return action.type is not None and not is_path(action)


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    """A tiny data set with images, a checkpoint, settings and a recipe."""
    folder = tmp_path_factory.mktemp("good")
    rgb = np.full((48, 64, 3), 90, np.uint8)
    rgb[12:36, 16:48] = (220, 30, 30)
    (folder / "set").mkdir()
    Image.fromarray(rgb).save(folder / "set" / "a.png")
    (folder / "set" / "labels.json").write_text(json.dumps({
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [{"image_id": 1, "bbox": [16, 12, 32, 24], "category_id": 1}],
        "categories": [{"id": 1, "name": "square"}],
    }))  # fmt: skip
    (folder / "settings.json").write_text(to_json(CARDS["lite0-fpn"].own_settings))
    (folder / "recipe.json").write_text(
        '{"steps": 1, "batch_images": 1, "long_side": [64, 64], "random_shapes": 2}'
    )
    shutil.copy(ROOT / "assets" / "models" / "lite0-fpn.safetensors", folder / "own.safetensors")
    return folder


@pytest.fixture(autouse=True)
def built_once(good, monkeypatch) -> None:
    """The good network is built once for all tests; any other weights go the whole way."""
    load_itself, start_itself = load.load_model, start.start_network

    def load_model(*given, **named):
        given = (*given, *(named.pop(key) for key in ("device", "checkpoint") if key in named))
        known = given[:1] == ("lite0-fpn",) and given[2:3] in ((), (None,), (weights,))
        return loaded(*given[:3]) if known else load_itself(*given, **named)

    def start_network(plan, recipe, begin=None, backbone=None):
        if begin != good / "own.safetensors" or backbone is not None:
            return start_itself(plan, recipe, begin, backbone)
        return copy.deepcopy(started(plan, recipe, begin))

    weights = (good / "own.safetensors").read_bytes()
    monkeypatch.setattr(load, "load_model", load_model)
    monkeypatch.setattr(start, "start_network", start_network)


loaded = functools.cache(load.load_model)
started = functools.cache(start.start_network)


def words_of(good: Path, out: Path) -> dict[Words, dict[str, list[str]]]:
    """What makes each command work; an argument that is not named here is tried beside these."""
    data = {"--annotations": [str(good / "set")]}
    measured = {**data, "--long-side": ["64"], "--device": ["cpu"]}
    weights = [str(good / "own.safetensors")]
    to_folder, few = {"--out": [str(out)]}, {"--evaluations": ["20"]}
    return {
        ("app",): {},
        ("models",): {},
        ("propose",): {
            "images": [str(good / "set" / "a.png")], "--out": [str(out)], "--device": ["cpu"],
            "--checkpoint": weights, "--max-proposals": ["5"],
        },
        ("train",): {
            "--train": [str(good / "set")], "--start": weights, **to_folder, "--device": ["cpu"],
            "--recipe": [str(good / "recipe.json")],
        },
        ("evaluate",): {**measured, "--checkpoint": weights, **to_folder},
        ("sweep",): {**measured, "--checkpoint": weights, **to_folder},
        ("calibrate",): {**measured, "--checkpoint": weights, "--out": [f"{out}.safetensors"]},
        ("anchors", "coverage"): {**data, **to_folder},
        ("anchors", "suggest"): {**data, **few},
        ("anchors", "export"): {**data, **few},
        ("anchors", "lint"): {**data, **to_folder},
    }  # fmt: skip


def make_bad(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / "given" / "bad"
    path.parent.mkdir()
    match kind:
        case "missing":
            return tmp_path / "nowhere" / "bad"
        case "empty":
            path.write_bytes(b"")
        case "folder":
            path.mkdir()
        case "picture":
            Image.new("RGB", (9, 9)).save(path, "JPEG")
        case "json":
            path.write_text('{"a": [1, null]}')
        case "text":
            path.write_bytes(b"\xff\xfeh\x00\x00")
        case "full disk":
            return Path("/dev/full")
        case "below a file":
            path.write_text("a file")
            return path / "below"
        case _:
            raise AssertionError(kind)
    return path


KINDS = ("missing", "empty", "folder", "picture", "json", "text", "full disk", "below a file")


def called(command: Words, given: dict[str, list[str]]) -> list[str]:
    """As a person writes it; what has no name stands first."""
    plain = [value for name, values in given.items() if name[0] != "-" for value in values]
    named = [
        part for name, values in given.items() if name[0] == "-" for part in (name, *values)
    ]  # fmt: skip
    return [*command, *plain, *named]


class Measuring(BaseException):
    """Ends a command where all its arguments were taken, and the work begins."""


@pytest.fixture
def no_work(monkeypatch) -> None:
    def begin(*_: object, **__: object) -> None:
        raise Measuring

    for work in (
        "rpn_core.cli.labelled_data.LabelledData.decoded", "rpn_core.proposers.plain.run_stages",
        "rpn_core.training.loop.train", "rpn_core.design.coverage.coverage",
        "rpn_core.design.suggest.suggest", "os.execv",
    ):  # fmt: skip
        monkeypatch.setattr(work, begin)


def run(arguments: list[str]) -> int:
    """The exit code, whether argparse or the command says it; every other exception is a defect."""
    try:
        return main(arguments)
    except Measuring:
        return 0
    except SystemExit as ended:
        return int(str(ended.code))


PATHS = [
    (command, name_of(action)) for command, actions in LEAVES.items() for action in actions
    if is_path(action)
]  # fmt: skip
NUMBERS = [
    (command, name_of(action)) for command, actions in LEAVES.items() for action in actions
    if is_number(action)
]  # fmt: skip


def test_every_command_is_walked_and_every_file_is_known_as_one(good, tmp_path) -> None:
    assert set(LEAVES) == set(words_of(good, tmp_path))
    assert {name for _, name in PATHS} >= {"images", "--out", "--settings", "--recipe", "--resume"}
    assert {name for _, name in NUMBERS} >= {"--port", "--limit", "--seed", "--workers"}
    for actions in LEAVES.values():
        for action in actions:
            shown = f"{action.metavar} {action.help}".lower()
            assert action.type or "folder" not in shown or action.nargs == 0, name_of(action)


def test_as_they_are_they_work(good, tmp_path, capsys) -> None:
    for place, command in enumerate(LEAVES):
        if command == ("app",):
            continue
        assert run(called(command, words_of(good, tmp_path / str(place))[command])) == 0, (
            command, capsys.readouterr().err
        )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("command", "name"), PATHS, ids=lambda one: "_".join(one) if isinstance(
    one, tuple) else one)  # fmt: skip
def test_no_file_is_a_traceback(good, tmp_path, capsys, request, command, name, kind) -> None:
    if name != "--out":
        request.getfixturevalue("no_work")
    given = words_of(good, tmp_path / "out")[command]
    for other in {"--resume": ["--out"], "--start-backbone": ["--start"]}.get(name, []):
        given.pop(other)
    code = run(called(command, {**given, name: [str(make_bad(tmp_path, kind))]}))
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    assert code in (0, 1, 2)
    if code == 2:
        last = told.err.replace("\r", "\n").strip().splitlines()[-1]
        assert last.endswith((".", ")")), last
        assert len(last) > 20
    if name != "--out" and kind in ("missing", "empty", "full disk", "below a file"):
        assert code, "nothing to read, and yet no word of it"


@pytest.mark.parametrize("value", ["-3", "0", "nan", "inf", "0,5", "²"])
@pytest.mark.parametrize(("command", "name"), NUMBERS, ids=lambda one: "_".join(one) if isinstance(
    one, tuple) else one)  # fmt: skip
def test_no_number_is_a_traceback(good, tmp_path, capsys, no_work, command, name, value) -> None:
    given = words_of(good, tmp_path / "out")[command]
    code = run(called(command, {**given, name: [value]}))
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    assert code in ((0, 1, 2) if value == "0" else (2,)), told.err


# ---- what is written to ------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("evaluate",), ("sweep",), ("calibrate",), ("train",),
                                     ("anchors", "coverage"), ("anchors", "lint")])  # fmt: skip
def test_where_nothing_can_be_written_is_told_before_anything_is_read(
    good, tmp_path, capsys, command
) -> None:
    (tmp_path / "file").write_text("")
    given = words_of(good, tmp_path / "out")[command]
    for name in given:
        if name in ("--annotations", "--train", "--checkpoint"):
            given[name] = [str(tmp_path / "nowhere")]
    assert run(called(command, {**given, "--out": [str(tmp_path / "file" / "out")]})) == 2
    told = capsys.readouterr().err
    assert told == (
        f"{tmp_path}/file/out cannot be written, since {tmp_path}/file is a file and no folder: "
        "name another place.\n"
    )


def shell(good: Path, line: str) -> subprocess.CompletedProcess[str]:
    """A line of bash with the program as $RPN and the data set as $SET."""
    environment = {**os.environ, "SET": str(good / "set"),
                   "RPN": f"{sys.executable} -m rpn_core"}  # fmt: skip
    return subprocess.run(
        ["bash", "-c", line], cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=240,
    )  # fmt: skip


@pytest.mark.parametrize("lost", ["2>&-", "2>/dev/full", "2> >(exec true)"])
def test_a_lost_stderr_does_not_lose_the_result(good, tmp_path, lost) -> None:
    found = shell(good, f"$RPN anchors coverage --annotations $SET --out {tmp_path}/out {lost}")
    assert found.returncode == 0, found
    assert found.stdout.startswith("1 object, ")
    assert (tmp_path / "out" / "report.html").is_file()


@pytest.mark.parametrize("command", ["models", "anchors lint --annotations $SET"])
def test_a_full_disk_and_a_reader_that_is_gone(good, command) -> None:
    full = shell(good, f"$RPN {command} > /dev/full")
    assert full.returncode == 2
    assert full.stderr.strip().splitlines()[-1] == (
        "The work could not be finished: No space left on device."
    )
    gone = shell(good, f"$RPN {command} 2>&1 | true; exit ${{PIPESTATUS[0]}}")
    assert gone.returncode in (0, 141)
    assert "Traceback" not in gone.stdout + gone.stderr


def test_what_a_recipe_cannot_have_is_named(good, tmp_path, capsys) -> None:
    recipe = tmp_path / "recipe.json"
    for text, told in (
        ("[]", "it is no JSON object"),
        ("{", "it is not valid JSON: line 1, column 2"),
        ('{"steps": "many"}', 'steps cannot be "many"'),
        ('{"steps": 0}', "steps cannot be 0"),
        ('{"lr": null}', "lr cannot be null"),
        ('{"lr": NaN}', "lr cannot be NaN"),
        ('{"long_side": [400]}', "long_side cannot be [400]"),
        ('{"loss": "mine"}', 'loss cannot be "mine"'),
        ('{"step": 3}', "'step' is unknown"),
    ):
        recipe.write_text(text)
        given = words_of(good, tmp_path / "out")["train",]
        assert run(called(("train",), {**given, "--recipe": [str(recipe)]})) == 2
        assert f"recipe.json is not a recipe ({told}): give" in capsys.readouterr().err
