"""Settings: links (rpn_core.settings.url) and files (.file)."""

from __future__ import annotations

from urllib.parse import parse_qsl

from tests.fuzz.harness import fuzz, instrumented

with instrumented(__name__):
    from rpn_core.settings.file import from_json
    from rpn_core.settings.url import from_query

from rpn_core.models.catalogue.table import CARDS, DEFAULT_MODEL
from tests.fuzz.seeds import settings

BASE = CARDS[DEFAULT_MODEL].own_settings


def read(data: bytes) -> None:
    """The first byte says whether the rest is a link or a file."""
    if data[:1] == b"?":
        query = dict(parse_qsl(data[1:].decode("utf-8", "replace"), keep_blank_values=True))
        for sentence in map(str, from_query(query, BASE)[1]):
            assert not set(sentence) & set("<>`*\n"), sentence
    else:
        from_json(data, levels=len(BASE.anchors.sizes))


if __name__ == "__main__":
    fuzz(read, settings(BASE))
