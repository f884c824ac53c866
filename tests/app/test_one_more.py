"""One more setting, stage and page touch the files that CONTRIBUTING.md names, and no others.

Tried in a copy of the project: each is added there by its own few lines, and a process of its own
finds it in every place that follows from them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import ROOT

DECLARATION = """
    example: int = number(
        7, 0, 50,
        step=1, unit=msg("px of the network input"), key="example", optional_in_files=True,
        label=msg("Example"),
        reason=msg("Shows what follows from a declaration."),
    )  # fmt: skip
"""
STAGE = """

@GRAPH.stage(label=msg("example"))
def example(selection_settings: SelectionSettings) -> int:
    return 2 * selection_settings.example
"""
PAGE = """
import streamlit as st

from pages._ui.run.store import begin_run
from pages._ui.state.visit import WORKBENCH
from rpn_core.proposers import stages as proposing

run = begin_run(WORKBENCH.require(), lambda ahead: None)
st.caption(f"the example stage gives {run.get(proposing.example)}")
"""
# Runs in the copy: all that it imports of the project is the copy's.
VISIT = """
import json
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

construct = PagesManager.__init__

def with_navigation(self, *args, **kwargs):  # see tests/app/conftest.py
    PagesManager.uses_pages_directory = False
    construct(self, *args, **kwargs)

PagesManager.__init__ = with_navigation

import rpn_core
from rpn_core.settings import Settings
from rpn_core.settings.file import from_json, to_json
from rpn_core.settings.table import settings_table
from rpn_core.stages.graph import GRAPH
from tests.app.app_run import AppRun

app = AppRun(AppTest.from_file("app.py", default_timeout=180).run())
found = {"of the copy": rpn_core.__file__, "at first": app.value("selection.example")}
app.set("selection.example", 9)
found["in the link"] = app.link["example"]
found["in the file"] = json.loads(to_json(app.settings))["selection"]["example"]
old = json.loads(to_json(Settings()))
del old["selection"]["example"]
found["from an older file"] = from_json(json.dumps(old)).selection.example
found["in the documentation"] = "| `selection.example` | Example | `example` |" in settings_table()
found["touches"] = [stage.name for stage in GRAPH.touched_by("selection.example")]
app.test.switch_page("pages/example.py").run()
app.must_be_whole()
found["on the page"] = [caption.value for caption in app.test.caption]
app.set("selection.example", 11)
found["after a move"] = [caption.value for caption in app.test.caption]
print(json.dumps(found))
"""


def insert(copy: Path, name: str, before: str, text: str) -> None:
    """Put text before the only place where a file has these words."""
    path = copy / name
    source = path.read_text("utf-8")
    assert source.count(before) == 1, f"{name} has no one place {before!r}"
    path.write_text(source.replace(before, text + before), "utf-8")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a visitor of the copy finds."""
    copy = tmp_path_factory.mktemp("project")
    for folder in ("rpn_core", "pages"):
        shutil.copytree(ROOT / folder, copy / folder)
    (copy / "assets").symlink_to(ROOT / "assets")
    (copy / "tests").symlink_to(ROOT / "tests")
    shutil.copy(ROOT / "app.py", copy)
    insert(
        copy, "rpn_core/settings/proposals.py", "    drop_cross_border: bool = switch(", DECLARATION
    )
    insert(
        copy, "pages/_ui/controls/side_bar.py", '"selection.score_thresh",', '"selection.example", '
    )
    with (copy / "rpn_core/proposers/stages.py").open("a") as stages:
        stages.write(STAGE)
    (copy / "pages/example.py").write_text(PAGE)
    insert(
        copy, "app.py", 'st.Page("pages/nms.py"', 'st.Page("pages/example.py", title="Example"), '
    )
    done = subprocess.run(
        [sys.executable, "-c", VISIT], cwd=copy, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told["of the copy"] == str(copy / "rpn_core" / "__init__.py")
    return told


def test_a_setting_is_its_declaration_and_the_place_of_its_control(found):
    assert found["at first"] == 7
    assert found["in the link"] == "9"
    assert found["in the file"] == 9
    assert found["from an older file"] == 7
    assert found["in the documentation"]


def test_a_stage_is_one_function_and_is_run_anew_when_what_it_reads_has_moved(found):
    assert "example" in found["touches"]
    assert "the example stage gives 18" in found["on the page"]
    assert "the example stage gives 22" in found["after a move"]


def test_a_page_is_one_file_and_its_line_in_the_list_of_pages(found):
    assert any("example" in said for said in found["on the page"])
