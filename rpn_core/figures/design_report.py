"""An anchor design and what it means for a data set, as one HTML file to send to a colleague.

Nothing in it comes from elsewhere: the file forbids its own browser to fetch anything. Names that
the data set brought are escaped, as all text is (`page`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from rpn_core.anchors.words import level_columns
from rpn_core.counts import count_anchors, count_objects, part_of_objects
from rpn_core.design.cost import AnchorCost
from rpn_core.design.coverage import Coverage
from rpn_core.design.curve import CoverageCurve
from rpn_core.design.findings import CoverageFinding
from rpn_core.design.groups import RECALL_AT, GroupCoverage, GroupKind
from rpn_core.design.objects import DesignObjects
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.design.suggest import Suggestion
from rpn_core.figures.anchor_coverage import group_chart, iou_histogram
from rpn_core.figures.anchor_curve import curve_chart
from rpn_core.figures.anchor_plane import anchor_plane
from rpn_core.figures.design_before_after import coverage_curves
from rpn_core.figures.design_positives import positives_chart
from rpn_core.figures.page import (
    Block,
    Chart,
    Code,
    Heading,
    Items,
    Paragraph,
    Section,
    Table,
    decimal,
    report_page,
)
from rpn_core.labels.lint.report import LintReport
from rpn_core.labels.lint.verdict import verdict
from rpn_core.messages import Message, msg, nmsg, ntr, tr
from rpn_core.settings import AnchorSettings

WORST = 20
GROUPS_SHOWN = 40


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
    findings: Sequence[CoverageFinding]
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
        _findings(parts.findings, parts.lint),
        _charts(parts),
        _groups(parts.groups),
        _worst(parts),
    ]
    if parts.suggestion:
        sections.append(_suggestion(parts.suggestion))
    if parts.curve:
        sections.append(_curve(parts.curve))
    sections += [
        Section(tr("Anchors for {framework}", framework=framework), [Code(text)])
        for framework, text in (parts.snippets or {}).items()
    ]
    if parts.lint:
        sections.append(lint_section(parts.lint))
    return report_page(tr("Anchors and {title}", title=parts.title), sections)


def lint_page(title: str | Message, report: LintReport) -> str:
    """The linter's part alone."""
    return report_page(tr("Labels of {title}", title=title), [lint_section(report)])


def lint_section(report: LintReport, rows_of_each: int = 10) -> Section:
    """What the linter found: a row for each kind, then the first rows of each."""
    if not report.groups:
        return Section(tr("Linter"), [Paragraph(tr("Nothing was found."))])
    summary = Table(
        (
            tr("severity"),
            tr("what"),
            tr("found"),
            tr("what happens otherwise"),
            tr("what to do"),
        ),
        [
            (
                group.rule.severity.label,
                group.rule.title,
                len(group),
                group.rule.otherwise,
                group.rule.remedy,
            )
            for group in report.groups
        ],
    )
    blocks: list[Block] = [summary]
    for group in report.groups:
        rows = group.rows(report.labels, 0, rows_of_each)
        title = tr(
            "{kind}: {shown:,} of {present:,}",
            kind=group.rule.title,
            shown=len(rows),
            present=len(group),
        )
        cells = [(row.image or "", "" if row.box is None else row.box, row.came) for row in rows]
        blocks += [Heading(title), Table((tr("image"), tr("box"), tr("came")), cells)]
    return Section(tr("Linter"), blocks)


def _what(parts: ReportParts) -> Section:
    objects, found = parts.objects, parts.found
    facts: list[tuple[str, object]] = [
        (tr("images"), f"{len(parts.names):,}"),
        (
            tr("boxes"),
            ntr(
                "{boxes:,}, of which {count} is an object to learn from",
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
                mean_iou=decimal(found.mean_iou),
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
                "{share:.1%} of {objects}",
                share=found.recall(at),
                objects=count_objects(len(objects)),
            ),
        )
        for at in RECALL_AT
        if len(objects)
    ]
    anchors = _anchors(found.anchors, found.pyramid.strides, parts.cost)
    return Section("", [Table(("", ""), facts), *anchors])


def _anchors(
    anchors: AnchorSettings, strides: Sequence[int], cost: AnchorCost
) -> tuple[Table, Paragraph]:
    rows = [
        (level, stride, *level_columns(anchors, level), cost.shapes[level], cost.anchors[level])
        for level, stride in enumerate(strides)
    ]
    height, width = cost.padded_hw
    table = Table(
        (
            tr("level"),
            tr("stride"),
            tr("sizes, or width x height; px of the network input"),
            tr("ratios h/w"),
            tr("shapes"),
            tr("anchors"),
        ),
        rows,
    )
    return table, Paragraph(
        tr(
            "Convention {convention}, grid offset {offset:g}. {anchors} for an input of {width} x "
            "{height} px, the data set's median: {outputs} of the head, {megabytes:.1f} MB for "
            "anchors, outputs and decoded boxes (computed, not measured).",
            convention=anchors.convention,
            offset=anchors.offset,
            anchors=count_anchors(cost.anchors_in_all),
            width=width,
            height=height,
            outputs=nmsg("{count} output", "{count:,} outputs", count=cost.head_outputs),
            megabytes=cost.memory_bytes / 1e6,
        )
    )


def _findings(told: Sequence[CoverageFinding], lint: LintReport | None) -> Section:
    """What is wrong with the boxes first, since all that follows is to be read with it."""
    errors = verdict(lint, of_boxes_alone=True).sentences() if lint else []

    def look(finding: CoverageFinding) -> str:
        if finding.problem:
            return "problem"
        return "fine" if finding.kind == "all reached" else "note"

    rows = [("problem", error) for error in errors]
    rows += [(look(one), one.sentence) for one in told]
    return Section(tr("Findings"), [Items(rows)])


def _charts(parts: ReportParts) -> Section:
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
    blocks: list[Block] = []
    for title, figure in charts:
        blocks += [Heading(title), Chart(title, figure)]
    return Section(tr("Coverage"), blocks)


def _groups(groups: Sequence[GroupCoverage]) -> Section:
    there = [group for group in groups if group.objects]
    shown = there[:GROUPS_SHOWN]
    table = Table(
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
        [
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
        ],
    )
    blocks: list[Block] = [table]
    if len(shown) < len(there):
        more = tr("{shown} of {present} groups.", shown=len(shown), present=len(there))
        blocks.append(Paragraph(more))
    return Section(tr("In numbers"), blocks)


def _worst(parts: ReportParts) -> Section:
    objects, found = parts.objects, parts.found
    worst = found.worst(WORST).tolist()
    rows = [
        (
            parts.names[int(objects.image[m])],
            ", ".join(f"{value:.0f}" for value in objects.original[m]),
            " x ".join(f"{side:.1f}" for side in objects.wh[m]),
            float(found.shape_iou[m]),
            float(found.placed_iou[m]),
            int(found.positives_in_all[m]),
        )
        for m in worst
    ]
    title = ntr(
        "The worst met: {shown} of {count} object",
        "The worst met: {shown} of {count:,} objects",
        count=len(objects),
        shown=len(worst),
    )
    table = Table(
        (
            tr("image"),
            tr("box x1, y1, x2, y2, original px"),
            tr("w × h, network px"),
            tr("IoU, shape only"),
            tr("IoU, placed"),
            tr("positives"),
        ),
        rows,
    )
    return Section(title, [table])


def _suggestion(made: Suggestion) -> Section:
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
        else ntr(
            "Found in {count} trial on {objects}, measured on all of them.",
            "Found in {count:,} trials on {objects}, measured on all of them.",
            count=made.trials,
            objects=part_of_objects(made.sampled, len(made.before)),
        )
    )
    table = Table(
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
    return Section(
        tr("Suggestion"),
        [
            Paragraph(words),
            *([Paragraph(str(made.held_back.sentence()))] if made.held_back else []),
            table,
            *_anchors(made.anchors, made.after.pyramid.strides, made.cost_after),
            Chart(tr("Recall against IoU, before and after"), both),
        ],
    )


def _curve(curve: CoverageCurve) -> Section:
    words = tr(
        "Measured on {objects}. From {enough} on, one more shape adds less than half a point.",
        objects=count_objects(curve.total),
        enough=curve.enough,
    )
    chart = Chart(tr("Coverage against the number of shapes"), curve_chart(curve))
    return Section(tr("How many shapes are enough"), [Paragraph(words), chart])
