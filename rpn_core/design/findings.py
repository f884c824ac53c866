"""What coverage means for a training, in plain words with counts of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rpn_core.design.coverage import Coverage
from rpn_core.design.groups import GroupCoverage
from rpn_core.design.objects import DesignObjects
from rpn_core.messages import Message, msg, nmsg

FindingKind = Literal[
    "nothing to learn from",
    "unreachable",
    "stepped over",
    "no positive",
    "low quality only",
    "all reached",
    "idle level",
    "counted alone",
    "left out",
]


@dataclass(frozen=True, slots=True)
class Finding:
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
) -> tuple[Finding, ...]:
    """Put the coverage into sentences: what can never be learnt, what the grid misses, the rest.

    Args:
        found, groups: of the same objects.
    """
    told: list[Finding] = []
    if not len(objects):
        words = msg("There is no object that anchors could learn from.")
        told.append(Finding("nothing to learn from", "all", 0, objects.left_out, True, words))
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
            words = msg(
                "No object has its best anchor on {name}: its anchors cost time, but those "
                "of other levels fit every object better.",
                name=group.name,
            )
            told.append(Finding("idle level", group.name, 0, len(objects), False, words))
    if count := int(found.alone.sum()):
        words = msg(
            "Positives of {count} are counted without regard to other objects: too many "
            "lie in one image, or are so unlike every anchor that most anchors tie.",
            count=_of(count, len(objects)),
        )
        told.append(Finding("counted alone", "all", count, len(objects), False, words))
    if objects.left_out:
        told.append(_left_out(objects))
    return tuple(told)


def _of(count: int, total: int) -> Message:
    """
    >>> print(_of(3, 10), "and", _of(1, 1))
    3 of 10 objects and 1 of 1 object
    """
    return nmsg(
        "{part:,} of {count} object", "{part:,} of {count:,} objects", count=total, part=count
    )


def _unreachable(group: GroupCoverage, thresh: float) -> Finding:
    words = msg(
        "{objects} ({group}) can never be a positive at IoU {thresh:g} with these anchors: no "
        "shape fits, wherever the object lies.",
        objects=_of(group.unreachable, group.objects), group=group.name, thresh=thresh,
    )  # fmt: skip
    return Finding("unreachable", group.name, group.unreachable, group.objects, True, words)


def _of_all(everything: GroupCoverage, thresh: float) -> list[Finding]:
    total, told = everything.objects, list[Finding]()

    def tell(kind: FindingKind, count: int, problem: bool, sentence: Message) -> None:
        told.append(Finding(kind, "all", count, total, problem, sentence))

    if count := everything.stepped_over:
        words = msg(
            "The grid steps over {objects}: a shape would reach IoU {thresh:g}, but no cell places "
            "it well enough.",
            objects=_of(count, total), thresh=thresh,
        )  # fmt: skip
        tell("stepped over", count, True, words)
    if count := everything.no_positive:
        words = nmsg(
            "{objects} has no positive at all, not even by the low-quality rule: other objects "
            "overlap the same anchors more, or no anchor overlaps it.",
            "{objects} have no positive at all, not even by the low-quality rule: other objects "
            "overlap the same anchors more, or no anchor overlaps them.",
            count=count, objects=_of(count, total),
        )  # fmt: skip
        tell("no positive", count, True, words)
    if count := everything.low_quality_only:
        words = nmsg(
            "{objects} learns by the low-quality rule alone: no anchor of its own has IoU "
            "{thresh:g} or more.",
            "{objects} learn by the low-quality rule alone: no anchor of their own has IoU "
            "{thresh:g} or more.",
            count=count, objects=_of(count, total), thresh=thresh,
        )  # fmt: skip
        tell("low quality only", count, True, words)
    if not everything.unreachable and not everything.stepped_over:
        words = nmsg(
            "The only object meets an anchor at IoU {thresh:g} or more.",
            "All {count:,} objects meet an anchor at IoU {thresh:g} or more.",
            count=total, thresh=thresh,
        )  # fmt: skip
        tell("all reached", total, False, words)
    return told


def _left_out(objects: DesignObjects) -> Finding:
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
    words = nmsg(
        "{count} of {total:,} boxes is left out: {parts}.",
        "{count:,} of {total:,} boxes are left out: {parts}.",
        count=objects.left_out, total=total, parts=parts,
    )  # fmt: skip
    return Finding("left out", "all", objects.left_out, total, False, words)
