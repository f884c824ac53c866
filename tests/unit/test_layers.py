"""Which part may import which: the maths knows no picture, the library knows no page."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = sorted((ROOT / "rpn_core").rglob("*.py"))
# Only these see all settings at once; a stage takes its own slice.
WHOLE_SETTINGS = (
    "rpn_core/settings/",
    "rpn_core/stages/graph.py",
    "rpn_core/stages/plain.py",
    "rpn_core/stages/run.py",
    "rpn_core/models/card.py",
    "rpn_core/models/table.py",
    "rpn_core/cli/",
)


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


MATHS = [
    p
    for p in LIBRARY
    if not place(p).startswith(("rpn_core/figures/", "rpn_core/cli/", "rpn_core/__main__"))
]


def imported(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever in the file it stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path)} has a relative import"
            names.add(str(node.module))
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def breaches(files: list[Path], *forbidden: str) -> list[str]:
    return [
        f"{place(path)} imports {name}"
        for path in files
        for name in sorted(imported(path))
        if any(name == root or name.startswith(f"{root}.") for root in forbidden)
    ]


def annotations(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(function, annotation) of every parameter."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            arguments = node.args
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                if argument.annotation is not None:
                    yield node.name, ast.unparse(argument.annotation)


def takes_whole_settings(source: str) -> list[str]:
    return [
        name
        for name, annotation in annotations(ast.parse(source))
        if any(
            isinstance(n, ast.Name) and n.id == "Settings" for n in ast.walk(ast.parse(annotation))
        )
    ]


def test_the_rules_are_held_against_real_files():
    assert {"rpn_core/nms/stage.py", "rpn_core/models/table.py"} <= {place(p) for p in MATHS}
    assert "rpn_core.selection.Selection" in imported(ROOT / "rpn_core" / "nms" / "stage.py")
    assert breaches([ROOT / "rpn_core" / "nms" / "stage.py"], "torch", "rpn_core.selection")


def test_the_library_knows_no_page():
    assert breaches(LIBRARY, "streamlit", "pages", "app") == []


def test_the_maths_knows_no_picture_and_no_command():
    assert breaches(MATHS, "plotly", "rpn_core.figures", "rpn_core.cli") == []


def test_figures_are_drawn_from_results_and_load_no_model():
    figures = [p for p in LIBRARY if place(p).startswith("rpn_core/figures/")]
    assert len(figures) > 3
    assert breaches(figures, "rpn_core.models", "rpn_core.cli", "rpn_core.training") == []


def test_the_table_of_models_is_cheap_to_import():
    table = ROOT / "rpn_core" / "models"
    assert breaches([table / "table.py", table / "card.py"], "timm", "torchvision") == []


def test_training_is_not_needed_to_look_at_photos():
    lookers = [
        p for p in LIBRARY if not place(p).startswith(("rpn_core/training/", "rpn_core/cli/"))
    ]
    assert breaches(lookers, "rpn_core.training") == []


@pytest.mark.parametrize(
    "path", [p for p in LIBRARY if not place(p).startswith(WHOLE_SETTINGS)], ids=place
)
def test_a_stage_takes_its_own_slice_of_the_settings(path):
    assert takes_whole_settings(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(s: Settings): ...", ["f"]),
        ("def f(*, s: Settings | None): ...", ["f"]),
        ("def f(s: NmsSettings) -> Settings: ...", []),
    ],
)
def test_whole_settings_are_recognised(source, found):
    assert takes_whole_settings(inspect.cleandoc(source)) == found
