"""The words of the components' scripts in the language in force, for words.js to say.

A script says what it says by `tr("... {name} ...", { name })` and `ntr("{count} box", "{count}
boxes", count, facts)`. Those templates are read off the scripts; what a language says for them is
handed to the browser, and nothing is where it says nothing else than the English.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from gettext import NullTranslations
from typing import TypedDict

from rpn_core.messages import current_translations

# Plural forms follow a number's last two digits, or the whole of a small number.
_NUMBERS = range(200)
_LITERAL = r'"(?:[^"\\\n]|\\.)*"'
_TEXT = rf"{_LITERAL}(?:\s*\+\s*{_LITERAL})*"
_CALL = re.compile(rf"(?<![\w.])(?:tr\(\s*({_TEXT})|ntr\(\s*({_TEXT})\s*,\s*({_TEXT}))\s*[,)]")

Template = tuple[str, ...]  # (text,) or (singular, plural)


class Plural(TypedDict):
    """One template's forms, and for each of `_NUMBERS` which of them it takes."""

    forms: list[str]
    form: list[int]


class ScriptWords(TypedDict):
    """What a language says: by template, or by the singular of a template with two forms."""

    texts: dict[str, str]
    plurals: dict[str, Plural]


@lru_cache
def templates(script: str) -> tuple[Template, ...]:
    """Every template of a script.

    >>> templates('a = tr("Fit"); b = ntr("{count} box", "{count} " + "boxes", n, { x });')
    (('Fit',), ('{count} box', '{count} boxes'))
    """
    found = (tuple(filter(None, call.groups())) for call in _CALL.finditer(script))
    return tuple(dict.fromkeys(tuple(map(_joined, texts)) for texts in found))


def words(script: str) -> ScriptWords | None:
    """What the language in force says for the templates of a script; None: the English."""
    return _words(templates(script), current_translations())


def _joined(text: str) -> str:
    return "".join(json.loads(literal) for literal in re.findall(_LITERAL, text))


@lru_cache(16)
def _words(known: tuple[Template, ...], language: NullTranslations) -> ScriptWords | None:
    told: ScriptWords = {"texts": {}, "plurals": {}}
    for template in known:
        if len(template) == 2:
            forms = [language.ngettext(*template, n) for n in _NUMBERS]
            if forms != [template[n != 1] for n in _NUMBERS]:
                several = list(dict.fromkeys(forms))
                told["plurals"][template[0]] = {
                    "forms": several, "form": [several.index(form) for form in forms],
                }  # fmt: skip
        elif language.gettext(template[0]) != template[0]:
            told["texts"][template[0]] = language.gettext(template[0])
    return told if told["texts"] or told["plurals"] else None
