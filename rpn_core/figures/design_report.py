"""An anchor design and what it means for a data set, as one HTML file to send to a colleague.

Nothing in it comes from elsewhere: the file forbids its own browser to fetch anything. Names that
the data set brought are escaped.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from rpn_core.design.cost import AnchorCost
from rpn_core.design.coverage import Coverage
from rpn_core.design.curve import CoverageCurve
from rpn_core.design.findings import Finding
from rpn_core.design.groups import RECALL_AT, GroupCoverage, GroupKind
from rpn_core.design.objects import DesignObjects
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.design.suggest import Suggestion
from rpn_core.figures.anchor_coverage import group_chart, iou_histogram
from rpn_core.figures.anchor_curve import curve_chart
from rpn_core.figures.anchor_plane import anchor_plane
from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.figures.design_before_after import coverage_curves
from rpn_core.figures.design_positives import positives_chart
from rpn_core.labels.lint.report import LintReport
from rpn_core.messages import Message, msg, ntr, tr
from rpn_core.settings import AnchorSettings

WORST = 20
GROUPS_SHOWN = 40
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
       color: #1c2430; background: #fff }
h1 { line-height: 1.2 } h2 { margin-top: 2.5rem }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #d5dae1; text-align: left;
         vertical-align: top }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
pre { background: #f3f5f8; padding: .8rem; overflow-x: auto }
li.problem::marker { content: "▲ "; color: #b34700 }
li.fine::marker { content: "✓ "; color: #007a5a }
"""


@dataclass(frozen=True, eq=False, slots=True)
class ReportParts:
    """What a report can tell; all but the coverage may be missing.

    Attributes:
        title: of the data set, for people; never a path.
        names: of the images.
        boxes: in the data set.
        rule, objects, found, groups, findings, cost: of the coverage that the report is about.
        suggestion, curve: what else was found.
        lint: of the data set.
        snippets: name of a framework -> its text of the anchors (the suggested ones, if any).
    """

    title: str | Message
    names: Sequence[str]
    boxes: int
    rule: ResizeRule
    objects: DesignObjects
    found: Coverage
    groups: Sequence[GroupCoverage]
    findings: Sequence[Finding]
    cost: AnchorCost
    suggestion: Suggestion | None = None
    curve: CoverageCurve | None = None
    lint: LintReport | None = None
    snippets: Mapping[str, str] | None = None


_BY: dict[GroupKind, Message] = {
    "all": msg("all"),
    "size": msg("size"),
    "ratio": msg("ratio"),
    "category": msg("category"),
    "level": msg("level"),
}


def design_report(parts: ReportParts) -> str:
    """Write the whole report."""
    sections = [
        _what(parts),
        _findings(parts.findings),
        _charts(parts),
        _groups(parts.groups),
        _worst(parts),
    ]
    if parts.suggestion:
        sections.append(_suggestion(parts.suggestion))
    if parts.curve:
        sections.append(_curve(parts.curve))
    for framework, text in (parts.snippets or {}).items():
        title = tr("Anchors for {framework}", framework=framework)
        sections.append(f"{_heading(title)}<pre>{_safe(text)}</pre>")
    if parts.lint:
        sections.append(lint_section(parts.lint))
    return _page(
        tr(
            "Anchors and {title}",
            title=parts.title,
        ),
        sections,
    )


def lint_page(title: str | Message, report: LintReport) -> str:
    """The linter's part alone."""
    return _page(
        tr(
            "Labels of {title}",
            title=title,
        ),
        [lint_section(report)],
    )


def lint_section(report: LintReport, rows_of_each: int = 10) -> str:
    """What the linter found: a row for each kind, then the first rows of each."""
    heading = _heading(tr("Linter"))
    if not report.groups:
        return heading + _paragraph(tr("Nothing was found."))
    summary = _table(
        (
            tr("severity"),
            tr("what"),
            tr("found"),
            tr("what happens otherwise"),
            tr("what to do"),
        ),
        (
            (
                group.rule.severity.words,
                group.rule.title,
                len(group),
                group.rule.otherwise,
                group.rule.remedy,
            )
            for group in report.groups
        ),
    )
    details = []
    for group in report.groups:
        rows = group.rows(report.labels, 0, rows_of_each)
        title = tr(
            "{kind}: {shown:,} of {present:,}",
            kind=group.rule.title,
            shown=len(rows),
            present=len(group),
        )
        details.append(
            f"<h3>{_safe(title)}</h3>"
            + _table(
                (tr("image"), tr("box"), tr("came")),
                ((row.image or "", "" if row.box is None else row.box, row.came) for row in rows),
            )
        )
    return heading + summary + "".join(details)


def _heading(words: str) -> str:
    return f"<h2>{_safe(words)}</h2>"


def _paragraph(words: str) -> str:
    return f"<p>{_safe(words)}</p>"


def _page(title: str, sections: Iterable[str]) -> str:
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{_safe(title)}</title><style>{_STYLE}</style><h1>{_safe(title)}</h1>"
        + "".join(sections)
        + "</html>\n"
    )


def _safe(value: object) -> str:
    return html.escape(str(value))


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Numbers to the right, all text escaped."""

    def cell(value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"<td>{_safe(value)}</td>"
        return f"<td class='n'>{f'{value:,}' if isinstance(value, int) else _number(value)}</td>"

    head = "".join(f"<th>{_safe(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _what(parts: ReportParts) -> str:
    objects, found = parts.objects, parts.found
    facts: list[tuple[str, object]] = [
        (tr("images"), f"{len(parts.names):,}"),
        (
            tr("boxes"),
            tr(
                "{boxes:,}, of which {count:,} are objects to learn from",
                boxes=parts.boxes,
                count=len(objects),
            ),
        ),
        (tr("network input"), parts.rule.sentence()),
        (tr("foreground IoU"), f"{found.fg_iou_thresh:g}"),
        (
            tr("mean best IoU"),
            tr(
                "{mean_iou} on the grid",
                mean_iou=_number(found.mean_iou),
            ),
        ),
    ]
    facts += [
        (
            tr(
                "best possible recall at IoU {at}",
                at=at,
            ),
            tr(
                "{at:.1%} of {count:,} objects",
                at=found.recall(at),
                count=len(objects),
            ),
        )
        for at in RECALL_AT
        if len(objects)
    ]
    return _table(("", ""), facts) + _anchors(found.anchors, found.pyramid.strides, parts.cost)


def _anchors(anchors: AnchorSettings, strides: Sequence[int], cost: AnchorCost) -> str:
    def listed(numbers: Sequence[float]) -> str:
        return ", ".join(f"{number:g}" for number in numbers) or tr("none")

    rows = [
        (
            level,
            stride,
            listed([size * anchors.size_factor for size in sizes]),
            listed(ratios),
            cost.shapes[level],
            cost.anchors[level],
        )
        for level, (stride, sizes, ratios) in enumerate(
            zip(strides, anchors.sizes, anchors.aspect_ratios, strict=True)
        )
    ]
    height, width = cost.padded_hw
    table = _table(
        (
            tr("level"),
            tr("stride"),
            tr("sizes, px of the network input"),
            tr("ratios h/w"),
            tr("shapes"),
            tr("anchors"),
        ),
        rows,
    )
    return table + _paragraph(
        tr(
            "Convention {convention}, grid offset {offset:g}. {anchors:,} anchors for an input of "
            "{width} x {height} px, the data set's median: {outputs:,} outputs of the head, "
            "{megabytes:.1f} MB for anchors, outputs and decoded boxes (computed, not measured).",
            convention=anchors.convention,
            offset=anchors.offset,
            anchors=cost.anchors_in_all,
            width=width,
            height=height,
            outputs=cost.head_outputs,
            megabytes=cost.memory_bytes / 1e6,
        )
    )


def _findings(told: Sequence[Finding]) -> str:
    def look(finding: Finding) -> str:
        if finding.problem:
            return "problem"
        return "fine" if finding.kind == "all reached" else "note"

    items = "".join(f"<li class='{look(f)}'>{_safe(f.sentence)}</li>" for f in told)
    return f"{_heading(tr('Findings'))}<ul>{items}</ul>"


def _charts(parts: ReportParts) -> str:
    found = parts.found
    charts: list[tuple[str, go.Figure]] = [
        (
            tr("Sizes and ratios of the objects, and the anchors among them"),
            anchor_plane(parts.objects, found.table, found.pyramid.strides),
        ),
        (tr("Best IoU of each object"), iou_histogram(found)),
        (tr("Positives of each object"), positives_chart(found)),
    ]
    kinds: tuple[tuple[GroupKind, str], ...] = (
        ("size", tr("By size in the original image")),
        ("ratio", tr("By ratio")),
        ("category", tr("By category")),
        ("level", tr("By level of the best anchor")),
    )
    for kind, title in kinds:
        if any(group.kind == kind and group.objects for group in parts.groups):
            charts.append((title, group_chart(parts.groups, kind, found.fg_iou_thresh)))
    drawn = [f"<h3>{_safe(title)}</h3>{_chart(figure, title)}" for title, figure in charts]
    # The first chart brings Plotly's own script along, for all.
    return _heading(tr("Coverage")) + _script() + "".join(drawn)


def _script() -> str:
    from plotly.offline import get_plotlyjs

    return f"<script>{get_plotlyjs()}</script>"


def _chart(figure: go.Figure, title: str) -> str:
    # On the page the theme gives colours; alone, a chart needs a template with visible grids.
    drawn = go.Figure(figure).update_layout(template="plotly_white")
    made: str = drawn.to_html(
        full_html=False, include_plotlyjs=False, config=dict[str, Any](CHART_CONFIG)
    )
    return f"<div role='img' aria-label='{_safe(title)}'>{made}</div>"


def _groups(groups: Sequence[GroupCoverage]) -> str:
    there = [group for group in groups if group.objects]
    shown = there[:GROUPS_SHOWN]
    table = _table(
        (
            tr("by"),
            tr("group"),
            tr("objects"),
            tr("mean IoU, shape only"),
            tr("mean IoU, placed"),
            *(
                tr(
                    "reached at {at}",
                    at=at,
                )
                for at in RECALL_AT
            ),
            tr("no shape fits"),
            tr("grid steps over"),
            tr("low-quality only"),
            tr("no positive"),
            tr("median positives"),
        ),
        (
            (
                _BY[group.kind],
                group.name,
                group.objects,
                group.shape_iou,
                group.placed_iou,
                *group.reached,
                group.unreachable,
                group.stepped_over,
                group.low_quality_only,
                group.no_positive,
                f"{group.positives:g}",
            )
            for group in shown
        ),
    )
    all_are_there = len(there) == len(shown)
    more = tr("{shown} of {present} groups.", shown=len(shown), present=len(there))
    return _heading(tr("In numbers")) + table + ("" if all_are_there else _paragraph(more))


def _worst(parts: ReportParts) -> str:
    objects, found = parts.objects, parts.found
    worst = found.worst(WORST).tolist()
    rows = (
        (
            parts.names[int(objects.image[m])],
            ", ".join(f"{value:.0f}" for value in objects.original[m]),
            " x ".join(f"{side:.1f}" for side in objects.wh[m]),
            float(found.shape_iou[m]),
            float(found.placed_iou[m]),
            int(found.positives_in_all[m]),
        )
        for m in worst
    )
    title = ntr(
        "The worst met: {shown} of {count} object",
        "The worst met: {shown} of {count:,} objects",
        count=len(objects),
        shown=len(worst),
    )
    return _heading(title) + _table(
        (
            tr("image"),
            tr("box x1, y1, x2, y2, original px"),
            tr("w x h, network px"),
            tr("IoU, shape only"),
            tr("IoU, placed"),
            tr("positives"),
        ),
        rows,
    )


def _suggestion(made: Suggestion) -> str:
    rows = [
        (
            name,
            found.mean_iou,
            *(found.recall(at) for at in RECALL_AT),
            cost.anchors_in_all,
            cost.head_outputs,
        )
        for name, found, cost in (
            (tr("present"), made.before, made.cost_before),
            (tr("suggested"), made.after, made.cost_after),
        )
    ]
    words = (
        tr("Nothing better was found within the budget: the present anchors stay.")
        if made.kept
        else tr(
            "Found in {trials:,} trials on {sampled:,} of {count:,} objects, measured on "
            "all of them.",
            trials=made.trials,
            sampled=made.sampled,
            count=len(made.before),
        )
    )
    table = _table(
        (
            tr("anchors"),
            tr("mean best IoU"),
            *(
                tr(
                    "recall at {at}",
                    at=at,
                )
                for at in RECALL_AT
            ),
            tr("anchors an image"),
            tr("head outputs"),
        ),
        rows,
    )
    both = coverage_curves({tr("present"): made.before, tr("suggested"): made.after})
    return (
        _heading(tr("Suggestion"))
        + _paragraph(words)
        + table
        + _anchors(made.anchors, made.after.pyramid.strides, made.cost_after)
        + _chart(both, tr("Recall against IoU, before and after"))
    )


def _curve(curve: CoverageCurve) -> str:
    words = tr(
        "Measured on {sampled:,} of {total:,} objects. From {enough} on, one more shape adds less "
        "than half a point.",
        sampled=curve.sampled,
        total=curve.total,
        enough=curve.enough,
    )
    return (
        _heading(tr("How many shapes are enough"))
        + _paragraph(words)
        + _chart(curve_chart(curve), tr("Coverage against the number of shapes"))
    )
