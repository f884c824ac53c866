"""The objects of one photo, as a person or a label set gave them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from rpn_core.counts import count_objects
from rpn_core.messages import Message, msg


class Origin(StrEnum):
    """Where objects came from."""

    NONE = "none"
    DRAWN = "drawn"
    LABELS = "label set"
    EXAMPLE = "example"


@dataclass(frozen=True, eq=False, slots=True)
class GroundTruth:
    """The G objects of one photo.

    Attributes:
        boxes: (G, 4) float64 xyxy, pixels of the original photo; those of a label set as they
            came: perhaps without area or outside of the photo.
        ids: G different numbers; an object keeps its number while it is edited.
        categories: G names; "" where none is known.
        crowd: (G,) bool, a region of many objects.
        origin: where they came from at first.
        source: name of the label set, "" without one.
        source_sha256: of the label set.
        edited: whether they were changed by hand since.
        revision: changes whenever they changed otherwise than on the canvas.
    """

    boxes: NDArray[np.float64]
    ids: tuple[int, ...]
    categories: tuple[str, ...]
    crowd: NDArray[np.bool_]
    origin: Origin
    source: str | Message = ""
    source_sha256: str = ""
    edited: bool = False
    revision: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def sentence(self) -> Message:
        """How many there are and where they came from; plain text, which may quote a name."""
        count = count_objects(len(self))
        if self.origin in (Origin.NONE, Origin.DRAWN):
            if len(self) == 0:
                return msg("No objects yet: draw what a detector should find in this photo.")
            return msg("{objects}, drawn by hand.", objects=count)
        example = self.origin is Origin.EXAMPLE
        whence = msg("the bundled example") if example else self.source
        if self.edited:
            return msg("{objects}, from {whence}, edited by hand.", objects=count, whence=whence)
        return msg("{objects}, from {whence}.", objects=count, whence=whence)
