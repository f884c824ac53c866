"""The panel of boxes: what comes is shown, what is wrong is told, and nothing is lost."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.objects.labels_panel import ROWS
from rpn_core.labels.loaded import LoadedLabels
from tests.pictures import jpeg
from tests.unit.labels_data import coco, zipped

EVIL = "<img src=x onerror=alert(1)> [a](b) *猫* .jpg"


def page() -> None:
    """A page with nothing but the panel."""
    import streamlit as st

    from pages._ui.objects.labels_panel import current_labels, draw_labels_panel
    from pages._ui.state.notices import show_notices

    show_notices()
    draw_labels_panel()
    st.session_state["seen"] = current_labels()


class Panel:
    def __init__(self, test: AppTest) -> None:
        self.test = test

    @property
    def labels(self) -> LoadedLabels | None:
        assert [error.value for error in self.test.exception] == []
        found: LoadedLabels | None = self.test.session_state["seen"]
        return found

    @property
    def complaints(self) -> list[str]:
        return [re.sub(r"\\([^A-Za-z0-9])", r"\1", one.value) for one in self.test.warning]

    @property
    def metrics(self) -> dict[str, str]:
        return {one.label: one.value for one in self.test.metric}

    @property
    def headings(self) -> list[str]:
        return [one.label for one in self.test.expander]

    def upload(self, *files: tuple[str, bytes | str]) -> None:
        sent = [
            (name, data.encode() if isinstance(data, str) else data, "application/octet-stream")
            for name, data in files
        ]
        self.test.get("file_uploader")[0].set_value(sent).run()

    def click(self, key: str) -> None:
        self.test.button(key=key).click().run()

    def open(self, kind: str) -> None:
        self.test.session_state[f"lint_{kind}"] = True
        self.test.run()


@pytest.fixture
def panel() -> Panel:
    return Panel(AppTest.from_function(page, default_timeout=120).run())


def boxes(*rows: list[float]) -> str:
    return coco(*({"bbox": row} for row in rows))


def test_without_boxes_it_says_how_to_get_some(panel: Panel) -> None:
    assert panel.labels is None
    assert panel.complaints == []
    assert "try the sample photos" in panel.test.caption[0].value


def test_the_example_is_there_at_a_click_and_gone_at_another(panel: Panel) -> None:
    panel.click("labels_example")
    assert panel.labels is not None
    assert panel.metrics["Boxes"] == "41"
    assert "nothing wrong" in panel.test.success[0].value
    panel.click("labels_close")
    assert panel.labels is None


def test_an_upload_is_summed_up_and_checked(panel: Panel) -> None:
    panel.upload(("x.json", boxes([10, 10, 50, 40], [10, 10, 50, 40], [90, 10, 50, 40])))
    assert panel.labels is not None
    assert panel.metrics == {
        "Images listed": "1", "Boxes": "3", "Categories": "1", "Image files": "0"
    }  # fmt: skip
    assert panel.headings == [
        "Box that leaves its image: 1", "Box that repeats an earlier one of its image: 1"
    ]  # fmt: skip
    assert any("0 errors, 2 warnings, 0 notes" in one.value for one in panel.test.markdown)


def test_a_bad_file_leaves_what_was_open(panel: Panel) -> None:
    panel.upload(("x.json", boxes([10, 10, 50, 40])))
    kept = panel.labels
    panel.upload(("broken.json", "{"))
    assert panel.labels is kept is not None
    (sentence,) = panel.complaints
    assert sentence.startswith("broken.json is not COCO JSON")
    assert sentence.endswith("The data set that was open stays.")
    panel.upload(("y.json", boxes([1, 1, 20, 20], [2, 2, 20, 20])))
    assert panel.complaints == []
    assert panel.metrics["Boxes"] == "2"


def test_findings_are_paged_with_pictures_and_counted(panel: Panel) -> None:
    rows = [[10, 10, -5 - place, 4] for place in range(45)]
    archive = zipped({"x.json": boxes(*rows), "a.jpg": jpeg(100, 80)})
    panel.upload(("set.zip", archive))
    panel.open("no-area")
    (table,) = panel.test.dataframe
    assert len(table.value) == ROWS
    assert table.value["picture"].str.startswith("data:image/jpeg;base64,").all()
    assert table.value["what came"][0] == "x1 10, y1 10, x2 5, y2 14"
    assert "1 to 20 of 45 shown" in panel.test.caption[-1].value
    panel.test.number_input(key="lint_page_no-area").set_value(3).run()
    assert panel.test.dataframe[0].value["box"].tolist() == [40, 41, 42, 43, 44]
    assert "41 to 45 of 45 shown" in panel.test.caption[-1].value


def test_the_limit_of_tiny_moves_the_count(panel: Panel) -> None:
    panel.upload(("x.json", boxes([10, 10, 12, 40])))
    assert panel.headings == []
    panel.test.number_input(key="labels_tiny").set_value(20.0).run()
    assert panel.headings == ["Tiny box: 1"]


def test_names_from_outside_are_never_markup(panel: Panel) -> None:
    images = [{"id": 1, "file_name": EVIL, "width": 100, "height": 80}]
    panel.upload((f"{EVIL}.json", coco({"bbox": [10, 10, -5, 4]}, images=images)))
    assert panel.labels is not None
    panel.open("no-area")
    assert panel.test.dataframe[0].value["image"][0] == EVIL
    marked = [one.value for one in (*panel.test.markdown, *panel.test.caption)]
    assert not any("onerror" in text for text in marked)


def test_images_may_come_after_the_boxes(panel: Panel) -> None:
    panel.upload(("x.json", boxes([10, 10, 50, 40])))
    panel.upload(("photos.zip", zipped({"d/a.jpg": jpeg(50, 40)})))
    assert panel.labels is not None
    assert panel.metrics["Image files"] == "1"
    assert panel.headings == ["Image of another size than annotated: 1"]
    panel.upload(("a.jpg", jpeg(100, 80)))
    assert panel.metrics["Image files"] == "2"
    assert panel.headings == []


def test_a_second_data_set_takes_the_place_of_the_first(panel: Panel) -> None:
    panel.upload(("x.json", boxes([10, 10, 50, 40])))
    panel.upload(("y.json", boxes([1, 1, 20, 20], [2, 2, 20, 20])))
    assert panel.complaints == []
    assert panel.metrics["Boxes"] == "2"
    assert panel.test.get("file_uploader")[0].value in (None, [])


def test_of_several_formats_one_is_chosen_without_another_upload(panel: Panel) -> None:
    archive = zipped({"x.json": boxes([1, 2, 3, 4]), "a.txt": "0 .5 .5 .2 .5", "a.jpg": jpeg(9, 9)})
    panel.upload(("x.json", boxes([10, 10, 50, 40])))
    kept = panel.labels
    panel.upload(("set.zip", archive))
    assert panel.labels is kept
    assert panel.complaints[0].startswith("set.zip holds COCO JSON and YOLO txt: choose")
    (choice,) = panel.test.selectbox
    assert choice.options == ["COCO JSON", "YOLO txt"]
    choice.select_index(1).run()
    assert panel.labels is not None
    assert panel.labels.form.key == "yolo"
    assert (panel.complaints, list(panel.test.selectbox)) == ([], [])
    panel.upload(("set.zip", archive))
    assert panel.test.selectbox[0].value is None, "it is asked again"


def test_several_files_are_one_data_set(panel: Panel) -> None:
    panel.upload(
        ("a.txt", "0 .5 .5 .2 .5"), ("a.jpg", jpeg(100, 80)), ("data.yaml", "names: [cat]")
    )
    assert panel.labels is not None
    assert panel.labels.labels.boxes.round(6).tolist() == [[40, 20, 60, 60]]
    assert panel.metrics["Image files"] == "1"
