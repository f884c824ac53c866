"""What coverage means for a training, in plain words with counts of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rpn_core.design.coverage import Coverage
from rpn_core.design.groups import GroupCoverage
from rpn_core.design.objects import DesignObjects

FindingKind = Literal[
    "nothing to learn from", "unreachable", "stepped over", "no positive", "rescue only",
    "all reached", "idle level", "counted alone", "left out",
]  # fmt: skip


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
    group: str
    count: int
    total: int
    problem: bool
    sentence: str


def findings(
    objects: DesignObjects, found: Coverage, groups: Sequence[GroupCoverage]
) -> tuple[Finding, ...]:
    """Put the coverage into sentences: what can never be learnt, what the grid misses, the rest.

    Args:
        found, groups: of the same objects.
    """
    told: list[Finding] = []
    if not len(objects):
        words = "There is no object that anchors could learn from."
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
            words = (
                f"No object has its best anchor on {group.name}: its anchors cost time, but "
                "those of other levels fit every object better."
            )
            told.append(Finding("idle level", group.name, 0, len(objects), False, words))
    if count := int(found.alone.sum()):
        words = (
            f"Positives of {_of(count, len(objects))} are counted without regard to other objects: "
            "too many lie in one image, or are so unlike every anchor that most anchors tie."
        )
        told.append(Finding("counted alone", "all", count, len(objects), False, words))
    if objects.left_out:
        told.append(_left_out(objects))
    return tuple(told)


def _of(count: int, total: int, kind: str = "") -> str:
    """
    >>> _of(3, 10, "small"), _of(1, 1)
    ('3 of 10 small objects', '1 of 1 object')
    """
    return f"{count:,} of {total:,} {f'{kind} ' if kind else ''}object{'' if total == 1 else 's'}"


def _all(total: int) -> str:
    return "The only object meets" if total == 1 else f"All {total:,} objects meet"


def _unreachable(group: GroupCoverage, thresh: float) -> Finding:
    kind, _, limits = group.name.partition(", ")
    who = (
        f"{_of(group.unreachable, group.objects, kind)} ({limits})"
        if limits
        else f"{_of(group.unreachable, group.objects)} of {group.name}"
    )
    words = (
        f"{who} can never be a positive at IoU {thresh:g} with these anchors: no shape fits, "
        "wherever the object lies."
    )
    return Finding("unreachable", group.name, group.unreachable, group.objects, True, words)


def _of_all(everything: GroupCoverage, thresh: float) -> list[Finding]:
    total, told = everything.objects, list[Finding]()

    def tell(kind: FindingKind, count: int, problem: bool, sentence: str) -> None:
        told.append(Finding(kind, "all", count, total, problem, sentence))

    if count := everything.stepped_over:
        tell("stepped over", count, True,
             f"The grid steps over {_of(count, total)}: a shape would reach IoU {thresh:g}, but "
             "no cell places it well enough.")  # fmt: skip
    if count := everything.no_positive:
        verb = "has" if count == 1 else "have"
        tell("no positive", count, True,
             f"{_of(count, total)} {verb} no positive at all, not even by the low-quality rule: "
             "other objects overlap the same anchors more, or no anchor overlaps "
             f"{'it' if count == 1 else 'them'}.")  # fmt: skip
    if count := everything.rescue_only:
        verb = "learns" if count == 1 else "learn"
        tell("rescue only", count, True,
             f"{_of(count, total)} {verb} by the low-quality rule alone: no anchor of "
             f"{'its' if count == 1 else 'their'} own has IoU {thresh:g} or more.")  # fmt: skip
    if not everything.unreachable and not everything.stepped_over:
        tell("all reached", total, False,
             f"{_all(total)} an anchor at IoU {thresh:g} or more.")  # fmt: skip
    return told


def _left_out(objects: DesignObjects) -> Finding:
    parts = [
        f"{count:,} {what}"
        for count, what in (
            (objects.crowd, "marked as crowds"),
            (objects.broken, "without area or not finite"),
            (objects.unknown_size, "in images whose size is not known"),
        )
        if count
    ]
    total = objects.left_out + len(objects)
    boxes = f"{'box' if total == 1 else 'boxes'} {'is' if objects.left_out == 1 else 'are'}"
    words = f"{objects.left_out:,} of {total:,} {boxes} left out: {', '.join(parts)}."
    return Finding("left out", "all", objects.left_out, total, False, words)
