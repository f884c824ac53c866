"""Rules that hold for every line of the app: nothing unpickles, nothing runs what came in."""

from __future__ import annotations

import ast
import contextlib
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rpn_core.errors import UserError
from rpn_core.labels.formats.read import read_labels
from rpn_core.models.load import load_model
from rpn_core.photo.reader import read_photo
from rpn_core.photo.samples import sample_pixels
from rpn_core.settings import Settings
from rpn_core.settings.presets import preset
from rpn_core.settings.url import from_query
from tests.hostile_files import picture
from tests.unit.labels_data import coco, upload

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    ROOT / "app.py",
    *sorted((ROOT / "pages").rglob("*.py")),
    *sorted((ROOT / "rpn_core").rglob("*.py")),
]
# Readers that run what they read, and ways to start something.
FORBIDDEN_MODULES = {
    "pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve",
    "subprocess", "pty", "xml",
}  # fmt: skip
# What a type and an error are called; the reading is defusedxml's.
HARMLESS = {"xml.etree.ElementTree.Element", "xml.etree.ElementTree.ParseError"}
# Commands of the shell, which the app never imports (test_layers.py); `train` asks git for itself.
NOT_IN_THE_APP = ("rpn_core/cli/", "rpn_core/training/")
FORBIDDEN_CALLS = {
    "eval", "exec", "os.system", "os.popen", "np.load", "numpy.load", "yaml.load",
    "yaml.unsafe_load", "yaml.full_load", "tempfile.mktemp", "torch.jit.load", "torch.hub.load",
}  # fmt: skip


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def breaches(source: str) -> list[str]:
    """What a source file does that none may do."""
    found = []
    for node in ast.walk(ast.parse(source)):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        found += [
            f"imports {name}"
            for name in modules
            if name.partition(".")[0] in FORBIDDEN_MODULES and name not in HARMLESS
        ]
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            # A loader of one's own is fine if it is a safe one.
            safe = f"class {options.get('Loader')}(yaml.SafeLoader)" in source
            if name in FORBIDDEN_CALLS and not safe:
                found.append(f"calls {name}")
            if name == "torch.load" and options.get("weights_only") != "True":
                found.append("calls torch.load without weights_only=True")
            if "allow_pickle" in options or options.get("unsafe_allow_html", "False") != "False":
                found.append(f"calls {name} with an unsafe option")
    return found


def test_the_rules_find_what_they_are_for():
    assert breaches("import pickle") == ["imports pickle"]
    assert breaches("from pickle import loads") == ["imports pickle.loads"]
    assert breaches("from xml.etree import ElementTree")
    assert breaches("from xml.etree.ElementTree import Element") == []
    assert breaches("yaml.load(f, Loader=yaml.Loader)") == ["calls yaml.load"]
    assert breaches("torch.load(f)") == ["calls torch.load without weights_only=True"]
    assert breaches("torch.load(f, weights_only=True)") == []
    assert breaches("np.load(f, allow_pickle=True)")
    assert breaches("st.markdown(x, unsafe_allow_html=True)")
    assert breaches("model.eval()") == []
    assert len(SOURCES) > 100


@pytest.mark.parametrize("path", SOURCES, ids=place)
def test_no_line_unpickles_or_runs_what_it_reads(path):
    found = breaches(path.read_text(encoding="utf-8"))
    if place(path).startswith(NOT_IN_THE_APP):
        found = [what for what in found if what != "imports subprocess"]
    assert found == []


_opened: list[str] | None = None


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if _opened is not None and event in ("open", "os.listdir", "os.scandir", "os.mkdir"):
        _opened.append(str(arguments[0]))


sys.addaudithook(_note)  # for good: Python has no way to take one away


@contextlib.contextmanager
def opened() -> Iterator[list[str]]:
    """Every path that Python opens, lists or makes meanwhile."""
    global _opened
    _opened = []
    try:
        yield _opened
    finally:
        _opened = None


def test_opened_files_are_seen(tmp_path):
    with opened() as paths, contextlib.suppress(OSError):
        open(tmp_path / "marker").close()
    assert str(tmp_path / "marker") in paths


MARK = "mark-of-a-stranger"
PATHS = [f"../../{MARK}", f"/{MARK}", f"..\\{MARK}", f"file:///{MARK}", f"{MARK}\0.jpg", MARK]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_of_a_visitor_reaches_the_file_system(path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(path.replace("\0", ""), b"x")
        archive.writestr("x.json", coco(images=[{"id": 1, "file_name": path}]))
    with opened() as paths:
        assert read_photo(picture("PNG"), path)[0].hw == (16, 16)
        for read in (
            sample_pixels,
            load_model,
            lambda name: load_model("lite0-fpn", name),
            lambda name: preset(name, (8,), Settings()),
        ):
            with pytest.raises(UserError):
                read(path)
        from_query(dict.fromkeys(("sizes", "nms", "model", "photo"), path), Settings())
        for files in ({path: coco().encode()}, {"x.zip": buffer.getvalue()}, {path: b""}):
            with contextlib.suppress(UserError):
                read_labels(upload(files))
    assert [name for name in paths if MARK in name] == []
