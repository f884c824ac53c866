"""Bad files through the real uploaders: one sentence each, and what was open stays."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import expect
from safetensors.torch import save

from tests.browser.app_page import TIMEOUT_MS, AppPage
from tests.pictures import BAD_PHOTOS, jpeg

pytestmark = pytest.mark.browser
OpenApp = Callable[..., AppPage]


def test_bad_photos_one_after_another(app: AppPage) -> None:
    app.upload("photo_upload", "garden.jpg", jpeg(320, 200))
    caption = app.page.get_by_text("garden.jpg · 320 × 200 px")
    expect(caption).to_be_visible(timeout=TIMEOUT_MS)
    app.idle()
    app.expect_funnel("All anchors", 9 * (56 * 36 + 28 * 18 + 14 * 9 + 7 * 5))
    payload = app.data("payload-id")
    for name, content, part in BAD_PHOTOS:
        app.upload("photo_upload", name, content)
        app.says(part)
        app.says("The photo that was open stays.")
        expect(caption).to_be_visible()
        assert app.data("payload-id") == payload
    app.upload("photo_upload", "good.jpg", jpeg(200, 320))
    expect(app.page.get_by_text("good.jpg · 200 × 320 px")).to_be_visible(timeout=TIMEOUT_MS)
    app.idle()
    expect(app.page.get_by_text("The photo that was open stays.")).to_have_count(0)


class _Hostile:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (eval, ("__import__('os').abort()",))  # the server would be gone


def _hostile() -> bytes:
    buffer = io.BytesIO()
    torch.save({"model": _Hostile()}, buffer)
    return buffer.getvalue()


def test_bad_checkpoints_one_after_another(app: AppPage) -> None:
    payload = app.data("payload-id")
    app.page.get_by_text("Device and weights of your own").click()
    for name, content, part in (
        ("evil.pth", _hostile(), "holds more than tensors"),
        ("other.safetensors", save({"backbone.conv_stem.weight": torch.zeros(2, 3)}), "not fit"),
        ("cut.safetensors", save({"a": torch.zeros(9)})[:-5], "truncated"),
    ):
        app.upload("weights_upload", name, content)
        app.says(part)
        app.says("Still in use: Lite0-FPN, any anchor.")
        assert app.data("payload-id") == payload
        assert app.badge("network") == "gray"


def test_a_bad_settings_file_and_then_a_good_one(app: AppPage) -> None:
    app.page.get_by_text("Settings from a file").click()
    app.upload("settings_upload", "bad.json", b'{"nms": NaN')
    app.says("The settings file is not valid JSON")
    app.says("The settings stay as they were.")
    app.panel("Download and link")
    with app.page.expect_download() as download:
        app.key("save_settings").get_by_role("button").click()
    saved = download.value.path().read_text()
    app.upload(
        "settings_upload",
        "good.json",
        saved.replace('"nms_thresh": 0.7', '"nms_thresh": 0.25').encode(),
    )
    expect(app.page).to_have_url(re.compile(r"\?nms=0\.25$"), timeout=TIMEOUT_MS)
    app.idle()
    expect(app.page.get_by_text("not valid JSON")).to_have_count(0)


def test_the_address_of_a_page_may_be_the_very_first_visit(open_app: OpenApp) -> None:
    app = open_app(visit=False)
    app.open(path="explore")
    app.shows_no_traceback()
    app.shows()
