"""From the sources to the catalogue, by pybabel."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path

from babel.messages.frontend import CommandLineInterface

from tests.catalogue.marked import ONE_FORM, TWO_FORMS

ROOT = Path(__file__).resolve().parents[2]
POT = ROOT / "assets" / "locale" / "messages.pot"
SOURCES = ("app.py", "assets/samples", "pages", "rpn_core")


def write(pot: Path, sources: Sequence[str] = SOURCES) -> None:
    """Extract every text; the same sources give the same bytes: no dates, no line numbers."""
    keywords = [*ONE_FORM, *(f"{function}:1,2" for function in TWO_FORMS)]
    command = [
        "pybabel", "--quiet", "extract",
        "--mapping-file=tests/catalogue/babel.cfg",
        "--no-default-keywords", *(f"--keyword={keyword}" for keyword in keywords),
        "--ignore-dirs=__pycache__",  # else pybabel leaves out pages/_ui
        "--sort-output", "--add-location=file", "--omit-header", "--width=100",
        f"--output-file={pot}", *sources,
    ]  # fmt: skip
    with chdir(ROOT):
        CommandLineInterface().run(command)
