"""The objects of a photo as they were drawn or labelled, and on the network's input."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rpn_core.geometry.frame import Frame
from rpn_core.targets.image_objects import ImageObjects, image_objects


@dataclass(frozen=True, eq=False, slots=True)
class PhotoObjects:
    """What training needs to know of the G objects of a photo; names do not matter to it.

    Attributes:
        boxes: (G, 4) float64 xyxy, pixels of the original photo.
        crowd: (G,) bool, a region of many objects.
    """

    boxes: NDArray[np.float64]
    crowd: NDArray[np.bool_]

    @property
    def key(self) -> Hashable:
        """Tells other boxes or other crowds from these."""
        return hashlib.sha256(self.boxes.tobytes() + self.crowd.tobytes()).hexdigest()


def on_network(objects: PhotoObjects, frame: Frame) -> ImageObjects:
    """The objects in pixels of the network input, as training would get them."""
    boxes = frame.from_original(torch.from_numpy(objects.boxes))
    return image_objects(boxes.float(), torch.from_numpy(objects.crowd))
