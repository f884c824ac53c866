"""Babel's ways into our sources that Babel does not have itself; `babel.cfg` names them."""

from __future__ import annotations

import ast
import json
from collections.abc import Collection, Iterator
from typing import IO

from tests.catalogue.marked import marked

Extracted = tuple[int, str, str | tuple[str | None, ...], list[str]]


def python(
    file: IO[bytes], keywords: Collection[str], comment_tags: object, options: object
) -> Iterator[Extracted]:
    """(line, function, template or templates, comments) of every marking call of a file.

    By the syntax tree: Babel's own reader goes by tokens, and misses a marking call in an argument
    of another call and in an f-string.
    """
    for call in marked(ast.parse(file.read())):
        if call.function in keywords and call.templates and None not in call.templates:
            templates = call.templates
            yield call.line, call.function, templates if len(templates) > 1 else templates[0], []


def samples(
    file: IO[bytes], keywords: object, comment_tags: object, options: object
) -> Iterator[Extracted]:
    """Title of each sample photo, and what to look at in it."""
    for sample in json.load(file):
        for text in (sample["title"], sample["look_at"]):
            yield 1, "msg", text, []
