"""A file's name as people may see it: no path, no control characters, no endless length."""

from __future__ import annotations

import unicodedata

MAX_NAME_LENGTH = 60
_END_LENGTH = 15  # kept from the end of a long name, so that its type stays visible


def display_name(name: str) -> str:
    """Reduce a file name that came from outside to one that is safe and short enough to show.

    Only the last component of a path is kept (either kind of slash). Control and formatting
    characters go, among them those that reverse the direction of text, runs of white space become
    one space, and the middle of a long name becomes an ellipsis. The result is still plain text
    from outside: code that puts it into Markdown or HTML has to escape it.

    >>> [display_name(name) for name in ("../photos/cat.jpg", "a\\tb.png", "")]
    ['cat.jpg', 'a b.png', 'photo']
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    # Category C*: control, format (bidirectional overrides), surrogates, private and unassigned.
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in last)
    shown = " ".join(kept.split())
    if len(shown) > MAX_NAME_LENGTH:
        start = MAX_NAME_LENGTH - _END_LENGTH - 1
        shown = f"{shown[:start]}…{shown[-_END_LENGTH:]}"
    return shown or "photo"
