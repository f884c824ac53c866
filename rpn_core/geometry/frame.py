"""The two frames that boxes are in: pixels of the original photo, and pixels of the input."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Frame:
    """One photo and what a proposer looked at of it.

    Attributes:
        original_hw: the photo, pixels.
        image_hw: the photo after resizing, without padding, pixels of the proposer's input.
    """

    original_hw: tuple[int, int]
    image_hw: tuple[int, int]

    @property
    def factors(self) -> tuple[float, float]:
        """(x, y) from pixels of the input to pixels of the original photo."""
        return (
            self.original_hw[1] / self.image_hw[1],
            self.original_hw[0] / self.image_hw[0],
        )

    def to_original(self, boxes: Tensor) -> Tensor:
        """Scale (..., 4) xyxy boxes from pixels of the input to the original photo's."""
        x, y = self.factors
        return boxes * boxes.new_tensor([x, y, x, y])

    def from_original(self, boxes: Tensor) -> Tensor:
        """Scale (..., 4) xyxy boxes from pixels of the original photo to the input's."""
        x, y = self.factors
        return boxes / boxes.new_tensor([x, y, x, y])
