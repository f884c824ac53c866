"""Two runs live on one page: what is done in one slot leaves the other as it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.state import visit as state
from pages._ui.state.remembered import Control, Remembered
from pages._ui.state.slot import in_slot, slot, slotted
from rpn_core.settings import Settings

PAGE = Path(__file__).parent / "slots_app.py"


@pytest.fixture
def page() -> AppTest:
    test = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not test.exception
    return test


def settings(page: AppTest, name: str) -> Settings:
    found: Settings = page.session_state["_settings" if name == "a" else f"{name}:_settings"]
    return found


def texts(page: AppTest) -> list[str]:
    return [text.value for text in page.text]


def test_each_slot_starts_with_its_own(page: AppTest) -> None:
    assert settings(page, "a") == settings(page, "b") == Settings()
    assert texts(page) == ["a: 0.7 one", "b: 0.7 one"]


@pytest.mark.parametrize(("mine", "other"), [("a", "b"), ("b", "a")])
def test_a_control_moves_its_own_slot_alone(page: AppTest, mine: str, other: str) -> None:
    prefix = "" if mine == "a" else f"{mine}:"
    page.slider(key=f"{prefix}nms.nms_thresh").set_value(0.4).run()
    page.selectbox(key=f"{prefix}nms.method").set_value("soft-gaussian").run()
    page.slider(key=f"{prefix}nms.sigma").set_value(0.25).run()
    page.multiselect(key=f"{prefix}anchors.sizes.0").set_value(["16"]).run()
    assert not page.exception
    nms = settings(page, mine).nms
    assert (nms.nms_thresh, nms.method, nms.sigma) == (0.4, "soft-gaussian", 0.25)
    assert settings(page, mine).anchors.sizes[0] == (16,)
    assert settings(page, other) == Settings()


def test_a_button_s_callback_is_of_the_slot_that_drew_it(page: AppTest) -> None:
    page.button(key="lower_b").click().run()
    assert settings(page, "b").nms.nms_thresh == 0.1
    assert settings(page, "a") == Settings()
    assert page.slider(key="b:nms.nms_thresh").value == 0.1
    assert page.slider(key="nms.nms_thresh").value == 0.7


def test_what_does_not_fit_in_one_slot_waits_there(page: AppTest) -> None:
    page.slider(key="b:input.max_side").set_value(256).run()
    assert settings(page, "b") == Settings()
    assert "The last settings that fit together stay in force." in page.warning[0].value
    page.slider(key="input.min_side").set_value(320).run()
    assert settings(page, "a").input.min_side == 320
    assert page.slider(key="b:input.max_side").value == 256  # it is still there to be mended
    page.slider(key="b:input.min_side").set_value(192).run()
    assert (settings(page, "b").input.min_side, settings(page, "b").input.max_side) == (192, 256)


def test_what_is_said_of_one_slot_stays_when_the_other_moves(page: AppTest) -> None:
    page.slider(key="input.max_side").set_value(256).run()
    (before,) = [warning.value for warning in page.warning]
    page.slider(key="b:nms.nms_thresh").set_value(0.4).run()
    assert [warning.value for warning in page.warning] == [before]


def test_controls_without_a_setting_are_of_their_slot_too(page: AppTest) -> None:
    page.button_group(key="b:panel").set_value("two").run()
    assert texts(page) == ["a: 0.7 one", "b: 0.7 two"]


# ---- the list --------------------------------------------------------------------------------

ENTRIES: dict[str, Remembered[Any]] = {
    name: value for name, value in vars(state).items() if isinstance(value, Remembered)
}


def test_nothing_is_remembered_under_one_key_twice() -> None:
    assert len(ENTRIES) > 60
    assert len({entry.name for entry in ENTRIES.values()}) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_a_slot_has_a_key_of_its_own_unless_it_is_of_the_visit(entry: Remembered[Any]) -> None:
    with slot("b"):
        in_b = entry.key
    assert entry.key == entry.name
    assert (in_b == entry.key) == entry.of_visit
    if isinstance(entry, Control):
        assert entry.kept == {"key": entry.key, "persist_state": "session"}


def test_only_the_list_touches_the_session_s_state() -> None:
    """Session keys are written down in one file; a widget's own key is the one exception."""
    pages = Path(state.__file__).parents[2]
    allowed = {"remembered.py", "bound.py", "anchor_lists.py", "uploads.py"}
    found = {
        path.relative_to(pages).as_posix()
        for path in pages.rglob("*.py")
        if "st.session_state" in path.read_text("utf-8") and path.name not in allowed
    }
    assert found == WIDGETS_OWN


# Each reads what a component or a widget that it drew itself has to say, by that one's own key.
WIDGETS_OWN = {
    "_ui/canvas/box_canvas.py",
    "_ui/design/charts.py",
    "_ui/targets/objects.py",
    "_ui/targets/threshold_histogram/__init__.py",
}


# What there is once for a visit, whatever stands side by side: the data set and its anchors, the
# frame. Their keys and callbacks need no slot.
OF_THE_VISIT = (
    "_ui/design/",
    "_ui/objects/labels_panel.py",
    "_ui/frame/navigation.py",
    "design.py",
)
CALLBACKS = {"on_click", "on_change", "on_select"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    pages = Path(state.__file__).parents[2]
    for path in sorted(pages.rglob("*.py")):
        name = path.relative_to(pages).as_posix()
        if not name.startswith(OF_THE_VISIT):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield f"{name}:{node.lineno}", node


def test_every_callback_is_of_the_slot_that_drew_it() -> None:
    found = [
        f"{place} {keyword.arg}={ast.unparse(keyword.value)}"
        for place, call in calls()
        for keyword in call.keywords
        if keyword.arg in CALLBACKS
        and not isinstance(keyword.value, ast.Constant)  # "ignore", "rerun"
        and not ast.unparse(keyword.value).startswith("in_slot(")
    ]
    assert found == []


def test_every_element_s_own_key_is_of_its_slot() -> None:
    found = [
        f"{place} key={ast.unparse(keyword.value)}"
        for place, call in calls()
        for keyword in call.keywords
        if keyword.arg == "key"
        and isinstance(keyword.value, ast.Constant | ast.JoinedStr)
        and ast.unparse(keyword.value) != "f'{key}_code'"  # from a key that is of its slot
    ]
    assert found == []


def test_slots_do_not_outlast_their_block() -> None:
    with slot("b"):
        later = in_slot(lambda: slotted("x"))
        assert slotted("x") == "b:x"
    assert slotted("x") == "x"
    assert later() == "b:x"
    assert slotted("x") == "x"
