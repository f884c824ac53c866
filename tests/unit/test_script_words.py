"""What the components' scripts say is found by the catalogue and answered in the language."""

from __future__ import annotations

import re
from gettext import NullTranslations
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract_javascript

from pages._ui.canvas import assets
from pages._ui.scene.browser_memory import BrowserMemory
from pages._ui.scene.payload import pack_scene
from pages._ui.scripts.words import templates, words
from rpn_core.messages import language
from tests.marked_language import MARKED
from tests.unit.test_canvas_payload import make_scene, unpack

UI = Path(__file__).resolve().parents[2] / "pages" / "_ui"
SCRIPTS = sorted(UI.rglob("*.js"))
PAGES = sorted(UI.rglob("*.html"))


class Polish(NullTranslations):
    """Three forms: 1; 2 to 4 but not 12 to 14; all others."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        if n == 1:
            return "{count} ramka"
        few = 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14
        return "{count} ramki" if few else "{count} ramek"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_catalogue_finds_what_the_browser_is_handed(script: Path) -> None:
    calls = {"tr": None, "ntr": (1, 2)}
    with script.open("rb") as file:
        extracted = {
            (texts,) if isinstance(texts, str) else tuple(texts[: 2 if name == "ntr" else 1])
            for _, name, texts, _ in extract_javascript(file, calls, [], {})
        }
    assert set(templates(script.read_text("utf-8"))) == extracted


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_each_call_has_a_literal(script: Path) -> None:
    text = script.read_text("utf-8")
    calls = re.findall(r"(?<!function )\bn?tr\(", text)
    literal = re.findall(r"\bn?tr\(\s*\"", text)
    assert len(calls) == len(literal)


def test_a_language_without_words_of_its_own_costs_nothing() -> None:
    script = assets.javascript()
    assert words(script) is None
    with language(NullTranslations()):
        assert words(script) is None


def test_a_language_answers_every_template_of_the_canvas() -> None:
    script = assets.javascript()
    with language(MARKED):
        told = words(script)
    assert told is not None
    answered = told["texts"].keys() | told["plurals"].keys()
    assert answered == {template[0] for template in templates(script)}
    assert told["texts"]["Fit"] == "⟦Fit⟧"


def test_plural_forms_go_by_number() -> None:
    with language(Polish()):
        told = words('ntr("{count} box", "{count} boxes", n)')
    assert told is not None
    plural = told["plurals"]["{count} box"]
    assert [plural["forms"][plural["form"][n]].split()[1] for n in (0, 1, 2, 12, 122)] == [
        "ramek", "ramka", "ramki", "ramek", "ramki",
    ]  # fmt: skip


def test_words_travel_once_a_language_and_make_another_picture() -> None:
    scene, browser, script = make_scene(), BrowserMemory(), assets.javascript()
    english = pack_scene(scene, browser=browser)
    browser.note(english.photo_id, english.arrays, english.words_id)
    with language(MARKED):
        told = words(script)
        first = pack_scene(scene, words=told, browser=browser)
        browser.note(first.photo_id, first.arrays, first.words_id)
        second = pack_scene(scene, words=told, browser=browser)
    headers = [unpack(packed)[0] for packed in (english, first, second)]
    assert [header["words"] for header in headers] == [None, first.words_id, first.words_id]
    assert [header.get("sentWords") for header in headers] == [None, told, None]
    assert first.id == second.id != english.id
    assert headers[2]["palette"]["fates"][6]["name"] == "⟦kept: a proposal⟧"
    assert pack_scene(scene, browser=browser).id == english.id
    browser.forget()
    with language(MARKED):
        assert unpack(pack_scene(scene, words=told, browser=browser))[0]["sentWords"] == told


class _Words(HTMLParser):
    """What a person could read or hear of a page of HTML, and which labels it asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.labels: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.words += [given[name] or "" for name in ("title", "aria-label", "placeholder", "alt")
                       if name in given]  # fmt: skip
        if given.get("data-label"):
            self.labels.add(given["data-label"] or "")

    def handle_data(self, data: str) -> None:
        if re.search(r"[^\W\d_]", data):
            self.words.append(data)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_words_stand_in_html(page: Path) -> None:
    read = _Words()
    read.feed(page.read_text("utf-8"))
    assert read.words == []


def test_every_label_of_the_canvas_has_words_and_all_words_have_a_place() -> None:
    scripts = assets.javascript()
    table = re.search(r"const LABELS = \{\n(.*?)\n\};", scripts, re.DOTALL)
    assert table is not None
    told = set(re.findall(r"^  (\w+): \(\) =>", table[1], re.MULTILINE))
    asked = set(re.findall(r'data-label="(\w+)"', assets.html() + scripts))
    assert told == asked
