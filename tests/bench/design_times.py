"""Coverage and suggestion on as many boxes as COCO's train2017 has, against laying all anchors.

python -m tests.bench.design_times
"""

from __future__ import annotations

import resource
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch

from rpn_core.anchors.lay import lay_anchors
from rpn_core.design.budget import Budget
from rpn_core.design.coverage import coverage
from rpn_core.design.objects import DesignObjects, design_objects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.design.suggest import suggest
from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.labels.label_set import LabelSet, label_set
from rpn_core.settings import AnchorSettings

IMAGES, BOXES = 118_000, 860_000  # COCO train2017, rounded
LAID_IMAGES = 100  # for the way that lays all anchors: the whole would take hours
PYRAMID = Pyramid((4, 8, 16, 32, 64))
RULE = ResizeRule("min_max", 800, 1333)
ANCHORS = AnchorSettings(
    ((32, 40, 51), (64, 81, 102), (128, 161, 203), (256, 323, 406), (512, 645, 813)),
    ((0.5, 1, 2),) * 5,
    offset=0.0,
    convention="torchvision",
)


@dataclass(frozen=True, slots=True)
class DesignTimes:
    """Seconds.

    Attributes:
        objects, shapes: how many of each.
        objects_seconds: from the label set to pixels of the network input.
        coverage_seconds: of all objects, positives included.
        laid_seconds: the best IoU alone by laying every anchor, what all images would take.
        suggest_seconds: 30,000 trials on a sample of 5,000, with coverage before and after.
        peak_mb: the most memory that the process ever held, the label set included.
    """

    objects: int
    shapes: int
    objects_seconds: float
    coverage_seconds: float
    laid_seconds: float
    suggest_seconds: float
    peak_mb: float


def synthetic_labels(images: int = IMAGES, boxes: int = BOXES) -> LabelSet:
    """Boxes about as large and as crowded as COCO's, seeded: 640 x 480 upright or not, sides from
    8 px up, log-normal, inside the image."""
    random = np.random.default_rng(0)
    sizes = np.where(random.random((images, 1)) < 0.7, [[480, 640]], [[640, 480]])
    crowding = random.exponential(1.0, images)
    image = np.sort(random.choice(images, boxes, p=crowding / crowding.sum()))
    inside = sizes[image][:, ::-1]
    wh = np.minimum(np.exp(random.normal(4.0, 1.1, (boxes, 2))) + 4, inside)
    corner = random.random((boxes, 2)) * (inside - wh)
    made = np.concatenate([corner, corner + wh], axis=1)
    return label_set(tuple(f"{n}.jpg" for n in range(images)), made, image, sizes_hw=sizes)


def design_times() -> DesignTimes:
    """Measure once; the two ways find the same, or it raises."""
    labels = synthetic_labels()
    _compile()
    begun = perf_counter()
    objects = design_objects(labels, RULE)
    moved = perf_counter()
    found = coverage(objects, PYRAMID, ANCHORS)
    covered = perf_counter()
    laid, images = _laid(objects)
    laid_done = perf_counter()
    if not np.array_equal(laid, found.placed_iou[: len(laid)]):
        raise RuntimeError("the two ways find different IoU: nothing to compare")
    suggest_begun = perf_counter()
    suggest(objects, PYRAMID, ANCHORS, Budget(shapes=9))
    suggested = perf_counter()
    return DesignTimes(
        len(objects),
        len(found.table),
        moved - begun,
        covered - moved,
        (laid_done - covered) * IMAGES / images,
        suggested - suggest_begun,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _compile() -> None:
    few = design_objects(synthetic_labels(10, 100), RULE)
    suggest(few, PYRAMID, ANCHORS, Budget(evaluations=100))


def _laid(objects: DesignObjects) -> tuple[np.ndarray, int]:  # type: ignore[type-arg]
    """Best IoU of the objects of the first images, by every anchor against every object."""
    best = []
    images = np.unique(objects.image)[:LAID_IMAGES]
    for image in images:
        padded = objects.geometry.padded_hw[image]
        grids = PYRAMID.grids_hw(padded[None])[0]
        anchors = lay_anchors(
            tuple((int(h), int(w)) for h, w in grids),
            (int(padded[0]), int(padded[1])),
            PYRAMID.strides,
            ANCHORS,
        )
        boxes = torch.from_numpy(objects.boxes[objects.image == image])
        best.append(pairwise_iou(boxes, anchors.boxes).max(dim=1).values.numpy())
    return np.concatenate(best), len(images)


def main() -> None:
    times = design_times()
    print(
        f"{times.objects:,} objects, {times.shapes} shapes: to network pixels "
        f"{times.objects_seconds:.2f} s, coverage {times.coverage_seconds:.1f} s "
        f"(laying all anchors, best IoU alone: about {times.laid_seconds / 60:.0f} min, "
        f"{times.laid_seconds / times.coverage_seconds:.0f} times as long), suggestion "
        f"{times.suggest_seconds:.1f} s, at most {times.peak_mb:.0f} MB"
    )


if __name__ == "__main__":
    main()
