"""The answer in plain words, and its five numbers."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages._ui.design.results import Design
from rpn_core.counts import part_of_objects
from rpn_core.design.findings import CoverageFinding
from rpn_core.messages import ntr, tr

SHOWN = 4


def draw_findings(design: Design) -> None:
    """What these anchors mean for this data set: the gravest sentences, then the numbers."""
    problems = [finding for finding in design.findings if finding.problem]
    others = [finding for finding in design.findings if not finding.problem]
    first = sorted(problems, key=lambda finding: -finding.count)[:SHOWN]
    with st.container(key="design_findings", border=True):
        st.markdown("\n".join(_line(f) for f in problems if f in first) or _no_problem())
        rest = [finding for finding in problems if finding not in first]
        if others:
            st.markdown("\n".join(map(_line, others)))
        if rest:
            with st.expander(
                tr(
                    "{count} more",
                    count=len(rest),
                )
            ):
                st.markdown("\n".join(map(_line, rest)))
    if len(design.objects):
        _draw_numbers(design)


def _no_problem() -> str:
    return tr("- :green[:material/check_circle:] Nothing speaks against these anchors.")


def _line(finding: CoverageFinding) -> str:
    icon = ":orange[:material/warning:]" if finding.problem else ":blue[:material/info:]"
    return f"- {icon} {finding.sentence}"


def _draw_numbers(design: Design) -> None:
    found, count = design.found, len(design.objects)
    row = st.container(horizontal=True, gap="large", key="design_numbers")
    reached = [int((found.placed_iou >= np.float32(at)).sum()) for at in (0.5, 0.7)]
    row.metric(
        tr("Objects"), f"{count:,}", width="content", help=tr("Boxes that a detector learns from.")
    )
    row.metric(
        tr("Mean best IoU"),
        f"{found.mean_iou:.3f}",
        width="content",
        help=tr("The best anchor of each object on the true grid of its image; mean over objects."),
    )
    for at, share in zip((0.5, 0.7), reached, strict=True):
        row.metric(
            tr(
                "Reached at IoU {at}",
                at=at,
            ),
            f"{share / count:.1%}",
            width="content",
            help=ntr(
                "Best possible recall: {objects} has an anchor with at least this IoU.",
                "Best possible recall: {objects} have an anchor with at least this IoU.",
                count=share,
                objects=part_of_objects(share, count),
            ),
        )
    row.metric(
        tr("Positives per object"),
        f"{np.median(found.positives_in_all):g}",
        width="content",
        help=tr(
            "Median number of anchors that learn from an object, at IoU {fg_iou_thresh:g} "
            "and by the low-quality rule.",
            fg_iou_thresh=found.fg_iou_thresh,
        ),
    )
