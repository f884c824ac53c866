"""The documentation's table of settings is made from their declarations, and is up to date."""

from __future__ import annotations

from pathlib import Path

from rpn_core.settings import DECLARED
from rpn_core.settings.table import HEAD, settings_table

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_committed_page_is_what_the_declarations_say():
    assert PAGE.read_text("utf-8") == HEAD + settings_table(), "run `make docs`"


def test_every_setting_has_its_row():
    rows = settings_table().splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == [f"| `{entry.name}`" for entry in DECLARED]
    assert all(row.count(" | ") == 6 for row in rows)
    (row,) = [row for row in rows if "`nms.sigma`" in row]
    assert (
        "`sigma` | 0.01 to 10, none, as IoU has none | 0.5 | with NMS method `soft-gaussian`"
        in (row)
    )
