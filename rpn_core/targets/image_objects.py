"""The objects of one image, as training would get them: on the network's input, without names."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.geometry.boxes import side_lengths
from rpn_core.geometry.frame import Frame
from rpn_core.labels.objects import Objects


@dataclass(frozen=True, eq=False, slots=True)
class ImageObjects:
    """What training sees of G objects.

    Attributes:
        boxes: (G, 4) float32 xyxy, pixels of the network input; may be without area.
        crowd: (G,) bool, a region of many objects (COCO's iscrowd).
    """

    boxes: Tensor
    crowd: Tensor

    def __len__(self) -> int:
        return int(self.boxes.shape[0])

    @property
    def has_area(self) -> Tensor:
        """(G,) bool: finite, and x2 > x1, y2 > y1."""
        return self.boxes.isfinite().all(1) & (side_lengths(self.boxes) > 0).all(1)

    @property
    def learnable(self) -> Tensor:
        """(G,) bool: those that anchors may learn from: with area, and no crowd."""
        return self.has_area & ~self.crowd


def image_objects(boxes: Tensor, crowd: Tensor | None = None) -> ImageObjects:
    """Objects without crowds, unless told.

    Raises:
        ValueError: shapes are not (G, 4) and (G,).

    >>> image_objects(torch.tensor([[0., 0., 9., 9.], [3., 3., 3., 5.]])).learnable.tolist()
    [True, False]
    """
    if crowd is None:
        crowd = torch.zeros(len(boxes), dtype=torch.bool)
    if boxes.ndim != 2 or boxes.shape[1] != 4 or crowd.shape != boxes.shape[:1]:
        raise ValueError(
            f"boxes have shape {tuple(boxes.shape)} and crowd {tuple(crowd.shape)}, but they must "
            "be (G, 4) and (G,)"
        )
    return ImageObjects(boxes.float(), crowd)


def in_frame(objects: Objects, frame: Frame) -> ImageObjects:
    """Take the objects of a photo to pixels of a proposer's input; not clipped to the image.

    Categories and ids are left out: they do not matter to training.
    """
    boxes = frame.from_original(torch.tensor(objects.boxes))
    return image_objects(boxes.float(), torch.tensor(objects.crowd))
