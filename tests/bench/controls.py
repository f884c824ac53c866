"""Every control of the side bar that acts after the network, and how one moves it with keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

Act = Callable[[Page, int], None]


@dataclass(frozen=True, slots=True)
class Control:
    """One control.

    Attributes:
        name: for people.
        tab: of the side bar that holds it.
        act: makes one change; its last key is the one that the change is measured from. Gets the
            number of the change, counted from 0.
        prepare: called before each change and not measured.
        fresh: whether each change is to a value never seen before; else the second half of them
            finds its results in the cache.
        query: what the link says besides, so that the control is there.
    """

    name: str
    tab: str
    act: Act
    prepare: Act | None = None
    fresh: bool = True
    query: dict[str, str] = field(default_factory=dict)


def _widget(page: Page, *keys: str) -> Locator:
    """The first control of these keys that is there."""
    side_bar = page.get_by_test_id("stSidebar")
    return side_bar.locator(", ".join(f".st-key-{key}" for key in keys)).first


def _slider(key: str, name: str, tab: str, **rest: dict[str, str]) -> Control:
    def press(page: Page, _: int) -> None:
        page.keyboard.press("ArrowRight")

    def focus(page: Page, _: int) -> None:
        _widget(page, key).get_by_role("slider").focus()

    return Control(name, tab, press, focus, **rest)


def _number(key: str, name: str, **rest: dict[str, str]) -> Control:
    def press(page: Page, _: int) -> None:
        page.keyboard.press("ArrowUp")

    def focus(page: Page, _: int) -> None:
        _widget(page, key).get_by_role("spinbutton").focus()

    return Control(name, FILTER, press, focus, **rest)


def _toggle(key: str, name: str, tab: str) -> Control:
    def press(page: Page, _: int) -> None:
        page.keyboard.press("Space")

    def focus(page: Page, _: int) -> None:
        _widget(page, key).get_by_role("switch").focus()

    return Control(name, tab, press, focus, fresh=False)


def _choice(key: str, name: str, tab: str, options: tuple[str, ...]) -> Control:
    """A select box; each change is to the next of some options."""

    def type_it(page: Page, change: int) -> None:
        box = _widget(page, key).get_by_role("combobox")
        box.click()
        box.fill(options[(change + 1) % len(options)])

    def choose(page: Page, _: int) -> None:
        page.keyboard.press("Enter")

    return Control(name, tab, choose, type_it, fresh=False)


def _list(name: str, values: Callable[[int], str], *keys: str) -> Control:
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

    def add(page: Page, _: int) -> None:
        page.keyboard.press("Enter")

    return Control(name, ANCHORS, add, type_it)


FILTER, ANCHORS = "Filter and NMS", "Anchors"

CONTROLS = (
    _slider("size_factor", "Size of all anchors", ANCHORS),
    # Where levels have ratios of their own, of one level.
    _list("Aspect ratios: one more", lambda at: f"{1.5 + at / 100:.2f}", "ratios", "ratios_2"),
    _list("Sizes of a level: one more", lambda at: f"{150 + at}", "sizes_2"),
    _slider("offset", "Grid offset", ANCHORS, query={"offset": "0"}),
    _choice("convention", "Convention", ANCHORS, ("detectron2", "torchvision")),
    _slider("score_thresh", "Score, at least", FILTER),
    _number("pre_nms_top_n", "Before NMS, best N a level", query={"pre": "100"}),
    _number("min_size", "Smallest side", query={"minsize": "8"}),
    _toggle("drop_cross_border", "Drop anchors that cross the border", FILTER),
    _slider("nms_thresh", "NMS IoU threshold", FILTER, query={"nms": "0.3"}),
    _toggle("across_levels", "NMS across levels", FILTER),
    _number("post_nms_top_n", "After NMS, best N in all", query={"post": "10"}),
    _choice("method", "NMS method", FILTER, ("Greedy", "Soft-NMS, linear")),
    _slider("sigma", "Soft-NMS sigma", FILTER, query={"method": "soft-gaussian"}),
    _number("soft_score_thresh", "Soft-NMS score, at least", query={"method": "soft-gaussian"}),
)
