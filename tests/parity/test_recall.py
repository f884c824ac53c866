"""Recall equals pycocotools' at every threshold and number of proposals."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest

from rpn_core.evaluation.found_ranks import IOU_THRESHS
from rpn_core.evaluation.recall import RecallCounter
from rpn_core.geometry.size_groups import ALL

COUNTS = (1, 5, 20, 100)


def scenes(seed: int):
    """Objects and proposals near them, some twice on one object, some nowhere, one image empty."""
    draw = np.random.default_rng(seed)
    for _ in range(12):
        objects = draw.integers(0, 9)
        corners = draw.uniform(0, 200, (objects, 2))
        truth = np.concatenate((corners, corners + draw.uniform(4, 120, (objects, 2))), axis=1)
        near = truth.repeat(8, axis=0) + draw.normal(0, 6, (objects * 8, 4))
        corners = draw.uniform(0, 200, (40, 2))
        far = np.concatenate((corners, corners + draw.uniform(4, 120, (40, 2))), axis=1)
        boxes = draw.permutation(np.concatenate((near, far)))
        sides = boxes[:, 2:] - boxes[:, :2]
        yield truth, boxes[(sides > 0).all(axis=1)]


def xywh(box):
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]


@pytest.mark.parametrize("seed", range(5))
def test_recall_is_that_of_pycocotools(seed):
    coco = pytest.importorskip("pycocotools.coco", reason="the reference")
    from pycocotools.cocoeval import COCOeval

    counter, images, annotations, results = RecallCounter(), [], [], []
    for image, (truth, boxes) in enumerate(scenes(seed)):
        counter.add(boxes, truth)
        images.append({"id": image})
        for box in truth:
            annotations.append(
                {"id": len(annotations) + 1, "image_id": image, "category_id": 1, "iscrowd": 0,
                 "bbox": xywh(box), "area": 1.0}
            )  # fmt: skip
        for rank, box in enumerate(boxes):
            results.append(
                {"image_id": image, "category_id": 1, "bbox": xywh(box), "score": 1 - rank / 1000}
            )
    with contextlib.redirect_stdout(io.StringIO()):
        reference = coco.COCO()
        reference.dataset = {
            "images": images, "annotations": annotations, "categories": [{"id": 1}]
        }  # fmt: skip
        reference.createIndex()
        evaluation = COCOeval(reference, reference.loadRes(results), "bbox")
        evaluation.params.useCats = 0
        evaluation.params.maxDets = list(COUNTS)
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.evaluate()
        evaluation.accumulate()
    theirs = evaluation.eval["recall"][:, 0, 0, :]
    [ours] = counter.recall([ALL])
    assert ours.objects == len(annotations)
    assert theirs[0, 0] < theirs[0, -1]
    assert theirs[-1, -1] < theirs[0, -1]
    for t, iou in enumerate(IOU_THRESHS):
        assert [ours.at(n, iou) for n in COUNTS] == pytest.approx(theirs[t].tolist())
