"""What `rpn_core` promises to those who import it: these names and no others, all documented."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import rpn_core
from tests.unit.test_layers import LIBRARY, ROOT, imported, place

FRONT = Path(rpn_core.__file__)
NAMES = {*rpn_core.PUBLIC, "__version__"}


def for_type_checkers() -> dict[str, str]:
    """Name -> where it is from, as the front file says to a type checker."""
    (block,) = (
        node
        for node in ast.parse(FRONT.read_text("utf-8")).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    modules: dict[str, str] = {}
    said: dict[str, str] = {}
    for node in block.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == alias.asname:
                    said[alias.name] = f"{node.module}:{alias.name}"
                else:
                    modules[str(alias.asname)] = f"{node.module}.{alias.name}"
        else:
            assert isinstance(node, ast.Assign)
            module, _, name = ast.unparse(node.value).partition(".")
            said[ast.unparse(node.targets[0])] = f"{modules[module]}:{name}"
    return said


def test_these_names_and_no_others_are_public():
    assert dir(rpn_core) == rpn_core.__all__ == sorted(NAMES)
    everything: dict[str, object] = {}
    exec("from rpn_core import *", everything)
    assert set(everything) - {"__builtins__"} == NAMES


@pytest.mark.parametrize("name", rpn_core.PUBLIC)
def test_every_name_is_there_and_says_what_it_is(name):
    found = getattr(rpn_core, name)
    assert inspect.isclass(found) or inspect.isfunction(found)
    words = found.__doc__
    # A dataclass without a docstring gets its signature for one.
    assert words is not None
    assert not words.startswith(f"{found.__name__}(")
    assert words.strip().splitlines()[0].endswith((".", ":"))


def test_a_type_checker_is_told_the_same():
    assert for_type_checkers() == rpn_core.PUBLIC
    assert (FRONT.parent / "py.typed").is_file()


def test_no_name_hides_a_folder_or_file_of_the_library():
    inside = {path.stem for path in FRONT.parent.iterdir()}
    assert {"settings", "errors"} <= inside
    assert inside & set(rpn_core.PUBLIC) == set()


def test_what_is_not_there_is_said_in_pythons_own_words():
    with pytest.raises(AttributeError, match="module 'rpn_core' has no attribute 'nothing'"):
        _ = rpn_core.nothing


def test_the_import_is_cheap():
    script = (
        "import sys; import rpn_core; dir(rpn_core); rpn_core.__version__; "
        "print(sorted({'torch', 'numpy', 'PIL', 'numba', 'streamlit'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert said.stdout.strip() == "[]", said.stderr


def test_the_library_itself_does_not_go_by_the_front_door():
    """It would find modules half imported; only the version is for all."""
    through = {
        (place(path), name)
        for path in LIBRARY
        for name in imported(path) & {f"rpn_core.{name}" for name in NAMES}
    }
    assert through == {("rpn_core/cli/__init__.py", "rpn_core.__version__")}
