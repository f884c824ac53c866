"""HTML files that need no network: reports of sections, and pages of charts alone.

The markup is in `templates/`. What is given here is text, in the language in force; Jinja escapes
it all, but for what Plotly itself wrote.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import plotly.graph_objects as go

from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.messages import Message, current_language

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
Text = str | Message


@dataclass(frozen=True, slots=True)
class Paragraph:
    kind: ClassVar = "paragraph"
    text: Text


@dataclass(frozen=True, slots=True)
class Heading:
    """Of what follows in its section."""

    kind: ClassVar = "heading"
    text: Text


@dataclass(frozen=True, slots=True)
class Code:
    """Text as it is, line for line."""

    kind: ClassVar = "code"
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list; each item is marked as a "problem", as "fine", or as a plain "note"."""

    kind: ClassVar = "items"
    items: Sequence[tuple[str, Text]]


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers stand to the right: whole ones with commas, others with three decimals, no NaN."""

    kind: ClassVar = "table"
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, eq=False, slots=True)
class Chart:
    """A chart; the title is for who cannot see it."""

    kind: ClassVar = "chart"
    title: str
    figure: go.Figure

    def made(self) -> str:
        return _chart(self.figure)


Block = Paragraph | Heading | Code | Items | Table | Chart


@dataclass(frozen=True, eq=False, slots=True)
class Section:
    """Some blocks under a title; "" for none."""

    title: str
    blocks: Sequence[Block]


def report_page(title: str, sections: Sequence[Section]) -> str:
    """Write a report."""
    has_charts = any(isinstance(block, Chart) for part in sections for block in part.blocks)
    return render("report.html", title, sections=sections, has_charts=has_charts)


def charts_page(title: str, figures: Sequence[go.Figure]) -> str:
    """Write the figures one below the other."""
    return render("charts.html", title, charts=[_chart(figure) for figure in figures])


def decimal(value: float) -> str:
    """With three decimals; "" for NaN."""
    return "" if math.isnan(value) else f"{value:.3f}"


def _chart(figure: go.Figure) -> str:
    # In the app the theme gives colours; alone, a chart needs a template with visible grids.
    drawn = go.Figure(figure).update_layout(template="plotly_white")
    made: str = drawn.to_html(
        full_html=False, include_plotlyjs=False, config=dict[str, Any](CHART_CONFIG)
    )
    return made


def render(template: str, title: str, **facts: object) -> str:
    """A page by one of the templates.

    Raises:
        jinja2.UndefinedError: the template names a fact that is not given.
    """
    from plotly.offline import get_plotlyjs

    return (
        _templates()
        .get_template(template)
        .render(title=title, language=current_language(), plotly_js=get_plotlyjs(), **facts)
    )


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["decimal"] = decimal
    return made
