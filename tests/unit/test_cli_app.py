"""`rpn-explorer app`: what it starts; that the app then works is for tests/browser."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from rpn_core.cli import main
from rpn_core.shipped import APP
from tests.unit.test_layers import ROOT


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words of the program that took this one's place."""
    words: list[str] = []
    monkeypatch.setattr(os, "execv", lambda program, given: words.extend([program, *given]))
    return words


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], []),
        (["--port", "8600"], ["--server.port=8600"]),
        (["--", "--server.baseUrlPath", "rpn"], ["--server.baseUrlPath", "rpn"]),
        (
            ["--port", "8600", "--", "--server.address=0.0.0.0"],
            ["--server.port=8600", "--server.address=0.0.0.0"],
        ),
    ],
)
def test_streamlit_serves_the_app_of_this_library(started, arguments, options):
    main(["app", *arguments])
    run = [sys.executable, "-P", "-m", "streamlit", "run", str(APP)]
    assert started == [sys.executable, *run, *options]
    assert APP.samefile(ROOT / "app.py")  # of a checkout


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_there_is_not_is_one_sentence(started, port, capsys):
    assert main(["app", f"--port={port}"]) == 2
    assert capsys.readouterr().err == f"--port is {port}, but it must be from 1 to 65535.\n"
    assert started == []


def test_the_module_calls_itself_what_it_was_called():
    said = subprocess.run(
        [sys.executable, "-m", "rpn_core", "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert said.stdout.startswith("usage: python -m rpn_core ")
