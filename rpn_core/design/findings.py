"""What coverage means for a training, in plain words with counts of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rpn_core.counts import part_of_boxes, part_of_objects
from rpn_core.design.coverage import Coverage
from rpn_core.design.groups import GroupCoverage
from rpn_core.design.objects import DesignObjects
from rpn_core.messages import Message, msg, nmsg

_NAMED = 6  # idle shapes that are told by name

FindingKind = Literal[
    "nothing to learn from",
    "unreachable",
    "stepped over",
    "no positive",
    "low quality only",
    "all reached",
    "idle level",
    "idle shape",
    "counted alone",
    "left out",
]


@dataclass(frozen=True, slots=True)
class CoverageFinding:
    """One thing to know.

    Attributes:
        kind: what it is about.
        group: name of the group of objects; "all" for all.
        count, total: what the sentence counts, out of how many.
        problem: whether it speaks against the anchors.
        sentence: for people, without any name that the data set brought.
    """

    kind: FindingKind
    group: str | Message
    count: int
    total: int
    problem: bool
    sentence: Message


def findings(
    objects: DesignObjects, found: Coverage, groups: Sequence[GroupCoverage]
) -> tuple[CoverageFinding, ...]:
    """Put the coverage into sentences: what can never be learnt, what the grid misses, the rest.

    Args:
        found, groups: of the same objects.
    """
    told: list[CoverageFinding] = []
    if not len(objects):
        sentence = msg("There is no object that anchors could learn from.")
        told.append(
            CoverageFinding("nothing to learn from", "all", 0, objects.left_out, True, sentence)
        )
    told += [
        _unreachable(group, found.fg_iou_thresh)
        for group in groups
        if group.kind in ("size", "ratio") and group.unreachable
    ]
    for group in groups:
        if group.kind == "all" and group.objects:
            told += _of_all(group, found.fg_iou_thresh)
        idle = group.kind == "level" and not group.objects and len(objects) > 0
        if idle and bool((found.table.level == group.number).any()):
            sentence = msg(
                "No object has its best anchor on {name}: its anchors cost time, but those "
                "of other levels fit every object better.",
                name=group.name,
            )
            told.append(CoverageFinding("idle level", group.name, 0, len(objects), False, sentence))
    if len(objects):
        told += _idle_shapes(found)
    if count := int(found.alone.sum()):
        sentence = msg(
            "Positives of {count} are counted without regard to other objects: too many "
            "lie in one image, or are so unlike every anchor that most anchors tie.",
            count=part_of_objects(count, len(objects)),
        )
        told.append(CoverageFinding("counted alone", "all", count, len(objects), False, sentence))
    if objects.left_out:
        told.append(_left_out(objects))
    return tuple(told)


def _idle_shapes(found: Coverage) -> list[CoverageFinding]:
    """Shapes that no object has its best anchor of, on levels that are not idle as a whole."""
    table, strides = found.table, found.pyramid.strides
    used = np.bincount(found.placed[found.placed >= 0], minlength=len(table)) > 0
    awake = np.isin(table.level, table.level[used])
    idle = np.flatnonzero(~used & awake)
    if not len(idle):
        return []
    named = [
        msg(
            "{width:.3g}x{height:.3g} on stride {stride}",
            width=float(table.wh[s, 0]), height=float(table.wh[s, 1]),
            stride=strides[table.level[s]],
        )
        for s in idle[:_NAMED]
    ]  # fmt: skip
    sentence = nmsg(
        "{count} shape is the best of no object ({named}{more}): its anchors cost time, but others "
        "fit every object better.",
        "{count} shapes are the best of no object ({named}{more}): their anchors cost time, but "
        "others fit every object better.",
        count=len(idle), named=named,
        more=msg(", ...") if len(idle) > _NAMED else "",
    )  # fmt: skip
    return [CoverageFinding("idle shape", "all", len(idle), len(table), False, sentence)]


def _unreachable(group: GroupCoverage, thresh: float) -> CoverageFinding:
    sentence = msg(
        "{objects} ({group}) can never be a positive at IoU {thresh:g} with these anchors: no "
        "shape fits, wherever the object lies.",
        objects=part_of_objects(group.unreachable, group.objects), group=group.name, thresh=thresh,
    )  # fmt: skip
    return CoverageFinding(
        "unreachable", group.name, group.unreachable, group.objects, True, sentence
    )


def _of_all(everything: GroupCoverage, thresh: float) -> list[CoverageFinding]:
    total, told = everything.objects, list[CoverageFinding]()

    def tell(kind: FindingKind, count: int, problem: bool, sentence: Message) -> None:
        told.append(CoverageFinding(kind, "all", count, total, problem, sentence))

    if count := everything.stepped_over:
        sentence = msg(
            "The grid steps over {objects}: a shape would reach IoU {thresh:g}, but no cell places "
            "it well enough.",
            objects=part_of_objects(count, total), thresh=thresh,
        )  # fmt: skip
        tell("stepped over", count, True, sentence)
    if count := everything.no_positive:
        sentence = nmsg(
            "{objects} has no positive at all, not even by the low-quality rule: other objects "
            "overlap the same anchors more, or no anchor overlaps it.",
            "{objects} have no positive at all, not even by the low-quality rule: other objects "
            "overlap the same anchors more, or no anchor overlaps them.",
            count=count, objects=part_of_objects(count, total),
        )  # fmt: skip
        tell("no positive", count, True, sentence)
    if count := everything.low_quality_only:
        sentence = nmsg(
            "{objects} learns by the low-quality rule alone: no anchor of its own has IoU "
            "{thresh:g} or more.",
            "{objects} learn by the low-quality rule alone: no anchor of their own has IoU "
            "{thresh:g} or more.",
            count=count, objects=part_of_objects(count, total), thresh=thresh,
        )  # fmt: skip
        tell("low quality only", count, True, sentence)
    if not everything.unreachable and not everything.stepped_over:
        sentence = nmsg(
            "The only object meets an anchor at IoU {thresh:g} or more.",
            "All {count:,} objects meet an anchor at IoU {thresh:g} or more.",
            count=total, thresh=thresh,
        )  # fmt: skip
        tell("all reached", total, False, sentence)
    return told


def _left_out(objects: DesignObjects) -> CoverageFinding:
    crowd, broken, unknown = objects.crowd, objects.broken, objects.unknown_size
    parts = [
        *([msg("{crowd:,} marked as crowds", crowd=crowd)] if crowd else []),
        *([msg("{broken:,} without area or not finite", broken=broken)] if broken else []),
        *(
            [msg("{unknown:,} in images whose size is not known", unknown=unknown)]
            if unknown
            else []
        ),
    ]
    total = objects.left_out + len(objects)
    sentence = nmsg(
        "{boxes} is left out: {parts}.",
        "{boxes} are left out: {parts}.",
        count=objects.left_out,
        boxes=part_of_boxes(objects.left_out, total),
        parts=parts,
    )
    return CoverageFinding("left out", "all", objects.left_out, total, False, sentence)
