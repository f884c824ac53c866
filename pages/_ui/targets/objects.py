"""Object by object: who learns from it, how well anchors fit, and what would help."""

from __future__ import annotations

import streamlit as st

from pages._ui.controls.in_force import apply
from pages._ui.objects.store import MAX_CATEGORY_LENGTH, name_object
from pages._ui.state.notices import plain
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.visit import TARGETS_FOCUS, TARGETS_TABLE
from pages._ui.state.workbench import Workbench
from pages._ui.targets.results import Targets
from rpn_core.anchors.lay import Anchors
from rpn_core.counts import part_of_objects
from rpn_core.geometry.boxes import side_lengths
from rpn_core.labels.objects import Objects
from rpn_core.messages import msg, nmsg, ntr, series, tr
from rpn_core.settings.spelling import spell_sides
from rpn_core.targets.anchor_state import AnchorState
from rpn_core.targets.object_report import ObjectReport
from rpn_core.targets.remedy import Remedy

MOST_POSITIVES = 200


def focused(truth: Objects) -> int | None:
    """Place of the object that was chosen, if it is still there."""
    chosen = TARGETS_FOCUS.get()
    return truth.ids.index(chosen) if chosen in truth.ids else None


def focus_on(truth: Objects, place: int | None) -> None:
    """Choose an object by its place, or none."""
    TARGETS_FOCUS.set(None if place is None else truth.ids[place])


def _take_row(truth: Objects) -> None:
    rows = TARGETS_TABLE.require()["selection"]["rows"]
    focus_on(truth, rows[0] if rows and rows[0] < len(truth) else None)


def _apply(remedy: Remedy) -> None:
    """Change what the remedy changes: anchors and input size for the whole app."""
    apply(anchors=remedy.anchors, input=remedy.input, match=remedy.matching)


def summary(targets: Targets) -> str:
    """How the objects fare, in one sentence."""
    tally = targets.tally
    fit = int((tally.strict > 0).sum())
    low = int(((tally.strict == 0) & (tally.low_quality > 0)).sum())
    alone = len(tally) - fit - low
    parts = [
        nmsg(
            "**{objects}** has an anchor that fits",
            "**{objects}** have an anchor that fits",
            count=fit,
            objects=part_of_objects(fit, len(tally)),
        )
    ]
    if low:
        parts.append(msg("{low:,} only by the low-quality rule", low=low))
    if alone:
        parts.append(msg("{alone:,} without a positive anchor", alone=alone))
    return tr("{parts}.", parts=series(parts))


def draw_objects(bench: Workbench, truth: Objects, targets: Targets, anchors: Anchors) -> None:
    """Draw the table, and the sentence of the chosen object or of those that need one."""
    level_names = bench.level_names
    st.markdown(summary(targets))
    st.dataframe(
        _columns(truth, targets, level_names),
        hide_index=True,
        key=TARGETS_TABLE.key,
        on_select=in_slot(lambda: _take_row(truth)),
        selection_mode="single-row",
        height="auto" if len(truth) <= 8 else 320,
        column_config={
            tr("best placed IoU"): st.column_config.ProgressColumn(
                min_value=0.0, max_value=1.0, format="%.2f"
            ),
            tr("best shape IoU"): st.column_config.ProgressColumn(
                min_value=0.0, max_value=1.0, format="%.2f"
            ),
        },
    )
    st.caption(
        tr(
            "Sides in pixels of the network input. Placed: the best anchor as it lies on its "
            "grid. Shape: the best there could be, were the anchors' shapes free to move. "
            "Choose an object in the table or the picture to see its positives alone, and to read "
            "how it fares."
        )
    )
    chosen = focused(truth)
    if chosen is not None:
        _draw_one(bench, truth, targets, chosen, anchors)
        return
    for report in targets.reports:
        _draw_sentence(truth, report)
    troubled = len(targets.tally.troubled)
    if troubled > len(targets.reports):
        st.caption(
            tr(
                "{most_sentences} of {count:,} objects without a fitting anchor shown.",
                most_sentences=len(targets.reports),
                count=troubled,
            )
        )


def _columns(
    truth: Objects, targets: Targets, level_names: tuple[str, ...]
) -> dict[str, list[object]]:
    tally = targets.tally
    sides = side_lengths(targets.objects.boxes).tolist()
    return {
        tr("object"): list(range(1, len(tally) + 1)),
        tr("category"): list(truth.categories),
        "w × h": [f"{w:.0f} × {h:.0f}" for w, h in sides],
        tr("positives"): tally.strict.tolist(),
        tr("low quality"): tally.low_quality.tolist(),
        tr("best placed IoU"): tally.placed_iou.tolist(),
        tr("best shape IoU"): tally.fit.iou.tolist(),
        tr("level of that shape"): [
            level_names[level] if level >= 0 else tr("none") for level in tally.fit.level.tolist()
        ],
    }


def _draw_sentence(truth: Objects, report: ObjectReport) -> None:
    words, button = st.columns([6, 1], vertical_alignment="center")
    category = truth.categories[report.number]
    named = f" ({plain(category)})" if category else ""
    words.markdown(
        tr(
            "**Object {number}**{named}: {sentence}",
            number=report.number + 1,
            named=named,
            sentence=plain(str(report.sentence)),
        )
    )
    remedy = report.remedy
    if remedy is None:
        return
    button.button(
        tr("Apply"),
        key=slotted(f"targets_remedy_{report.number}"),
        width="stretch",
        on_click=in_slot(_apply),
        args=(remedy,),
        help=str(remedy.sentence),
    )


def _draw_one(
    bench: Workbench, truth: Objects, targets: Targets, chosen: int, anchors: Anchors
) -> None:
    report, level_names = targets.report_on(chosen), bench.level_names
    _draw_sentence(truth, report)
    name, all_again = st.columns([2, 1], vertical_alignment="bottom")
    key = slotted(f"targets_category_{truth.ids[chosen]}")

    def named() -> None:
        name_object(bench, chosen, st.session_state[key].strip())

    name.text_input(
        tr("Category"),
        truth.categories[chosen],
        key=key,
        max_chars=MAX_CATEGORY_LENGTH,
        on_change=in_slot(named),
    )
    all_again.button(
        tr("Show all objects again"),
        key=slotted("targets_all"),
        width="stretch",
        on_click=in_slot(focus_on),
        args=(truth, None),
    )
    if not len(report.positives):
        return
    rows: dict[str, list[object]] = {
        tr("anchor"): [],
        tr("level"): [],
        tr("size"): [],
        tr("ratio h/w"): [],
        tr("w × h"): [],
        tr("IoU"): [],
        tr("why"): [],
    }
    for anchor in report.positives[:MOST_POSITIVES].tolist():
        address = anchors.address(anchor)
        size, ratio = anchors.size_ratio(anchor)
        state = AnchorState(int(targets.matching.state[anchor]))
        for column, value in zip(
            rows.values(),
            (
                anchor,
                level_names[address.level],
                round(size, 1),
                round(ratio, 2),
                spell_sides(anchors.sides(anchor)),
                round(float(targets.matching.matches.best_iou[anchor]), 3),
                str(state.label),
            ),
            strict=True,
        ):
            column.append(value)
    shown = min(MOST_POSITIVES, len(report.positives))
    st.caption(
        ntr(
            "The one anchor that learns from it.",
            "{shown:,} of {count:,} anchors that learn from it, best first.",
            shown=shown,
            count=len(report.positives),
        )
    )
    st.dataframe(rows, hide_index=True, height="auto" if shown <= 8 else 320)
