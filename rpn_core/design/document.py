"""Coverage and suggestions as plain values for JSON; what is not known is null."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rpn_core.design.cost import AnchorCost
from rpn_core.design.coverage import Coverage
from rpn_core.design.curve import CoverageCurve
from rpn_core.design.findings import CoverageFinding
from rpn_core.design.groups import RECALL_AT, GroupCoverage
from rpn_core.design.held_back import HeldBack
from rpn_core.design.objects import DesignObjects
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.design.suggest import Suggestion
from rpn_core.messages import in_english

WORST = 20

Document = dict[str, Any]


def coverage_document(
    rule: ResizeRule,
    objects: DesignObjects,
    names: Sequence[str],
    found: Coverage,
    groups: Sequence[GroupCoverage],
    told: Sequence[CoverageFinding],
    cost: AnchorCost,
) -> Document:
    """Everything that coverage says of a data set, with its settings; words always in English.

    Args:
        names: of the images, for the worst objects.
    """
    with in_english():
        findings = [_finding(finding) for finding in told]
        named_groups = [_group(group) for group in groups]
    return {
        "input": asdict(rule),
        "strides": list(found.pyramid.strides),
        "anchors": asdict(found.anchors),
        "fg_iou_thresh": found.fg_iou_thresh,
        "objects": len(objects),
        "left_out": {
            "crowd": objects.crowd,
            "without_area_or_not_finite": objects.broken,
            "image_size_unknown": objects.unknown_size,
        },
        **summary(found),
        "cost": cost_document(cost),
        "findings": findings,
        "groups": named_groups,
        "worst": [
            {
                "image": names[int(objects.image[m])],
                "box": objects.original[m].tolist(),
                "network_wh": objects.wh[m].tolist(),
                "shape_iou": float(found.shape_iou[m]),
                "placed_iou": float(found.placed_iou[m]),
                "positives": int(found.positives[m]),
                "low_quality": int(found.low_quality[m]),
            }
            for m in found.worst(WORST).tolist()
        ],
    }


def summary(found: Coverage) -> Document:
    """The figures of all objects together."""
    return {
        "mean_placed_iou": _known(found.mean_iou),
        "mean_shape_iou": _known(
            float(found.shape_iou.mean(dtype="float64")) if len(found) else math.nan
        ),
        "best_possible_recall": {str(at): _known(found.recall(at)) for at in RECALL_AT},
    }


def suggestion_document(made: Suggestion, curve: CoverageCurve | None = None) -> Document:
    """Anchors before and after, with what they reach and cost."""
    return {
        "anchors": asdict(made.anchors),
        "kept_present_anchors": made.kept,
        "sampled": made.sampled,
        "trials": made.trials,
        "held_back": _held_back(made.held_back) if made.held_back else None,
        "before": {
            "anchors": asdict(made.before.anchors),
            **summary(made.before),
            "cost": cost_document(made.cost_before),
        },
        "after": {**summary(made.after), "cost": cost_document(made.cost_after)},
        **({"curve": _curve(curve)} if curve else {}),
    }


def cost_document(cost: AnchorCost) -> Document:
    return {
        "padded_hw": list(cost.padded_hw),
        "shapes": list(cost.shapes),
        "anchors": list(cost.anchors),
        "anchors_in_all": cost.anchors_in_all,
        "head_outputs": cost.head_outputs,
        "memory_bytes": cost.memory_bytes,
    }


def _finding(finding: CoverageFinding) -> Document:
    words = {"group": str(finding.group), "sentence": str(finding.sentence)}
    return asdict(finding) | words


def _group(group: GroupCoverage) -> Document:
    return {
        "kind": group.kind,
        "name": str(group.name),
        "objects": group.objects,
        "mean_placed_iou": _known(group.placed_iou),
        "mean_shape_iou": _known(group.shape_iou),
        "reached": {str(at): n for at, n in zip(RECALL_AT, group.reached, strict=True)},
        "unreachable": group.unreachable,
        "stepped_over": group.stepped_over,
        "low_quality_only": group.low_quality_only,
        "no_positive": group.no_positive,
        "median_positives": _known(group.positives),
    }


def _curve(curve: CoverageCurve) -> Document:
    return {
        "aim": curve.aim,
        "recall_iou": curve.recall_iou,
        "objects": curve.total,
        "enough": curve.enough,
        "points": [
            {
                "shapes": point.shapes,
                "reached": point.reached,
                "mean_placed_iou": point.mean_iou,
                "recall": point.recall,
                "anchors": asdict(point.anchors),
                "anchors_in_all": point.cost.anchors_in_all,
            }
            for point in curve.points
        ],
    }


def _held_back(found: HeldBack) -> Document:
    return asdict(found) | {"overfit": found.overfit}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
