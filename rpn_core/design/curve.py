"""Coverage against the number of shapes: where more stops paying."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rpn_core.design.achieved import achieved
from rpn_core.design.budget import Aim, Budget
from rpn_core.design.cost import AnchorCost, anchor_cost
from rpn_core.design.objects import DesignObjects
from rpn_core.design.placed_iou import placed_iou
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.search_anchors import search_anchors
from rpn_core.design.shapes import lay_grids, shape_table
from rpn_core.design.suggest import median_input
from rpn_core.progress import Progress, no_progress, part
from rpn_core.settings import AnchorSettings

COUNTS = (1, 2, 3, 4, 6, 9, 12)
PAYS = 0.005  # what one more shape must add to be worth it


@dataclass(frozen=True, eq=False, slots=True)
class CurvePoint:
    """The best that was found with a number of shapes.

    Attributes:
        shapes: allowed per cell, of each level or of all as the budget counts.
        anchors: the settings.
        reached: what the search aimed at, of all objects.
        mean_iou: their mean best placed IoU.
        recall: share of them that some anchor meets at the curve's `recall_iou`.
        cost: for the data set's median input.
    """

    shapes: int
    anchors: AnchorSettings
    reached: float
    mean_iou: float
    recall: float
    cost: AnchorCost


@dataclass(frozen=True, eq=False, slots=True)
class CoverageCurve:
    """One point for each number of shapes, never falling in what the search aimed at.

    Attributes:
        points: by rising number of shapes.
        aim: what the anchors of each point were searched for.
        recall_iou: what counts as met.
        total: objects that it was measured on.
    """

    points: tuple[CurvePoint, ...]
    aim: Aim
    recall_iou: float
    total: int

    @property
    def enough(self) -> int:
        """The number of shapes from which on one more adds less than `PAYS` to what was aimed at.

        The last point's number when every step on the curve still pays.
        """
        for low, high in itertools.pairwise(self.points):
            gained = high.reached - low.reached
            if gained / (high.shapes - low.shapes) < PAYS:
                return low.shapes
        return self.points[-1].shapes


def coverage_curve(
    objects: DesignObjects,
    pyramid: Pyramid,
    present: AnchorSettings,
    budget: Budget,
    *,
    counts: Sequence[int] = COUNTS,
    progress: Progress = no_progress,
) -> CoverageCurve:
    """Search with every number of shapes, each as `suggest` does, and measure on all objects.

    Anchors for fewer shapes are also anchors for more: a point whose own search did worse than
    the point before takes over that point's anchors, so the curve never falls.

    Args:
        budget: its `shapes` is replaced by each of `counts`; its `evaluations` are spent on each.
        progress: is told how far it has come, 0 to 1.
    Raises:
        UserError: there is no object, or settings and pyramid differ in levels.
    """
    size = median_input(objects)
    grids_of = objects.geometry.padded_hw
    points: list[CurvePoint] = []
    ordered = sorted(set(counts))
    for number, shapes in enumerate(ordered):
        spent = replace(budget, shapes=shapes)
        share = part(progress, number / len(ordered), (number + 1) / len(ordered))
        anchors, _ = search_anchors(objects, pyramid, present, spent, progress=share)
        iou = placed_iou(
            objects.boxes, objects.image, lay_grids(grids_of, pyramid, anchors),
            shape_table(anchors),
        )  # fmt: skip
        point = CurvePoint(
            shapes,
            anchors,
            float(achieved(objects, pyramid, anchors, budget).mean()),
            float(iou.mean(dtype=np.float64)),
            float((iou >= np.float32(budget.recall_iou)).mean()),
            anchor_cost(size, pyramid, anchors),
        )
        if points and points[-1].reached > point.reached:
            point = replace(points[-1], shapes=shapes)
        points.append(point)
    return CoverageCurve(tuple(points), budget.aim, budget.recall_iou, len(objects))
