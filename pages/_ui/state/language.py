"""In which language a visit is spoken: the browser's, as far as there is a translation of it."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from rpn_core.messages import language
from rpn_core.translations import translations

# It becomes part of a path, and the browser can say what it likes.
_LOCALE = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

Given = ParamSpec("Given")
Value = TypeVar("Value")


def visit_language() -> gettext.NullTranslations:
    """What answers in the language of the visitor whose run this is; English where none does."""
    return _translations(st.context.locale or "en")


def in_visit_language(function: Callable[Given, Value]) -> Callable[Given, Value]:
    """A function that Streamlit also calls outside of the whole run: app.py, or a fragment."""

    @wraps(function)
    def spoken(*args: Given.args, **kwargs: Given.kwargs) -> Value:
        with language(visit_language()):
            return function(*args, **kwargs)

    return spoken


@lru_cache(64)
def _translations(locale: str) -> gettext.NullTranslations:
    """One for all visitors of a locale, "de-AT" for instance.

    >>> _translations("../../etc").gettext("Fit")
    'Fit'
    """
    known = [locale.replace("-", "_")] if _LOCALE.fullmatch(locale) else []
    return translations(known[0] if known else "en")
