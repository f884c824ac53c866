"""What a visitor does, each as a person does it: with files, keys, the mouse."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from rpn_core.settings import number_of
from tests.browser.app_page import TIMEOUT_MS
from tests.soak.expected import MODELS, read_link
from tests.soak.records import Download, Upload
from tests.soak.visitor import NOT_ALONG, Visitor, is_heavy

_TITLES = {"lite0-fpn": "Lite0-FPN", "lite0-c4": "Lite0-C4"}
# Key of a slider -> its tab, and the shares of its track between which it is moved.
_SLIDERS = {
    "nms.nms_thresh": ("Filter and NMS", 0.3, 0.9),
    "selection.score_thresh": ("Filter and NMS", 0.0, 0.25),
    "anchors.size_factor": ("Anchors", 0.05, 0.5),
}
_KEEP = "Download and link"
_PAGES = {"NMS": "nms", "Targets and loss": "targets", "Anchor design": "design"}


def upload(visitor: Visitor, *, rush: bool = False) -> None:
    """From the choice of the file to the painted picture, by its mark."""
    photo, expected, app = visitor.next_photo(), visitor.expected, visitor.app
    started = time.monotonic()
    app.upload("photo_upload", photo.name, photo.jpeg)
    expected.before, expected.photo = expected.photo, photo
    visitor.await_mark(2 * TIMEOUT_MS / 1000)
    visitor.records.uploads.append(Upload(visitor.number, rush, time.monotonic() - started))
    expect(app.page.get_by_text(photo.caption)).to_be_visible(timeout=TIMEOUT_MS)


def press_slider(visitor: Visitor) -> None:
    """Some presses of an arrow key, faster than the page answers."""
    name = _show_slider(visitor)
    visitor.app.key(name).get_by_role("slider").focus()
    _, low, high = _SLIDERS[name]
    control = number_of(name)
    share = (_value(visitor, name) - control.low) / (control.high - control.low)
    towards = "ArrowLeft" if share > (low + high) / 2 else "ArrowRight"
    for _ in range(visitor.random.randint(1, 6)):
        visitor.app.page.keyboard.press(towards)
        visitor.app.page.wait_for_timeout(visitor.random.randint(20, 300))
    _take_value(visitor, name)


def drag_slider(visitor: Visitor) -> None:
    name = _show_slider(visitor)
    _, low, high = _SLIDERS[name]
    visitor.app.drag_slider(name, visitor.random.uniform(low, high))
    _take_value(visitor, name)


def _show_slider(visitor: Visitor) -> str:
    name = visitor.random.choice(list(_SLIDERS))
    visitor.app.tab(_SLIDERS[name][0])
    expect(visitor.app.key(name)).to_be_visible(timeout=TIMEOUT_MS)
    visitor.app.idle()
    return name


def _value(visitor: Visitor, name: str) -> float:
    return float(visitor.app.key(name).get_by_test_id("stSliderThumbValue").inner_text())


def _take_value(visitor: Visitor, name: str) -> None:
    """The control shows what was chosen; address and picture have to follow."""
    visitor.expected.change(name, _value(visitor, name))


def switch_model(visitor: Visitor) -> None:
    other = next(name for name in MODELS if name != visitor.expected.model)
    visitor.app.choose("model", _TITLES[other])
    visitor.expected.switch_model(other)


def visit_a_page(visitor: Visitor) -> None:
    """Another page shows the same photo and settings; then back."""
    app = visitor.app
    title = visitor.random.choice(list(_PAGES))
    app.go(title)
    expect(app.page).to_have_url(re.compile(f"/{_PAGES[title]}($|\\?)"), timeout=TIMEOUT_MS)
    app.idle()
    if _PAGES[title] == "design":
        visitor.calm()
    else:
        visitor.look(funnel=False)
    app.page.wait_for_timeout(visitor.random.randint(200, 2000))
    app.go("Explore")
    expect(app.root).to_be_visible(timeout=TIMEOUT_MS)
    app.idle()


def reload(visitor: Visitor) -> None:
    """The settings are in the address; the photo is gone, and the page says so."""
    had_photo = visitor.expected.photo is not None
    visitor.app.page.reload()
    visitor.expected.photo = visitor.expected.before = None
    expect(visitor.app.root).to_have_attribute("data-photo", "ready", timeout=TIMEOUT_MS)
    visitor.app.idle()
    if had_photo:
        visitor.app.says(NOT_ALONG)


def select_a_box(visitor: Visitor) -> None:
    app = visitor.app
    if app.number("shown") == 0:
        return
    app.overlay.focus()
    app.page.keyboard.press("n")
    app.until(lambda: app.data("selected") != "", "a box is selected")
    app.page.keyboard.press("Escape")
    app.until(lambda: app.data("selected") == "", "no box is selected")


def pan_and_zoom(visitor: Visitor) -> None:
    """All in the browser; the whole picture is shown again at the end."""
    app = visitor.app
    stage = app.stage()
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    app.page.mouse.move(x, y)
    for _ in range(visitor.random.randint(1, 4)):
        app.page.mouse.wheel(0, -240)
    app.until(lambda: app.number("zoom") > 1, "the picture is larger")
    app.page.mouse.down()
    app.page.mouse.move(x + visitor.random.randint(-80, 80), y + 40, steps=4)
    app.page.mouse.up()
    app.overlay.focus()
    app.page.keyboard.press("0")
    app.until(lambda: app.number("zoom") == 1, "all is shown again")


def download(visitor: Visitor) -> None:
    """The proposals as CSV, to be held against the core's own; the shown link says the same."""
    app, photo = visitor.app, visitor.expected.photo
    if not app.key("panel").get_by_role("radio", name=_KEEP).is_checked():  # a click would undo it
        app.panel(_KEEP)
    link = visitor.expected.link()
    shown = app.page.get_by_test_id("stCode")
    expect(shown).to_be_visible(timeout=TIMEOUT_MS)
    app.until(lambda: read_link(shown.inner_text().strip()) == link, f"the link shown is {link}")
    csv = _save_csv(visitor)
    if photo is not None:
        funnel = app.funnel_now()
        visitor.records.downloads.append(Download(visitor.number, photo, link, csv, funnel))


def take_proposals_home(visitor: Visitor) -> None:
    """The last thing: the proposals of a photo of one's own."""
    if visitor.expected.photo is None:
        upload(visitor)
    download(visitor)


def _save_csv(visitor: Visitor) -> str:
    """Click, and once more when the click came while the page was being renewed.

    Then the button's file is no longer there, and nothing comes or the browser gives up.
    """
    app = visitor.app
    for click in range(2):
        app.idle()
        try:
            with app.page.expect_download(timeout=TIMEOUT_MS / 3) as got:
                app.key("save_csv").get_by_role("button").click()
            return got.value.path().read_text(encoding="utf-8")
        except PlaywrightError as error:
            if click or not (isinstance(error, PlaywrightTimeout) or "canceled" in str(error)):
                raise
            visitor.calm()
            visitor.records.count(visitor.records.second_clicks, visitor.number)
    raise AssertionError("unreachable")


_CHOICES: dict[Callable[[Visitor], None], int] = {
    upload: 4, press_slider: 4, drag_slider: 4, switch_model: 2, visit_a_page: 2,
    reload: 1, select_a_box: 2, pan_and_zoom: 2, download: 3,
}  # fmt: skip


def choose(visitor: Visitor) -> Callable[[Visitor], None]:
    """The next action; who has no photo uploads one."""
    if visitor.expected.photo is None:
        return upload
    # A large input stays large: another model would bring its own size.
    choices = {
        action: weight
        for action, weight in _CHOICES.items()
        if not (action is switch_model and is_heavy(visitor.number))
    }
    return visitor.random.choices(list(choices), list(choices.values()))[0]
