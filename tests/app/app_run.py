"""What a person reads off one run of the app."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from streamlit.testing.v1 import AppTest

from pages._ui.controls.side_bar import TABS
from pages._ui.state.visit import SETTINGS_TAB
from pages._ui.state.workbench import Workbench
from rpn_core.settings import Settings


class AppRun:
    """One visitor's session; the widgets are reached through `test`."""

    def __init__(self, test: AppTest) -> None:
        self.test = test
        self.must_be_whole()

    def must_be_whole(self) -> None:
        """No traceback, and the picture's own panel is there."""
        assert [error.value for error in self.test.exception] == []

    def set(self, key: str, value: Any) -> None:
        """Give the widget of this key another value and run the app."""
        self._widget(key).set_value(value).run()
        self.must_be_whole()

    def click(self, key: str) -> None:
        self.test.button(key=key).click().run()
        self.must_be_whole()

    def value(self, key: str) -> Any:
        return self._widget(key).value

    def _widget(self, key: str) -> Any:
        """The widget; the tab of the settings that holds it is opened."""
        open_tab = SETTINGS_TAB.name
        for tab in (self.test.session_state[open_tab], *map(str, TABS)):
            if tab != self.test.session_state[open_tab]:
                self.test.session_state[open_tab] = tab
                self.test.run()
            with suppress(KeyError):
                return self._drawn_widget(key)
        raise KeyError(f"no widget has the key {key}")

    def _drawn_widget(self, key: str) -> Any:
        kinds = (
            "slider", "number_input", "toggle", "selectbox", "multiselect", "radio",
            "file_uploader", "button_group", "text_area",
        )  # fmt: skip
        for kind in kinds:
            for widget in self.test.get(kind):
                if widget.key == key:
                    return widget
        raise KeyError(f"no widget has the key {key}")

    @property
    def bench(self) -> Workbench:
        bench: Workbench = self.test.session_state["_workbench"]
        return bench

    @property
    def settings(self) -> Settings:
        return self.bench.settings

    @property
    def link(self) -> dict[str, str]:
        """The query in the address bar."""
        return {
            key: value[0] if isinstance(value, list) else value
            for key, value in self.test.query_params.items()
        }

    @property
    def recomputed(self) -> dict[str, bool]:
        """Stage -> whether the header's badge says that it was computed in this run."""
        badges = next(m.value for m in self.test.markdown if "-badge[network" in m.value)
        found = re.findall(r":(green|gray)-badge\[(\w+) [\d.]+ m?s\]", badges)
        return {stage: colour == "green" for colour, stage in found}

    @property
    def complaints(self) -> list[str]:
        """Every warning and error, as it reads with its Markdown escapes taken away."""
        texts = [element.value for element in (*self.test.warning, *self.test.error)]
        return [re.sub(r"\\([^A-Za-z0-9])", r"\1", text) for text in texts]

    @property
    def explanations(self) -> list[str]:
        return [element.value for element in self.test.info]
