"""How each kind of control is moved with keys, which the page's own clock can see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

from tests.widget_keys import selector_of

FILTER, ANCHORS, INPUT = "Filter and NMS", "Anchors", "Input"

Act = Callable[[Page, int], None]
Query = dict[str, str]


@dataclass(frozen=True, slots=True)
class Control:
    """One control.

    Attributes:
        name: for people.
        tab: of the side bar that holds it, or "".
        act: makes one change; its last key is the one that the change is measured from. Gets the
            number of the change, counted from 0.
        prepare: called before each change and not measured.
        fresh: whether each change is to a value never seen before; else the second half of them
            finds its results in the cache.
        query: what the link says besides, so that the control is there.
        panel: below the picture, that holds it, or "".
    """

    name: str
    tab: str
    act: Act
    prepare: Act | None = None
    fresh: bool = True
    query: Query = field(default_factory=dict)
    panel: str = ""


def _widget(page: Page, *keys: str) -> Locator:
    """The first control of these keys that is there."""
    return page.locator(", ".join(map(selector_of, keys))).first


def _key(name: str) -> Act:
    def press(page: Page, _: int) -> None:
        page.keyboard.press(name)

    return press


def _focus(key: str, role: str) -> Act:
    def focus(page: Page, _: int) -> None:
        _widget(page, key).get_by_role(role).first.focus()  # type: ignore[arg-type]

    return focus


def slider(key: str, name: str, tab: str = "", *, query: Query | None = None) -> Control:
    return Control(name, tab, _key("ArrowRight"), _focus(key, "slider"), query=query or {})


def slider_back_and_forth(key: str, name: str) -> Control:
    """One with few values."""

    def press(page: Page, change: int) -> None:
        page.keyboard.press("ArrowLeft" if change % 2 else "ArrowRight")

    return Control(name, "", press, _focus(key, "slider"), fresh=False)


def number(
    key: str, name: str, tab: str = "", *, query: Query | None = None, panel: str = ""
) -> Control:
    return Control(
        name, tab, _key("ArrowUp"), _focus(key, "spinbutton"), query=query or {}, panel=panel
    )


def toggle(key: str, name: str, tab: str = "") -> Control:
    return Control(name, tab, _key("Space"), _focus(key, "switch"), fresh=False)


def button(key: str, name: str, *, panel: str = "") -> Control:
    """One that does something else each time."""
    return Control(name, "", _key("Enter"), _focus(key, "button"), panel=panel)


def choice(key: str, name: str, options: Sequence[str], tab: str = "") -> Control:
    """A select box; each change is to the next of some options, of which the first is chosen."""

    def type_it(page: Page, change: int) -> None:
        box = _widget(page, key).get_by_role("combobox")
        box.click()
        box.fill(options[(change + 1) % len(options)])

    return Control(name, tab, _key("Enter"), type_it, fresh=False)


def segments(key: str, name: str, options: Sequence[str], *, panel: str = "") -> Control:
    """A row of buttons; each change is to the next of some, of which the first is chosen."""

    def focus(page: Page, change: int) -> None:
        option = options[(change + 1) % len(options)]
        _widget(page, key).get_by_role("radio", name=option).focus()

    return Control(name, "", _key("Enter"), focus, fresh=False, panel=panel)


def number_list(name: str, values: Callable[[int], str], *keys: str) -> Control:
    """A list of values; each change adds one, and before the next it is taken out again."""

    def type_it(page: Page, change: int) -> None:
        box = _widget(page, *keys).get_by_role("combobox")
        box.click()
        if change:
            page.keyboard.press("Backspace")
            page.wait_for_timeout(700)
            box.click()
        page.keyboard.type(values(change))
        page.get_by_role("option", name=f"Add: {values(change)}").wait_for()

    return Control(name, ANCHORS, _key("Enter"), type_it)


def upload(key: str, name: str, content: Callable[[int], bytes], suffix: str) -> Control:
    """A file given to an upload; measured from a key that does nothing, just before."""
    contents: dict[int, bytes] = {}

    def make(_: Page, change: int) -> None:
        contents[change] = content(change)

    def give(page: Page, change: int) -> None:
        page.keyboard.press("Shift")
        _widget(page, key).locator("input[type=file]").set_input_files(
            {
                "name": f"{change}{suffix}",
                "mimeType": "application/octet-stream",
                "buffer": contents.pop(change),
            }
        )

    return Control(name, "", give, make)


def gallery(name: str, samples: Sequence[str]) -> Control:
    """A sample photo after the other."""

    def focus(page: Page, change: int) -> None:
        chosen = _widget(page, f"sample_{samples[change % len(samples)]}").get_by_role("button")
        if not chosen.count():
            page.get_by_text("Sample photos and camera").click()
        chosen.focus()

    return Control(name, "", _key("Enter"), focus, fresh=False)
