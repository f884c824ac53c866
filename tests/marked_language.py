"""A language in which every text is known by its marks: what has none is in no catalogue."""

from __future__ import annotations

import re
from gettext import NullTranslations

_MARKED = re.compile("⟦[^⟦⟧]*⟧")


class Marked(NullTranslations):
    """Says "⟦Fit⟧" for "Fit"."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


MARKED = Marked()


def outside_marks(text: str) -> str:
    """What of a text was not said in this language.

    >>> outside_marks("⟦Fate: ⟦kept⟧⟧, P3")
    ', P3'
    """
    while True:
        text, count = _MARKED.subn("", text)
        if not count:
            return text
