"""Which part may import which: the maths knows no picture, the library knows no page, and no
folder is reached from itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = sorted((ROOT / "rpn_core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))
# Only these see all settings at once, in a parameter or a field; a stage takes its own slice.
WHOLE_SETTINGS = (
    "rpn_core/settings/",
    "rpn_core/stages/graph.py",
    "rpn_core/stages/run.py",
    "rpn_core/models/catalogue/card.py",
    "rpn_core/models/catalogue/table.py",
    "rpn_core/proposers/plain.py",
    "rpn_core/proposers/rpn.py",
    "rpn_core/cli/",
    "pages/_ui/state/workbench.py",
    "pages/_ui/controls/bound.py",
    "pages/_ui/frame/address.py",
    "pages/_ui/design/results.py",
)


SUPPRESSION = ROOT / "rpn_core" / "stages" / "suppression.py"


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
    """(function or class, annotation) of every parameter and field."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                if argument.annotation is not None:
                    yield node.name, ast.unparse(argument.annotation)
        elif isinstance(node, ast.ClassDef):
            for field in node.body:
                if isinstance(field, ast.AnnAssign):
                    yield node.name, ast.unparse(field.annotation)


def takes_whole_settings(source: str) -> list[str]:
    return [
        name
        for name, annotation in annotations(ast.parse(source))
        if any(
            isinstance(n, ast.Name) and n.id == "Settings" for n in ast.walk(ast.parse(annotation))
        )
    ]


def folder_arrows(paths: list[Path]) -> dict[str, dict[str, str]]:
    """Folder -> folder that it imports from -> one import that does so."""
    modules = {_module(path): path for path in paths}
    arrows: dict[str, dict[str, str]] = {}
    for module, path in modules.items():
        if path.name == "__main__.py" or module == "rpn_core":
            continue  # program and public names: they call on every room, none on them
        for name in imported(path):
            if name in modules and modules[name].parent != path.parent:
                here, there = (place(p.parent) for p in (path, modules[name]))
                arrows.setdefault(here, {})[there] = f"{module} imports {name}"
    return arrows


def _module(path: Path) -> str:
    return place(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def circles(arrows: dict[str, dict[str, str]]) -> list[str]:
    """What keeps the folders from lying one above the other; [] where nothing does."""
    left = {folder: dict(to) for folder, to in arrows.items()}
    while free := [folder for to in left.values() for folder in to if folder not in left] + [
        folder for folder, to in left.items() if not to
    ]:
        for folder in free:
            left.pop(folder, None)
            for to in left.values():
                to.pop(folder, None)
    return sorted(said for to in left.values() for said in to.values())


def test_the_rules_are_held_against_real_files():
    assert {"rpn_core/stages/suppression.py", "rpn_core/models/catalogue/table.py"} <= {
        place(p) for p in MATHS
    }
    assert "rpn_core.stages.pre_nms.Selection" in imported(SUPPRESSION)
    assert breaches([SUPPRESSION], "torch", "rpn_core.stages.pre_nms")


def test_the_library_knows_no_page():
    assert breaches(LIBRARY, "streamlit", "pages", "app") == []


def test_the_maths_knows_no_picture_and_no_command():
    assert breaches(MATHS, "plotly", "rpn_core.figures", "rpn_core.cli") == []


def test_figures_are_drawn_from_results_and_load_no_model():
    figures = [p for p in LIBRARY if place(p).startswith("rpn_core/figures/")]
    assert len(figures) > 3
    assert breaches(figures, "rpn_core.models", "rpn_core.cli", "rpn_core.training") == []


def test_the_table_of_models_is_cheap_to_import():
    table = ROOT / "rpn_core" / "models" / "catalogue"
    assert breaches([table / "table.py", table / "card.py"], "timm", "torchvision") == []


def test_training_is_not_needed_to_look_at_photos():
    lookers = [
        p for p in LIBRARY if not place(p).startswith(("rpn_core/training/", "rpn_core/cli/"))
    ]
    assert breaches(lookers, "rpn_core.training") == []


@pytest.mark.parametrize(
    "path", [p for p in LIBRARY + PAGES if not place(p).startswith(WHOLE_SETTINGS)], ids=place
)
def test_a_stage_takes_its_own_slice_of_the_settings(path):
    assert takes_whole_settings(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(s: Settings): ...", ["f"]),
        ("def f(*, s: Settings | None): ...", ["f"]),
        ("def f(s: NmsSettings) -> Settings: ...", []),
        ("class Seen:\n    s: Settings", ["Seen"]),
        ("class Seen:\n    s: NmsSettings", []),
        ("async def f(s: Settings): ...", ["f"]),
    ],
)
def test_whole_settings_are_recognised(source, found):
    assert takes_whole_settings(source) == found


def test_no_folder_is_reached_from_itself():
    arrows = folder_arrows(LIBRARY + PAGES)
    assert "rpn_core/nms" in arrows["rpn_core/stages"]  # it sees what there is
    assert circles(arrows) == []


def test_a_circle_is_told():
    assert circles({"a": {"b": "a imports b"}, "b": {"c": "b imports c"}}) == []
    assert circles({"a": {"b": "ab"}, "b": {"c": "bc"}, "c": {"b": "cb", "d": "cd"}}) == [
        "ab",
        "bc",
        "cb",
    ]


def test_whoever_may_see_all_settings_does():
    seen = [
        entry
        for entry in WHOLE_SETTINGS
        if any(
            takes_whole_settings(p.read_text(encoding="utf-8"))
            for p in LIBRARY + PAGES
            if place(p).startswith(entry)
        )
    ]
    assert seen == list(WHOLE_SETTINGS)
