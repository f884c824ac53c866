"""One object looked at: which anchors learn from it, and if none fits, why and what would help.

Costs a look at every anchor, so it is made of the objects that a person reads about; the numbers of
all of them are in `object_tally`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from torch import Tensor

from rpn_core.counts import count_anchors
from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.messages import Message, msg, nmsg, sentences
from rpn_core.targets.case import Case
from rpn_core.targets.image_matching import ImageMatching
from rpn_core.targets.object_tally import ObjectTally
from rpn_core.targets.remedy import (
    Remedy,
    larger_input,
    lower_threshold,
    new_shape,
    no_border_rule,
    no_crowd_rule,
)
from rpn_core.targets.why import Why, explain


@dataclass(frozen=True, eq=False, slots=True)
class ObjectReport:
    """One object.

    Attributes:
        number: its place among the objects, from 0.
        positives: (N,) int64, the anchors that learn from it, best IoU first.
        why: no anchor fits it; None where one does.
        sentence: all of this for a person, with the remedy.
        remedy: None when there is no need, or none was found.
    """

    number: int
    positives: Tensor
    why: Why | None
    sentence: Message
    remedy: Remedy | None


def report_objects(
    case: Case, matching: ImageMatching, tally: ObjectTally, numbers: Iterable[int]
) -> tuple[ObjectReport, ...]:
    """Report on some objects of the image.

    Args:
        matching: of `match_image` with the case's anchors, objects and settings.
        tally: of both.
        numbers: places of the objects.
    """
    return tuple(report_object(case, matching, tally, number) for number in numbers)


def report_object(
    case: Case, matching: ImageMatching, tally: ObjectTally, number: int
) -> ObjectReport:
    """Report on one; see `report_objects`."""
    positives = matching.positives(number)
    strict, low = int(tally.strict[number]), int(tally.low_quality[number])
    why, remedy = None, None
    if strict:
        sentence = _content(matching, positives, strict, low)
    else:
        why, reason = explain(case, matching, tally.fit, number)
        remedy = _remedy(case, matching, why, number)
        help_ = [remedy.sentence] if remedy else []
        sentence = sentences([_who_learns(case, matching, positives, number), reason, *help_])
    return ObjectReport(
        number=number,
        positives=positives,
        why=why,
        sentence=sentence,
        remedy=remedy,
    )


# ---- sentences --------------------------------------------------------------------------------


def _content(matching: ImageMatching, positives: Tensor, strict: int, low: int) -> Message:
    best = float(matching.matches.best_iou[positives[0]])
    if low:
        return nmsg(
            "{count} anchor learns from it, the best with IoU {best:.2f}, and {low} more by the "
            "low-quality rule.",
            "{count:,} anchors learn from it, the best with IoU {best:.2f}, and {low} more by the "
            "low-quality rule.",
            count=strict, best=best, low=count_anchors(low),
        )  # fmt: skip
    return nmsg(
        "{count} anchor learns from it, the best with IoU {best:.2f}.",
        "{count:,} anchors learn from it, the best with IoU {best:.2f}.",
        count=strict, best=best,
    )  # fmt: skip


def _who_learns(case: Case, matching: ImageMatching, positives: Tensor, number: int) -> Message:
    """Who learns from an object that no anchor fits."""
    if len(positives):
        best = float(matching.matches.best_iou[positives[0]])
        return msg(
            "Only the low-quality rule gives it {count} (IoU {best:.2f}).",
            count=count_anchors(len(positives)),
            best=best,
        )
    would = int((matching.low_quality_matches.learns == number).sum())
    if would and not case.matching.allow_low_quality:
        return msg(
            "No anchor learns from it (the low-quality rule would give it {would}).",
            would=count_anchors(would),
        )
    rival = _rival(case, matching, number) if case.matching.allow_low_quality else None
    if rival is not None:
        return msg(
            "No anchor learns from it (its best anchor overlaps object {rival} more and learns "
            "from that).",
            rival=rival + 1,
        )
    return msg("No anchor learns from it.")


def _rival(case: Case, matching: ImageMatching, number: int) -> int | None:
    """The object that has the best of the anchors that take part and touch this one."""
    if not bool(case.objects.learnable[number]) or not len(case.anchors):
        return None
    iou = pairwise_iou(case.objects.boxes[number][None], case.anchors.boxes)[0]
    iou[matching.matches.best_object < 0] = 0
    best = int(iou.argmax())
    target = int(matching.matches.target[best])
    return target if float(iou[best]) > 0 and target >= 0 else None


# ---- remedies ---------------------------------------------------------------------------------


def _remedy(case: Case, matching: ImageMatching, why: Why, number: int) -> Remedy | None:
    """The first change that was tried and works."""
    if why in (Why.NO_AREA, Why.CROWD, Why.OUTSIDE):
        return None
    tries: list[Callable[[], Remedy | None]] = [
        lambda: new_shape(case, number),
        lambda: larger_input(case, number),
        lambda: lower_threshold(case, matching, number),
    ]
    if why is Why.BORDER:
        tries.insert(0, lambda: no_border_rule(case, number))
    if why is Why.IN_CROWD:
        tries.insert(0, lambda: no_crowd_rule(case, number))
    return next((found for attempt in tries if (found := attempt())), None)
