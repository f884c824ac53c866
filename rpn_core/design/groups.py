"""Coverage told apart by size, ratio, category and level of the objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.coverage import Coverage
from rpn_core.design.objects import DesignObjects
from rpn_core.geometry.size_groups import ALL, GROUPS
from rpn_core.messages import Message, msg, verbatim

GroupKind = Literal["all", "size", "ratio", "category", "level"]
RECALL_AT = (0.5, 0.7)


@dataclass(frozen=True, slots=True)
class GroupCoverage:
    """Coverage of the objects of one group; every count is out of `objects`.

    Attributes:
        kind: what the groups are told apart by.
        name: of the group, for people; a category's name is whatever the data set says.
        number: the level, or the category's place in `categories` (-1: none); 0 for other kinds.
        objects: how many there are.
        shape_iou, placed_iou: means of the best IoU; NaN without objects.
        reached: for each IoU of RECALL_AT, how many some anchor meets.
        unreachable: how many no shape meets at fg_iou_thresh, wherever it were placed.
        stepped_over: how many a shape would meet at fg_iou_thresh, but none does on the grid.
        low_quality_only: how many have positives by the low-quality rule alone.
        no_positive: how many have no positive even with the low-quality rule: other objects took
            their anchors, or no anchor overlaps them.
        positives: median number of positives per object, low-quality ones included; NaN without
            objects.
    """

    kind: GroupKind
    name: Message
    number: int
    objects: int
    shape_iou: float
    placed_iou: float
    reached: tuple[int, ...]
    unreachable: int
    stepped_over: int
    low_quality_only: int
    no_positive: int
    positives: float

    def recall(self, iou_thresh: float) -> float:
        """Best possible recall of the group at one IoU of RECALL_AT; NaN without objects."""
        reached = self.reached[RECALL_AT.index(iou_thresh)]
        return reached / self.objects if self.objects else float("nan")


def group_coverage(objects: DesignObjects, found: Coverage) -> tuple[GroupCoverage, ...]:
    """All objects; by size and ratio in the original image; by category, most frequent first
    (those without objects are left out); by the level of the best placed anchor.

    Args:
        found: of the same objects.
    """
    groups = [_group("all", ALL.name, 0, found, np.ones(len(objects), bool))]
    for group in GROUPS:
        if group is not ALL:
            by_size = group.ratio == ALL.ratio
            held = group.holds(objects.original)
            groups.append(_group("size" if by_size else "ratio", group.name, 0, found, held))
    for category in _by_frequency(objects.category):
        name, held = category_name(objects, category), objects.category == category
        groups.append(_group("category", name, category, found, held))
    level = found.level
    groups += [
        _group("level", level_name(number, stride), number, found, level == number)
        for number, stride in enumerate(found.pyramid.strides)
    ]
    return tuple(groups)


def level_name(number: int, stride: int) -> Message:
    """What a level is called here; strides alone may repeat."""
    return msg(
        "level {number}, stride {stride}",
        number=number,
        stride=stride,
    )


def category_name(objects: DesignObjects, category: int) -> Message:
    """The data set's name of a category, or what to call none."""
    known = category >= 0
    return verbatim(objects.categories[category]) if known else msg("(no category)")


def _by_frequency(category: NDArray[np.int64]) -> list[int]:
    known, counts = np.unique(category, return_counts=True)
    return [int(c) for c in known[np.argsort(-counts, kind="stable")]]


def _group(
    kind: GroupKind, name: Message, number: int, found: Coverage, held: NDArray[np.bool_]
) -> GroupCoverage:
    placed, shape = found.placed_iou[held], found.shape_iou[held]
    strict, low = found.positives[held], found.low_quality[held]
    thresh = np.float32(found.fg_iou_thresh)
    count = len(placed)
    some = count > 0
    return GroupCoverage(
        kind=kind,
        name=name,
        number=number,
        objects=count,
        shape_iou=float(shape.mean(dtype=np.float64)) if some else float("nan"),
        placed_iou=float(placed.mean(dtype=np.float64)) if some else float("nan"),
        reached=tuple(int((placed >= np.float32(at)).sum()) for at in RECALL_AT),
        unreachable=int(((shape < thresh) & (placed < thresh)).sum()),
        stepped_over=int(((shape >= thresh) & (placed < thresh)).sum()),
        low_quality_only=int(((strict == 0) & (low > 0)).sum()),
        no_positive=int((strict + low == 0).sum()),
        positives=float(np.median(strict + low)) if some else float("nan"),
    )
