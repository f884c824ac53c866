"""The objects of a data set as the network meets them.

Letters: N images, B boxes of the data set, M objects among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.design.resize_rule import InputGeometry, ResizeRule, resize_images
from rpn_core.labels.label_set import LabelSet


@dataclass(frozen=True, eq=False, slots=True)
class DesignObjects:
    """What anchors are judged by.

    Attributes:
        index: (M,) int64, each object's place in `LabelSet.boxes`, ascending.
        image: (M,) int64, place in `LabelSet.names`, ascending.
        boxes: (M, 4) float32 xyxy, pixels of the network input.
        original: (M, 4) float64 xyxy, pixels of the original image.
        category: (M,) int64, place in `categories`, or -1.
        categories: their names.
        geometry: of all N images.
        crowd: how many boxes were left out because they are crowds.
        broken: how many were left out because they have no area or are not finite.
        unknown_size: how many were left out because the size of their image is not known.
    """

    index: NDArray[np.int64]
    image: NDArray[np.int64]
    boxes: NDArray[np.float32]
    original: NDArray[np.float64]
    category: NDArray[np.int64]
    categories: tuple[str, ...]
    geometry: InputGeometry
    crowd: int
    broken: int
    unknown_size: int

    def __len__(self) -> int:
        return len(self.index)

    @property
    def left_out(self) -> int:
        """How many boxes of the data set are no objects here."""
        return self.crowd + self.broken + self.unknown_size

    @property
    def wh(self) -> NDArray[np.float32]:
        """(M, 2) width and height, pixels of the network input."""
        return self.boxes[:, 2:] - self.boxes[:, :2]

    def only(self, places: NDArray[np.int64]) -> DesignObjects:
        """Some of the objects, in their order; `places` must ascend."""
        return DesignObjects(
            self.index[places], self.image[places], self.boxes[places], self.original[places],
            self.category[places], self.categories, self.geometry,
            self.crowd, self.broken, self.unknown_size,
        )  # fmt: skip


def design_objects(labels: LabelSet, rule: ResizeRule) -> DesignObjects:
    """Take the boxes that an RPN learns from to the network's input.

    Boxes are not clipped to the image: neither does the training of torchvision.
    """
    geometry = resize_images(labels.sizes_hw, rule)
    learnable = labels.learnable()
    known = geometry.known[labels.image]
    index = np.flatnonzero(learnable & known)
    boxes = geometry.to_network(labels.boxes[index], labels.image[index])
    # In float32 a very thin box of a large image can lose its area, and a large number overflow.
    has_area = (boxes[:, 2:] > boxes[:, :2]).all(axis=1) & np.isfinite(boxes).all(axis=1)
    index, boxes = index[has_area], boxes[has_area]
    crowd = int(labels.crowd.sum())
    return DesignObjects(
        index=index,
        image=labels.image[index],
        boxes=np.ascontiguousarray(boxes),
        original=labels.boxes[index],
        category=labels.category[index],
        categories=labels.categories,
        geometry=geometry,
        crowd=crowd,
        broken=int((~learnable).sum()) - crowd + int((~has_area).sum()),
        unknown_size=int((learnable & ~known).sum()),
    )


def sample_objects(objects: DesignObjects, count: int, seed: int) -> DesignObjects:
    """A repeatable sample without repeats; all of them when there are no more than `count`."""
    if len(objects) <= count:
        return objects
    drawn = np.random.default_rng(seed).choice(len(objects), count, replace=False)
    return objects.only(np.sort(drawn))
