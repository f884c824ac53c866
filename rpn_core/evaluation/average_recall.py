"""How many of the objects do the best N proposals find: COCO's average recall, class-agnostic."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Recall:
    """Recall of the best `count` proposals of each image.

    Attributes:
        count: N.
        average: mean over IoU 0.50, 0.55, ... 0.95 (AR@N).
        at_half: recall at IoU 0.5.
    """

    count: int
    average: float
    at_half: float


def average_recall(
    annotations: Path,
    results: list[dict[str, Any]],
    counts: Sequence[int] = (10, 100, 300, 1000),
    image_ids: Sequence[int] | None = None,
) -> list[Recall]:
    """Evaluate proposals against COCO boxes with pycocotools, one-to-one matching, categories off.

    Args:
        annotations: COCO JSON.
        results: COCO results, `{"image_id", "bbox": [x, y, w, h], "score"}`, original pixels.
        counts: the N, ascending.
        image_ids: only these images; all when None.
    Source: Hosang et al. 2015, What makes for effective detection proposals?; pycocotools.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints as it goes
        truth = COCO()
        truth.dataset = json.loads(annotations.read_text())
        truth.createIndex()
        found = truth.loadRes([{**row, "category_id": 1} for row in results])
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.params.useCats = 0
        evaluation.params.maxDets = list(counts)
        evaluation.params.areaRng = [[0, 1e10]]
        evaluation.params.areaRngLbl = ["all"]
        if image_ids is not None:
            evaluation.params.imgIds = list(image_ids)
        evaluation.evaluate()
        evaluation.accumulate()
    # (IoU thresholds, categories, areas, counts)
    recall = evaluation.eval["recall"][:, 0, 0, :]
    return [
        Recall(count, float(recall[:, i].mean()), float(recall[0, i]))
        for i, count in enumerate(counts)
    ]
