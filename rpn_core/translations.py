"""The translations that there are: assets/locale/<language>/LC_MESSAGES/rpn_explorer.mo.

English is the text in the source and needs no file; so does every language without one.
"""

from __future__ import annotations

import gettext

from rpn_core.shipped import ASSETS

DOMAIN = "rpn_explorer"
LOCALE = ASSETS / "locale"


def translations(language: str | None = None) -> gettext.NullTranslations:
    """What `messages.language` wants for one language; English where there is none for it.

    Args:
        language: as gettext names it ("de", "pt_BR"); None: that of the environment, by gettext's
            own rules (the first of LANGUAGE, LC_ALL, LC_MESSAGES, LANG that is set).

    >>> translations("tlh").gettext("Sample")
    'Sample'
    """
    languages = None if language is None else [language]
    return gettext.translation(DOMAIN, LOCALE, languages, fallback=True)
