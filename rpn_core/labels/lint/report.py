"""The linter: what is wrong with a data set, what it does to training, and what to do.

A rule is applied to all boxes at once, and what it finds is kept as columns: a million findings
cost a few arrays, and rows are made only for those that are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rpn_core.labels.finding import Finding, Findings, Severity
from rpn_core.labels.label_set import LabelSet
from rpn_core.labels.lint.boxes import TINY_PX, box_findings
from rpn_core.labels.lint.frames import frame_findings
from rpn_core.labels.lint.images import image_findings
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.messages import in_english
from rpn_core.progress import Progress, no_progress, part

_ORDER = tuple(Severity)


@dataclass(frozen=True, eq=False, slots=True)
class LintReport:
    """Everything that was found.

    Attributes:
        labels: what was looked at.
        groups: per kind what was found of it, errors first; kinds of which nothing was found are
            left out.
    """

    labels: LabelSet
    groups: tuple[Findings, ...]

    def count(self, severity: Severity) -> int:
        return sum(len(group) for group in self.groups if group.rule.severity is severity)

    def counts(self) -> dict[str, int]:
        """Kind -> number of findings, in the order of the groups."""
        return {group.rule.kind: len(group) for group in self.groups}

    def group(self, kind: str) -> Findings | None:
        return next((group for group in self.groups if group.rule.kind == kind), None)

    def rows(self, per_kind: int = 20) -> list[Finding]:
        """The first rows of each kind."""
        return [row for group in self.groups for row in group.rows(self.labels, 0, per_kind)]

    def document(self, per_kind: int = 20) -> dict[str, Any]:
        """For JSON: each kind with its count and its first rows, always in English."""
        with in_english():
            return self._document(per_kind)

    def _document(self, per_kind: int) -> dict[str, Any]:
        return {
            "images": len(self.labels.names),
            "boxes": len(self.labels.image),
            "findings": [
                {
                    "kind": group.rule.kind,
                    "severity": group.rule.severity.value,
                    "title": str(group.rule.title),
                    "otherwise": str(group.rule.otherwise),
                    "remedy": str(group.rule.remedy),
                    "count": len(group),
                    "shown": [
                        {"image": row.image, "box": row.box, "came": str(row.came)}
                        for row in group.rows(self.labels, 0, per_kind)
                    ],
                }
                for group in self.groups
            ],
        }


def lint(
    loaded: LoadedLabels, *, tiny_px: float = TINY_PX, progress: Progress = no_progress
) -> LintReport:
    """Look for what is wrong with a data set, its reader's remarks included.

    The order is fixed: by severity, then by kind, then as the boxes lie in the data set.

    Args:
        tiny_px: shorter side, in pixels of the original image, below which a box is tiny.
        progress: is told how far it has come, 0 to 1.
    """
    return lint_label_set(
        loaded.labels, loaded.images, remarks=loaded.remarks, tiny_px=tiny_px, progress=progress
    )


def lint_label_set(
    labels: LabelSet,
    images: ImageSource,
    *,
    remarks: tuple[Findings, ...] = (),
    tiny_px: float = TINY_PX,
    progress: Progress = no_progress,
) -> LintReport:
    """The same for boxes that no reader read."""
    progress(0.0)
    read_so = {one.rule for one in remarks}  # of the frames its reader knows more
    found = [*(one for one in frame_findings(labels) if one.rule not in read_so), *remarks]
    progress(0.1)
    found += box_findings(labels, tiny_px)
    progress(0.3)
    found += image_findings(labels, images, part(progress, 0.3, 1.0))
    groups = [group for group in found if len(group)]
    groups.sort(key=lambda group: _ORDER.index(group.rule.severity))  # stable
    progress(1.0)
    return LintReport(labels, tuple(groups))
