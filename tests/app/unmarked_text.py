"""What a page says past the catalogue, found by drawing it in a language that marks its words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message as Proto
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Dataframe, Table

from pages._ui.design.exchange import PLACEHOLDER
from rpn_core.frameworks.table import FRAMEWORKS, export_anchors
from rpn_core.labels.formats.example import example_labels
from rpn_core.labels.label_set import UNNAMED
from rpn_core.messages import in_english
from rpn_core.models.catalogue.card import ModelCard, WeightsKind
from rpn_core.models.catalogue.card_text import card_parts
from rpn_core.models.catalogue.table import CARDS, DEFAULT_MODEL
from rpn_core.photo.samples import samples
from rpn_core.settings import AnchorSettings
from rpn_core.shipped import ROOT
from tests.marked_language import Marked

# The same in every language: names, colours of Markdown, times.
PLAIN = re.compile(
    r"### RPN Explorer|IoU|,? ?IoU ≥ [\d.]+:?|CPU|cpu|cuda|mps|bfloat16|float32"
    r"|green|gray|red|[xy][12]|d[xywh]|w × h|[\d.]+ (?:m?s|[kMG]?B)|- :\w+\[:material/\w+:\]"
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
    "raw_values", "tag", "file_type", "default_raw_values", "fragment_id", "deferred_file_id",
}  # fmt: skip


class FactsApart(Marked):
    """Leaves facts outside of the marks, so that one that is English shows: "⟦Level ⟧3⟦⟧"."""

    def gettext(self, message: str) -> str:
        return _FACT.sub(r"⟧\1⟦", super().gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _FACT.sub(r"⟧\1⟦", super().ngettext(msgid1, msgid2, n))


_FACT = re.compile(r"(?<!{)({\w+[^{}]*})(?!})")
LANGUAGE = FactsApart()
STRIDES = CARDS[DEFAULT_MODEL].strides
LETTERS = re.compile(r"[^\W\d_]+")
MARKED = re.compile("⟦[^⟦⟧]*⟧")


def texts(block: Block) -> Iterator[tuple[str, str]]:
    """Kind of element and text, of everything that is drawn in a block."""
    for node in block.children.values():
        if node.type in WITHOUT_WORDS:
            continue
        if node.type == "plotly_chart":
            yield from ((node.type, text) for text in _labels(json.loads(node.proto.spec)))
        elif isinstance(node, Dataframe | Table):
            yield from ((node.type, text) for text in _cells(node))
        elif getattr(node, "proto", None) is not None:
            yield from ((node.type, text) for text in _fields(node.proto))
        if isinstance(node, Block):
            yield from texts(node)


def _cells(table: Dataframe | Table) -> Iterator[str]:
    config = json.loads(getattr(table.proto, "columns", "") or "{}")
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
    categories = example_labels().labels.categories
    with in_english():  # a title that is a name is told to nobody's catalogue
        titles = {str(card.title) for card in cards}
    return {
        *titles,
        *(card.name for card in cards),
        *(text for sample in entries for text in (sample.credit, sample.licence)),
        *(name for category in categories for name in (category, f"({category})")),
        *FRAMEWORKS,
        *(export_anchors(name, AnchorSettings(), STRIDES).file_name for name in FRAMEWORKS),
        repr(UNNAMED),
        PLACEHOLDER,
        *(data for card in cards for data in _data_sets(card)),
        *(str(part).strip() for card in cards for part in card_parts(card)),  # a file
        *("garden.jpg", "notes.txt", "no connection"),
        "fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth",
        "https://download.pytorch.org/models/fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth",
    }


def _data_sets(card: ModelCard) -> Iterator[str]:
    """What its figures were measured on, as the file beside the weights names it."""
    if card.weights_file is not None and card.weights_kind is WeightsKind.BUNDLED:
        beside = (ROOT / card.weights_file).with_suffix(".json")
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
