"""Words for people that no marking call holds: what a translation would have to dig out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.catalogue.marked import called, is_marking

WORDS = re.compile(r"[A-Za-z]{2,}[,;:.!?]* +(?:[(\"']?[aI] )?[(\"']?[A-Za-z]{2,}")
BESIDE_A_FACT = re.compile(r"\0[,;:.!?)]* +[(]?[A-Za-z]{3,}|[A-Za-z]{3,}[,;:.!?]* +[(]?\0")
ONE_WORD = re.compile(r"[a-z]{3,}|^[A-Z][a-z]$")  # not IoU, px or AR@
NOT_WORDS = re.compile(r"<[^>]*>|%\{[^}]*\}|\\[a-z]+")  # tags, Plotly's facts, LaTeX's commands

PROGRAMMERS_ERRORS = {
    *("AssertionError", "IndexError", "KeyError", "NotImplementedError", "RuntimeError"),
    *("TypeError", "ValueError"),
    *("DamagedPth", "NotOnlyTensors"),  # told as one UserError, without its words
}
LOGGING = {"debug", "info", "warning", "error", "exception", "critical", "warn"}

# Calls that show their first argument, and keywords and keys that are shown: there one word is a
# text.
SHOWS_FIRST = {
    *("button", "caption", "checkbox", "dialog", "download_button", "error", "expander"),
    *("file_uploader", "form_submit_button", "header", "info", "link_button", "markdown"),
    *("metric", "multiselect", "number_input", "page_link", "pills", "popover", "radio"),
    *("segmented_control", "select_slider", "selectbox", "slider", "spinner", "status"),
    *("subheader", "success", "tabs", "text", "text_area", "text_input", "title", "toast"),
    *("toggle", "warning", "write"),
}
SHOWN_NAMES = {
    *("caption", "desc", "description", "epilog", "help", "hovertemplate", "hovertext", "label"),
    *("placeholder", "text", "title", "unit"),
}


def unmarked(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, text) of every string for people that stands in no catalogue, in order of lines."""
    silent = set(map(id, _not_said(tree)))
    shown = set(map(id, _shown(tree)))
    inside: set[int] = set()  # parts of an f-string are judged with it
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values if isinstance(part, ast.Constant)}
        if id(node) in silent or id(node) in inside:
            continue
        text = _text(node)
        if text is not None and _for_people(text, one_word=id(node) in shown):
            yield node.lineno, text.replace("\0", "{}")  # type: ignore[attr-defined]


def _text(node: ast.AST) -> str | None:
    """What a string literal says; facts of an f-string are \\0."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values
        )
    return None


def _for_people(text: str, *, one_word: bool) -> bool:
    patterns = (WORDS, BESIDE_A_FACT, *((ONE_WORD,) if one_word else ()))
    words = NOT_WORDS.sub(" ", text)
    return any(pattern.search(words) for pattern in patterns)


def _not_said(tree: ast.AST) -> Iterator[ast.AST]:
    """Strings that nobody reads on a page: docstrings, templates, programmers' errors, logs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Assert) and node.msg is not None:
            yield from ast.walk(node.msg)
        elif isinstance(node, ast.Call):
            if is_marking(node) or called(node) == "verbatim":
                yield from node.args
            elif called(node) in PROGRAMMERS_ERRORS or _is_log(node):
                yield from ast.walk(node)


def _is_log(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr in LOGGING
        and re.search(r"\b_?log|\bwarnings\b", ast.unparse(call.func.value)) is not None
    )


def _shown(tree: ast.AST) -> Iterator[ast.AST]:
    """String literals that an argument shows as they are, also by choice or in a list."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not is_marking(node):
            if called(node) in SHOWS_FIRST and node.args:
                yield from _literals(node.args[0])
            for keyword in node.keywords:
                if keyword.arg in SHOWN_NAMES:
                    yield from _literals(keyword.value)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in (*SHOWN_NAMES, "name"):
                    yield from _literals(value)
            if any(isinstance(key, ast.Call) and is_marking(key) for key in node.keys):
                yield from (key for key in node.keys if key is not None)  # heads of a table


def _literals(node: ast.expr) -> Iterator[ast.AST]:
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.List | ast.Tuple):
        for part in node.elts:
            yield from _literals(part)
    else:
        yield node
