"""In another language every word of a page is in that language: none is left out of the catalogue.

Every text is drawn in a language that marks what it says; what then has letters outside the marks
was said past `rpn_core.messages`.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from google.protobuf.message import Message as Proto
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Dataframe

import rpn_core.translations
from pages._ui import canvas
from pages._ui import language as visit
from pages._ui.canvas import CanvasResult, Scene
from pages._ui.controls.side_bar import TABS
from pages._ui.nms import scene as nms_scene
from pages._ui.state import CAMERA_ON, EXPLORE_PANEL, GALLERY, NMS_PANEL, OPEN_TAB
from rpn_core.fate import Fate
from rpn_core.labels.example import example_labels
from rpn_core.messages import in_english, language
from rpn_core.models.card import ModelCard, WeightsKind
from rpn_core.models.card_text import card_parts
from rpn_core.models.table import CARDS, REPOSITORY
from rpn_core.samples import samples
from tests.app.app_run import AppRun
from tests.app.conftest import ROOT, TIMEOUT_S
from tests.marked_language import Marked
from tests.pictures import jpeg

OpenApp = Callable[..., AppRun]

# The same in every language: names, colours of Markdown, times.
PLAIN = re.compile(
    r"### RPN Explorer|IoU|CPU|cpu|cuda|mps|bfloat16|float32|green|gray|red|[xy][12]|[\d.]+ m?s"
)
# Elements without words, or whose words are their makers' own: what is typed or pasted as it is,
# formulas, style sheets, and the canvas, whose scripts are checked by tests/browser.
WITHOUT_WORDS = {"code", "latex", "html", "bidi_component", "imgs", "empty"}
# Where a chart keeps its words (plotly.com/python/reference).
SHOWN_IN_A_CHART = {"text", "hovertext", "hovertemplate", "texttemplate", "name", "ticktext", "y"}
# Fields of Streamlit's messages that nobody reads.
NOT_READ = {
    "id", "form_id", "icon", "format", "type", "element_type", "theme", "page", "page_script_hash",
    "url", "user_key", "key", "group_id", "query_string", "columns", "query_params", "set_value",
    "raw_values", "file_type", "default_raw_values", "fragment_id", "deferred_file_id",
}  # fmt: skip


class FactsApart(Marked):
    """Leaves facts outside of the marks, so that one that is English shows: "⟦Level ⟧3⟦⟧"."""

    def gettext(self, message: str) -> str:
        return _FACT.sub(r"⟧\1⟦", super().gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _FACT.sub(r"⟧\1⟦", super().ngettext(msgid1, msgid2, n))


_FACT = re.compile(r"(?<!{)({\w+[^{}]*})(?!})")
LANGUAGE = FactsApart()
VISIT_LANGUAGE = visit.visit_language
LETTERS = re.compile(r"[^\W\d_]+")
MARKED = re.compile("⟦[^⟦⟧]*⟧")


def texts(block: Block) -> Iterator[tuple[str, str]]:
    """Kind of element and text, of everything that is drawn in a block."""
    for node in block.children.values():
        if node.type in WITHOUT_WORDS:
            continue
        if node.type == "plotly_chart":
            yield from ((node.type, text) for text in _labels(json.loads(node.proto.spec)))
        elif isinstance(node, Dataframe):
            yield from ((node.type, text) for text in _cells(node))
        elif getattr(node, "proto", None) is not None:
            yield from ((node.type, text) for text in _fields(node.proto))
        if isinstance(node, Block):
            yield from texts(node)


def _cells(table: Dataframe) -> Iterator[str]:
    config = json.loads(table.proto.columns or "{}")
    yield from (str(config.get(name, {}).get("label", name)) for name in table.value.columns)
    for name in table.value.columns:
        yield from (cell for cell in table.value[name] if isinstance(cell, str))


def _labels(part: Any, key: str = "") -> Iterator[str]:
    """What is read in a chart; the places of its numbers, and values for programs, are not."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name not in ("template", "customdata"):
                yield from _labels(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from _labels(value, key)
    elif isinstance(part, str) and key in SHOWN_IN_A_CHART:
        yield re.sub(r"%{[^{}]*}|<[^<>]*>", "", part)


def _fields(proto: Proto) -> Iterator[str]:
    for field, value in proto.ListFields():
        if field.name in NOT_READ:
            continue
        for part in [value] if not field.is_repeated else value:
            if isinstance(part, str):
                yield part
            elif isinstance(part, Proto):
                yield from _fields(part)


def facts() -> set[str]:
    """What stands on the page as it came from elsewhere."""
    cards, entries = CARDS.values(), samples()
    with in_english():  # a title that is a name is told to nobody's catalogue
        titles = {str(card.title) for card in cards}
    return {
        *titles,
        *(card.name for card in cards),
        *(text for sample in entries for text in (sample.credit, sample.licence)),
        *example_labels().labels.categories,
        *(data for card in cards for data in _data_sets(card)),
        *(str(part).strip() for card in cards for part in card_parts(card)),  # a file
        *("garden.jpg", "notes.txt", "no connection"),
        "fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth",
        "https://download.pytorch.org/models/fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth",
    }


def _data_sets(card: ModelCard) -> Iterator[str]:
    """What its figures were measured on, as the file beside the weights names it."""
    if card.weights_file is not None and card.weights_kind is WeightsKind.BUNDLED:
        beside = (REPOSITORY / card.weights_file).with_suffix(".json")
        yield from (row["data"] for row in json.loads(beside.read_text()).get("figures", []))


def unmarked(test: AppTest) -> set[tuple[str, str]]:
    """What is drawn that no catalogue could have translated: kind of element, part of its text."""
    let_off = facts()
    return {
        (kind, part)
        for kind, text in texts(test._tree)
        for part in map(str.strip, MARKED.split(text))
        if LETTERS.search(part) and not PLAIN.fullmatch(part) and part not in let_off
    }


class Canvas:
    """Stands for the picture: selects what a test wants."""

    anchor: int | None = None

    def __call__(self, scene: Scene, **_: Any) -> CanvasResult:
        self.scene = scene
        return CanvasResult(anchor=self.anchor)

    def select(self, app: AppRun, fate: Fate) -> None:
        """Select the first box that ended so, and run the app."""
        assert self.scene.scored is not None
        ledger = self.scene.scored.ledger
        self.anchor = int(torch.nonzero(ledger.fate == int(fate))[0])
        app.test.run()
        app.must_be_whole()


@pytest.fixture
def picture(monkeypatch: pytest.MonkeyPatch) -> Canvas:
    stand_in = Canvas()
    monkeypatch.setattr(canvas, "box_canvas", stand_in)
    monkeypatch.setattr(nms_scene, "box_canvas", stand_in)
    return stand_in


@pytest.fixture(autouse=True)
def _marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(visit, "visit_language", lambda: LANGUAGE)
    with language(LANGUAGE):  # AppTest looks options up by their words, outside of the app's run
        yield


def open_nms(app: AppRun) -> AppRun:
    app.test.switch_page("pages/nms.py").run()
    app.must_be_whole()
    return app


def show(app: AppRun, key: str, value: object) -> None:
    app.test.session_state[key] = value
    app.test.run()
    app.must_be_whole()


FATES = (Fate.BELOW_PRE_NMS_TOP_N, Fate.SUPPRESSED, Fate.BEYOND_POST_NMS_TOP_N, Fate.KEPT)


def test_explore(picture: Canvas, app: AppRun) -> None:
    assert any("Your photo" in text for _, text in texts(app.test._tree))
    assert unmarked(app.test) == set()
    for fate in FATES[:2] + FATES[3:]:
        picture.select(app, fate)
        assert unmarked(app.test) == set()
    for panel in ("boxes", "keep"):
        show(app, EXPLORE_PANEL.key, panel)
        assert unmarked(app.test) == set()


def test_the_side_bar(app: AppRun) -> None:
    show(app, GALLERY.key, True)
    show(app, CAMERA_ON.key, True)
    assert any("Use the camera" in text for _, text in texts(app.test._tree))
    assert unmarked(app.test) == set()
    for tab in TABS:
        show(app, OPEN_TAB.key, str(tab))
        assert unmarked(app.test) == set()


@pytest.mark.parametrize(
    "query",
    [
        {"model": "vgg16", "preset": "paper 2015"},
        {"score": "1"},
        {"size": "a lot", "model": "unknown", "preset": "unknown", "photo": "own"},
    ],
    ids=["an untrained model", "no proposals", "a link that is wrong"],
)
def test_explore_and_nms_with_little_to_show(open_app: OpenApp, query: dict[str, str]) -> None:
    app = open_app(**query)
    for panel in ("trace", "boxes", "keep"):
        show(app, EXPLORE_PANEL.key, panel)
        assert unmarked(app.test) == set()
    open_nms(app)
    for panel in ("box", "matrix", "objects", "top_n"):
        show(app, NMS_PANEL.key, panel)
        assert unmarked(app.test) == set()


@pytest.mark.parametrize("method", ["greedy", "soft-gaussian", "soft-linear", "none"])
def test_nms(open_app: OpenApp, picture: Canvas, method: str) -> None:
    app = open_nms(open_app(method=method))
    assert unmarked(app.test) == set()
    for panel in ("matrix", "objects", "top_n", "box"):
        show(app, NMS_PANEL.key, panel)
        assert unmarked(app.test) == set()
    for fate in FATES[::3] if method == "none" else (*FATES[:2], FATES[3]):
        picture.select(app, fate)
        assert unmarked(app.test) == set()


def test_the_dialog_of_a_model(app: AppRun) -> None:
    app.click("model_card")
    assert any("All models" in text for _, text in texts(app.test._tree))
    assert unmarked(app.test) == set()


def test_what_cannot_be_loaded(app: AppRun) -> None:
    app.set("model", "fasterrcnn_mobilenet_v3_large_320_fpn")  # there is no connection
    (complaint,) = app.complaints
    assert "Still in use" in complaint
    app.set("photo_upload", ("notes.txt", b"no photo", "text/plain"))
    app.set("settings_upload", ("settings.json", b"[", "application/json"))
    assert len(app.complaints) == 3
    assert unmarked(app.test) == set()


def test_a_photo_of_one_s_own(app: AppRun) -> None:
    app.set("photo_upload", ("garden.jpg", jpeg(320, 200), "image/jpeg"))
    show(app, EXPLORE_PANEL.key, "keep")
    assert unmarked(app.test) == set()


# ---- which language a visit has --------------------------------------------------------------


def catalogue(folder: Path, locale: str, said: dict[str, str]) -> None:
    """Write a .mo file (GNU gettext manual, "The Format of GNU MO Files")."""
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **said}.items())
    ids, strings = ([text.encode() for text in column] for column in zip(*pairs, strict=True))
    count, tables, texts_ = len(pairs), b"", b""
    start = 28 + 16 * count
    for column in (ids, strings):
        for text in column:
            tables += struct.pack("<II", len(text), start + len(texts_))
            texts_ += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, start)
    file = folder / locale / "LC_MESSAGES" / "rpn_explorer.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(head + tables + texts_)


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(visit, "visit_language", VISIT_LANGUAGE)
    monkeypatch.setattr(rpn_core.translations, "LOCALE", tmp_path)
    catalogue(tmp_path, "de", {"Your photo": "Ihr Foto", "Model card": "Steckbrief"})
    visit._translations.cache_clear()
    yield
    visit._translations.cache_clear()


@pytest.mark.parametrize(
    ("locale", "label"), [("de-AT", "Ihr Foto"), ("en-GB", "Your photo"), ("fr", "Your photo")]
)
@pytest.mark.usefixtures("german")
def test_a_visit_is_in_the_browser_s_language(locale: str, label: str) -> None:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S)
    test.context["locale"] = locale
    test.run()
    assert not test.exception
    assert test.file_uploader(key="photo_upload").label == label


@pytest.mark.usefixtures("german")
def test_a_locale_that_is_a_path_is_none(tmp_path: Path) -> None:
    catalogue(tmp_path, "de/../xx", {"Fit": "elsewhere"})
    assert visit._translations("de").gettext("Your photo") == "Ihr Foto"
    assert visit._translations("de/../xx").gettext("Fit") == "Fit"
    assert visit._translations("").gettext("Fit") == "Fit"
