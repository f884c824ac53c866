"""What a visitor takes along is what the page showed."""

from __future__ import annotations

import csv
import json
from io import StringIO

import pytest
from PIL import Image

from rpn_core.settings.file import from_json
from tests.browser.app_page import TIMEOUT_MS, AppPage

pytestmark = pytest.mark.browser


def saved(app: AppPage, button: str) -> bytes:
    """What a download button gives; `button` is its key."""
    with app.page.expect_download(timeout=TIMEOUT_MS) as download:
        app.key(button).get_by_role("button").click()
    return download.value.path().read_bytes()


def test_csv_json_and_settings_hold_what_is_shown(app: AppPage) -> None:
    kept = app.funnel_now()["Kept: proposals"]
    app.panel("Download and link")
    rows = list(csv.DictReader(StringIO(saved(app, "save_csv").decode())))
    assert len(rows) == kept
    scores = [float(row["score"]) for row in rows]
    assert scores == sorted(scores, reverse=True)

    results = json.loads(saved(app, "save_json"))
    assert [result["score"] for result in results] == scores
    assert {result["file_name"] for result in results} == {"astronaut.jpg"}
    for result, row in zip(results, rows, strict=True):
        x, y, width, height = result["bbox"]
        assert 0 <= x <= x + width <= 512.01
        assert 0 <= y <= y + height <= 512.01
        assert [float(row[key]) for key in ("x1_px", "y1_px", "width_px", "height_px")] == [
            x, y, width, height
        ]  # fmt: skip

    settings = from_json(saved(app, "save_settings"), levels=4)
    assert settings.nms.nms_thresh == 0.7


def test_settings_go_to_a_file_and_back(app: AppPage) -> None:
    app.drag_slider("nms.nms_thresh", 0.55)
    app.until(lambda: "nms=" in app.page.url, "the address follows")
    wanted, address = app.funnel_now(), app.page.url
    app.panel("Download and link")
    file = saved(app, "save_settings")
    app.reset()
    app.until(lambda: "nms=" not in app.page.url, "reset")
    app.page.get_by_text("Settings from a file").click()
    app.upload("settings_upload", "settings.json", file)
    app.until(lambda: app.page.url == address, "the file is in force")
    app.until(lambda: app.funnel() == wanted, "the same counts")


def test_png_is_the_picture_with_its_boxes(app: AppPage) -> None:
    with app.page.expect_download(timeout=TIMEOUT_MS) as download:
        app.page.locator("[data-act=png]").click()
    image = Image.open(download.value.path())
    assert image.format == "PNG"
    stage = app.stage()
    assert image.size == (round(stage["width"]), round(stage["height"]))
    colours = image.convert("RGB").getcolors(maxcolors=1 << 24)
    assert colours is not None
    assert len(colours) > 1000  # a photo, not an empty canvas
