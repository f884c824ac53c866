"""A visit is in the language of its browser, where there is a catalogue."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import rpn_core.translations
from pages._ui.state import language as visit
from tests.app.conftest import ROOT, TIMEOUT_S


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
