"""The node that runs and checks scripts in tests; the app itself needs none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def node() -> str:
    """The node in PATH; without one the test skips, or fails where nothing may be left out."""
    found = shutil.which("node")
    if found is None:
        sentence = "no node to test scripts with (18 or later in PATH)"
        if os.environ.get("REQUIRE_BROWSER"):  # continuous integration must not skip
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


def run_node(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [node(), *arguments], cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=120
    )


def evaluate(module: Path, function: str, given: object) -> object:
    """What a function that takes the module and the given value returns, all as JSON.

    Args:
        function: of (module, given), as JavaScript.
    """
    script = f"""
        import {{ readFileSync }} from "node:fs";
        import * as module from {json.dumps(module.as_uri())};
        const given = JSON.parse(readFileSync(0, "utf-8"));
        console.log(JSON.stringify(({function})(module, given)));
    """
    done = run_node("--input-type=module", "--eval", script, stdin=json.dumps(given))
    assert done.returncode == 0, done.stderr
    value: object = json.loads(done.stdout)
    return value
