"""No sentence without a place in the catalogue, and no place without a sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from rpn_core import translations as core_translations
from rpn_core.cli import main
from rpn_core.errors import UserError
from rpn_core.figures.funnel import funnel_figure
from rpn_core.messages import language, msg, tr
from rpn_core.photo.samples import samples
from rpn_core.results.funnel import FunnelStage
from rpn_core.stages.fate import Fate
from rpn_core.translations import DOMAIN, translations
from tests.catalogue.extraction import POT, ROOT, write
from tests.catalogue.let_off import LET_OFF
from tests.catalogue.marked import ERRORS, faults
from tests.catalogue.unmarked import unmarked

PYTHON = [
    ROOT / "app.py",
    *(p for top in ("pages", "rpn_core") for p in (ROOT / top).rglob("*.py")),
]
SCRIPTS = sorted((ROOT / "pages").rglob("*.js"))


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def found(source: str) -> list[tuple[int, str]]:
    """(line, what is wrong) by both rules: badly marked, and not marked at all."""
    tree = ast.parse(source)
    return sorted([*faults(tree), *unmarked(tree)])


def all_found() -> Iterator[tuple[str, int, str]]:
    for path in sorted(PYTHON):
        for line, text in found(path.read_text(encoding="utf-8")):
            yield place(path), line, text


ALL_FOUND = list(all_found())


def is_let_off(path: str, text: str) -> bool:
    return any(exception.holds(path, text) for exception in LET_OFF)


def test_the_committed_catalogue_is_what_the_sources_say(tmp_path):
    write(tmp_path / "messages.pot")
    made = (tmp_path / "messages.pot").read_text(encoding="utf-8")
    assert made == POT.read_text(encoding="utf-8"), "run `make catalogue` and commit what it wrote"
    assert made.count("msgid ") > 100


def test_every_text_is_marked_and_every_mark_is_sound():
    left = [
        f"{path}:{line}: {text[:100]!r}"
        for path, line, text in ALL_FOUND
        if not is_let_off(path, text)
    ]
    assert not left, "not in the catalogue (see rpn_core/messages.py):\n" + "\n".join(left)


def test_the_exceptions_are_still_needed():
    idle = [
        exception
        for exception in LET_OFF
        if not any(exception.holds(path, text) for path, _, text in ALL_FOUND)
    ]
    assert idle == [], "these let nothing off: take them out of let_off.py"


def test_every_error_that_carries_a_message_is_known_to_the_extraction():
    classes = {
        node.name
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in ERRORS for base in node.bases)
    }
    assert {"UserError", *classes} == set(ERRORS)


def test_nothing_that_scripts_say_escapes_the_extraction(tmp_path):
    """Babel reads scripts by tokens, so what it finds is held against a plain search."""
    say = re.compile(r"""\bn?tr\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`$]*)`)""")
    planted = 'a(tr("one {n}", {n: 1})); `${tr("two")}`; ntr("three", "threes", {count: 2});'
    (tmp_path / "planted.js").write_text(planted)
    write(tmp_path / "planted.pot", [str(tmp_path)])
    with (tmp_path / "planted.pot").open("rb") as file:
        assert {str(m.id) for m in read_po(file) if m.id} == {
            "one {n}", "two", "('three', 'threes')"
        }  # fmt: skip
    with POT.open("rb") as file:
        known = {m.id[0] if isinstance(m.id, tuple) else m.id for m in read_po(file)}
    said = {
        "".join(parts)
        for path in SCRIPTS
        for parts in say.findall(path.read_text(encoding="utf-8"))
    }
    # A long one is put together of several literals, of which the search sees the first.
    assert {text for text in said if not any(one.startswith(text) for one in known)} == set()


BADLY_MARKED = [
    'raise UserError(f"{name} is empty.")',
    'raise UserError("It is " + name)',
    'raise UserError("{name} is {what}.", name=name)',
    'raise UserError("{name} is empty.", name=name, size=3)',
    'raise UserError("{name} is empty.")',
    'raise UserError("{name} is empty.", **facts)',
    'raise UserError("A {b} c.", b=msg(word))',
    'raise FeaturesLost(f"{device} is gone.")',
    'nmsg("{count} box", count=3)',
    'nmsg("{count} box of {all}", "{count} boxes", count=3)',
    'x = f"{tr(word)}"',
    'TITLE = tr("Sample")',
    '@dialog(tr("Model card"))\ndef show(): ...',
    'def show(title=tr("Sample")): ...',
]
NOT_MARKED = [
    'st.caption(f"{n} boxes of {m}")',
    'st.metric("Recall", 3)',
    'left.slider("Size", help="Sides of it")',
    'st.button(tr("Go"), help=f"{n} more boxes")',
    'st.tabs(["Boxes", "Charts"])',
    'st.radio("Show" if x else tr("Hide"))',
    'parser.add_argument("--out", help="folder")',
    'words = {"a": "two words"}',
    'axis = {"title": {"text": "boxes"}}',
    'table = {"object": [], tr("best IoU"): []}',
    'st.segmented_control("By", KINDS)',
    'style = ClassStyle("has a positive", LINE)',
    'name = "with spaces" if x else msg("marked")',
    'note = f"{count} more"',
    'msg("{a} is here.", a="some other words")',
    'print("Nothing was found.")',
    'raise OSError("only half of it came")',
    "text = '<p>Nothing was found.</p>'",
]
SOUND = [
    '"""A docstring with words."""',
    'class A:\n    """Words of it."""\n    x = 1\n    """An attribute of it."""',
    'raise UserError("{name} is {size:,} bytes, {name!r}.", name=name, size=3)',
    "raise UserError(message)",
    'raise UserError(nmsg("{count} box", "{count:,} boxes", count=3))',
    'x = msg("a {b} c", b=f(msg("inner words")))',
    'msg(\'a list of {"file_name", "score"} and more\')',
    'nmsg("one box", "{count} boxes", count=3)',
    'raise ValueError(f"{n} names came for {m} levels")',
    'assert x, "never to be seen"',
    '_log.warning("damaged weights: %s", path)',
    'logging.getLogger(__name__).exception("could not be read")',
    'warnings.warn("old form of it")',
    'DEVICE = "cuda"\nst.slider(tr("Size"), key="min_side")',
    'x = f"{width} x {height} px"',
    'x = rf"{a} \\cdot {b} \\exp(x)"',
    'f"<b>{title}</b>"',
    'def show(): return tr("Sample")',
    'st.button(label=tr("Go"), on_click=lambda: tr("Sample"))',
    'verbatim("Faster R-CNN, ResNet-50 FPN")',
]


@pytest.mark.parametrize("source", BADLY_MARKED + NOT_MARKED)
def test_the_rules_find_what_was_planted(source):
    assert found(source) != []


@pytest.mark.parametrize("source", SOUND)
def test_the_rules_let_pass_what_is_sound(source):
    assert found(source) == []


@pytest.fixture
def pseudo(tmp_path, monkeypatch):
    """A language in which every text of the catalogue is said between marks."""
    with POT.open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        if message.id:
            forms = message.id if isinstance(message.id, tuple) else (message.id,)
            said = tuple(f"⟦{form}⟧" for form in forms)
            message.string = said if len(said) > 1 else said[0]
            message.flags.discard("fuzzy")
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / f"{DOMAIN}.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(core_translations, "LOCALE", tmp_path)


@pytest.mark.usefixtures("pseudo")
def test_errors_figures_and_samples_are_said_in_a_language():
    stages = [FunnelStage("kept", Fate.KEPT.label, None, (2000,), (0,))]
    with language(translations("xx")):
        assert str(UserError("{file} is empty (0 bytes): choose a file that has a picture in it.",
                             file="a.jpg")).startswith("⟦a.jpg is empty")  # fmt: skip
        figure = funnel_figure(stages, ["stride 8"])
        assert figure.layout.xaxis.title.text == "⟦anchors left⟧"
        assert list(figure.data[0].y) == ["⟦kept: a proposal⟧"]
        assert str(samples()[0].title) == "⟦Astronaut⟧"
    assert str(samples()[0].title) == "Astronaut"


@pytest.mark.usefixtures("pseudo")
def test_a_language_without_a_catalogue_is_english():
    with language(translations("tlh")):
        assert tr("anchors left") == str(msg("anchors left")) == "anchors left"


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize(
    ("variable", "value", "mark"),
    [("LANGUAGE", "xx", "⟦"), ("LANG", "xx_YY.UTF-8", "⟦"), ("LANG", "en_GB.UTF-8", "")],
)
def test_the_command_line_speaks_the_environments_language(
    monkeypatch, capsys, tmp_path, variable, value, mark
):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("COLUMNS", "1000")
    with pytest.raises(SystemExit):
        main(["propose", "--help"])
    shown = capsys.readouterr().out
    assert f"{mark}find proposals in photos, and write them as COCO results" in shown
    assert f"{mark}auto, cuda, mps or cpu" in shown
    assert main(["propose", str(tmp_path / "none.jpg"), "--out", str(tmp_path / "o.json")]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{mark}{tmp_path}/none.jpg is neither a file nor a folder")
