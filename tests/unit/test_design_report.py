"""The report and its charts: right numbers, nothing from elsewhere, no foreign markup."""

from __future__ import annotations

import json
import math
import re
from gettext import NullTranslations
from html.parser import HTMLParser

import numpy as np
import plotly.graph_objects as go
import pytest
from jinja2 import UndefinedError

from rpn_core.design.budget import Budget
from rpn_core.design.cost import anchor_cost
from rpn_core.design.coverage import coverage
from rpn_core.design.curve import coverage_curve
from rpn_core.design.document import coverage_document, suggestion_document
from rpn_core.design.findings import findings
from rpn_core.design.groups import group_coverage
from rpn_core.design.objects import design_objects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.design.suggest import suggest
from rpn_core.figures.design_before_after import coverage_curves
from rpn_core.figures.design_positives import positives_chart
from rpn_core.figures.design_report import ReportParts, design_report, lint_page
from rpn_core.figures.page import TEMPLATES, charts_page, render
from rpn_core.labels.label_set import LabelSet, label_set
from rpn_core.labels.lint.report import lint_label_set
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.messages import language
from rpn_core.settings import AnchorSettings
from tests.marked_language import MARKED, outside_marks

EVIL = "<script>alert('x')</script>"
PYRAMID = Pyramid((8, 16))
ANCHORS = AnchorSettings(((32,), (64,)), ((1,), (1, 2)))
RULE = ResizeRule("long_side", 256)


def labels_of(count: int = 60) -> LabelSet:
    random = np.random.default_rng(0)
    wh = np.exp(random.uniform(2, 4.5, (count, 2)))
    corner = random.random((count, 2)) * 150
    boxes = np.concatenate([corner, corner + wh], axis=1)
    boxes[0, 2] = boxes[0, 0]  # no width
    return label_set(
        tuple(f"{EVIL}{n}.jpg" for n in range(4)), boxes, np.arange(count) % 4,
        sizes_hw=np.full((4, 2), 256), categories=(EVIL, "dog"),
        category=np.arange(count) % 2,
    )  # fmt: skip


@pytest.fixture(scope="module")
def parts() -> ReportParts:
    labels = labels_of()
    objects = design_objects(labels, RULE)
    found = coverage(objects, PYRAMID, ANCHORS)
    groups = group_coverage(objects, found)
    budget = Budget(shapes=2, evaluations=300)
    return ReportParts(
        EVIL, labels.names, 60, RULE, objects, found, groups, findings(objects, found, groups),
        anchor_cost((256, 256), PYRAMID, ANCHORS),
        suggest(objects, PYRAMID, ANCHORS, budget),
        coverage_curve(objects, PYRAMID, ANCHORS, budget, counts=(1, 2)),
        lint_label_set(labels, ImageSource()),
        {"torchvision": "sizes = '<b>'"},
    )  # fmt: skip


def without_plotly(page: str) -> str:
    """The page but for Plotly's own script, which speaks of many addresses that it never asks."""
    start = page.index("<script>")
    return page[:start] + page[page.index("</script>", start) :]


def test_the_report_holds_what_it_was_given(parts):
    page = design_report(parts)
    shown = without_plotly(page)
    assert "long side 256 px" in shown
    for finding in parts.findings:
        assert str(finding.sentence) in shown
    assert f"{parts.found.recall(0.5):.1%} of 59 objects" in shown
    assert "60, of which 59 are objects to learn from" in shown
    assert f"{parts.cost.anchors_in_all:,} anchors for an input of 256 x 256 px" in shown
    assert "The worst met: 20 of 59 objects" in shown
    assert "Measured on 59 objects" in shown
    assert "Anchors for torchvision" in shown
    assert "<h2>Linter</h2>" in shown
    # plane, best IoU, positives, four kinds of groups, before and after, curve
    assert shown.count('class="plotly-graph-div"') == 9


def test_the_report_speaks_the_language_in_force(parts):
    with language(MARKED):
        shown = without_plotly(design_report(parts))
    heads = re.findall(r"<(h1|h2|h3|th|p|li)(?: [^>]*)?>(.*?)</", shown)
    heads = [(tag, words) for tag, words in heads if words]
    assert len(heads) > 60
    assert [both for both in heads if outside_marks(both[1])] == []


def test_files_are_in_english_whatever_is_spoken(parts):
    given = (RULE, parts.objects, parts.names, parts.found, parts.groups, parts.findings)
    english = coverage_document(*given, parts.cost)
    with language(MARKED):
        assert coverage_document(*given, parts.cost) == english
    assert "⟦" not in json.dumps(english, ensure_ascii=False)
    assert {group["name"] for group in english["groups"]} >= {"all", "dog", "level 0, stride 8"}


def test_nothing_comes_from_elsewhere(parts):
    page = design_report(parts)
    shown = without_plotly(page)
    assert "default-src 'none'" in shown
    assert not re.findall(r"<(?:link|iframe|img|script[^>]+src)", shown)
    assert not re.findall(r"https?://(?!www\.w3\.org)", shown)
    assert page.count("plotly.js v") == 1, "the script is there once"


def test_names_of_the_data_set_are_no_markup(parts):
    shown = without_plotly(design_report(parts))
    assert "alert(" in shown
    assert EVIL not in shown
    assert "<b>" not in re.sub(r"<script.*?</script>", "", shown, flags=re.S)
    assert EVIL not in lint_page(EVIL, parts.lint)


NAMES = [
    "</script><img src=x onerror=alert(1)>",
    "\"quoted\" & 'quoted'.jpg",
    "{{ 7 * 7 }}{% raw %}",
    "<!--",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_is_wherever_it_stands(name):
    labels = label_set((name,), np.array([[1.0, 1, 40, 9], [0, 0, 0, 5]]), np.array([0, 0]),
                       sizes_hw=np.array([[99, 99]]), categories=(name,),
                       category=np.array([0, 0]))  # fmt: skip
    objects = design_objects(labels, RULE)
    found = coverage(objects, PYRAMID, ANCHORS)
    groups = group_coverage(objects, found)
    page = without_plotly(
        design_report(
            ReportParts(name, labels.names, 2, RULE, objects, found, groups,
                        findings(objects, found, groups), anchor_cost((256, 256), PYRAMID, ANCHORS),
                        lint=lint_label_set(labels, ImageSource()), snippets={name: name})
        )
    )  # fmt: skip
    read = Read()
    read.feed(page)
    assert {f"Anchors and {name}", f"Anchors for {name}", name} <= set(read.texts)
    assert read.texts.count(name) > 3  # a group, the worst, the linter's rows, a snippet
    assert "img" not in read.tags
    assert page.count("<script") == read.tags.count("script")


class Read(HTMLParser):
    """What a browser makes of a page: its elements, and the text in them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_charts_alone_escape_their_title_and_fetch_nothing(parts):
    page = charts_page(NAMES[0], [positives_chart(parts.found)] * 2)
    read = Read()
    read.feed(without_plotly(page))
    assert NAMES[0] in read.texts
    assert "img" not in read.tags
    assert "default-src 'none'" in page
    assert page.count('class="plotly-graph-div"') == 2
    assert page.count("plotly.js v") == 1


class German(NullTranslations):
    def info(self) -> dict[str, str]:
        return {"language": "de_AT"}


@pytest.mark.parametrize(("translations", "tag"), [(NullTranslations(), "en"), (German(), "de-AT")])
def test_the_page_says_its_language(parts, translations, tag):
    with language(translations):
        assert f'<html lang="{tag}">' in lint_page("mine", parts.lint)
        assert f'<html lang="{tag}">' in charts_page("mine", [])


def test_only_what_plotly_wrote_goes_unescaped():
    unescaped = {
        path.name: found
        for path in TEMPLATES.iterdir()
        if (found := re.findall(r"\| *safe|autoescape|Markup", path.read_text("utf-8")))
    }
    assert unescaped == {"plotly.html": ["| safe", "| safe"]}
    given = [
        path.name for path in TEMPLATES.iterdir() if "plotly.chart(" in path.read_text("utf-8")
    ]
    assert sorted(given) == ["charts.html", "report.html"]


def test_a_fact_that_is_missing_is_no_empty_place():
    with pytest.raises(UndefinedError):
        render("report.html", "mine")


def test_a_report_of_coverage_alone(parts):
    page = design_report(
        ReportParts(parts.title, parts.names, parts.boxes, parts.rule, parts.objects, parts.found,
                    parts.groups, parts.findings, parts.cost)
    )  # fmt: skip
    for absent in ("Suggestion", "Linter", "How many shapes"):
        assert f"<h2>{absent}" not in page


def test_a_clean_data_set_has_a_clean_lint_page():
    clean = label_set(("a.jpg",), np.array([[1.0, 1, 60, 60]]), np.array([0]),
                      sizes_hw=np.array([[99, 99]]), categories=("x",),
                      category=np.array([0]))  # fmt: skip
    page = lint_page("mine", lint_label_set(clean, ImageSource()))
    assert "Nothing was found." in page


def test_positives_bars_count_every_object_twice(parts):
    figure = go.Figure(positives_chart(parts.found).to_dict())  # validated
    strict, with_rule = figure.data
    assert sum(strict.y) == sum(with_rule.y) == 59
    assert strict.y[0] == (parts.found.positives == 0).sum()
    assert with_rule.y[2] == ((parts.found.positives_in_all // 2) == 1).sum()


def test_curves_fall_from_all_to_the_perfectly_met(parts):
    made = parts.suggestion
    figure = go.Figure(coverage_curves({"present": made.before, "suggested": made.after}).to_dict())
    for line, found in zip(figure.data, (made.before, made.after), strict=True):
        assert line.y[0] == 1
        assert list(line.y) == sorted(line.y, reverse=True)
        for at in (0.5, 0.7):
            assert line.y[round(at * 100)] == pytest.approx(found.recall(at), abs=1e-4)
        assert f"mean {found.mean_iou:.3f}" in line.name


def test_documents_are_json_without_nan(parts):
    document = coverage_document(
        RULE, parts.objects, parts.names, parts.found, parts.groups, parts.findings, parts.cost
    )
    again = json.loads(json.dumps(document, allow_nan=False))
    assert again["objects"] == 59
    assert again["left_out"]["without_area_or_not_finite"] == 1
    assert again["best_possible_recall"]["0.5"] == pytest.approx(parts.found.recall(0.5))
    assert again["worst"][0]["placed_iou"] == pytest.approx(parts.found.placed_iou.min())
    assert again["worst"][0]["image"].startswith(EVIL)
    empty = next(g for g in again["groups"] if g["objects"] == 0)
    assert empty["mean_placed_iou"] is None
    suggestion = json.loads(
        json.dumps(suggestion_document(parts.suggestion, parts.curve), allow_nan=False)
    )
    assert suggestion["after"]["mean_placed_iou"] == pytest.approx(parts.suggestion.after.mean_iou)
    assert [point["shapes"] for point in suggestion["curve"]["points"]] == [1, 2]
    assert not math.isnan(suggestion["before"]["mean_shape_iou"])
