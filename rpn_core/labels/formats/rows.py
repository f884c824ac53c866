"""What a reader has read so far, image by image and box by box."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rpn_core.labels.label_set import LabelSet, label_set

_MAX_SIDE = 1 << 31  # of an image; a "width" beyond it is none


@dataclass(eq=False, slots=True)
class Rows:
    """Columns of a `LabelSet` while they grow."""

    names: list[str] = field(default_factory=list)
    sizes_hw: list[tuple[int, int]] = field(default_factory=list)
    boxes: list[Sequence[float]] = field(default_factory=list)
    image: list[int] = field(default_factory=list)
    category: list[int] = field(default_factory=list)
    crowd: list[bool] = field(default_factory=list)
    difficult: list[bool] = field(default_factory=list)
    _categories: dict[str, int] = field(default_factory=dict)

    def add_image(self, name: str, width: object = 0, height: object = 0) -> int:
        """List an image, and return its place; a side that is no number >= 1 is not known."""
        sides = whole_side(height), whole_side(width)
        self.names.append(name.strip().replace("\\", "/"))
        self.sizes_hw.append((0, 0) if 0 in sides else sides)  # half a size is none
        return len(self.names) - 1

    def add_box(
        self,
        image: int,
        xyxy: Sequence[float],
        category: object,
        *,
        crowd: bool = False,
        difficult: bool = False,
    ) -> None:
        """A box of the image at that place; a category that is None or blank is none."""
        text = "" if category is None else str(category).strip()
        self.boxes.append(xyxy)
        self.image.append(image)
        self.category.append(
            self._categories.setdefault(text, len(self._categories)) if text else -1
        )
        self.crowd.append(crowd)
        self.difficult.append(difficult)

    def label_set(self) -> LabelSet:
        """All that was added."""
        return label_set(
            tuple(self.names),
            np.array(self.boxes, np.float64).reshape(-1, 4),
            np.array(self.image, np.int64),
            sizes_hw=np.array(self.sizes_hw, np.int64).reshape(-1, 2),
            categories=tuple(self._categories),
            category=np.array(self.category, np.int64),
            crowd=np.array(self.crowd, bool),
            difficult=np.array(self.difficult, bool),
        )


def number(value: object) -> float:
    """A number, or one written as text; NaN for anything else.

    >>> number("7.5"), number(None)
    (7.5, nan)
    """
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def whole_side(value: object) -> int:
    """A side of an image in whole pixels; 0 where it is not known.

    >>> whole_side("640"), whole_side(0), whole_side("a lot")
    (640, 0, 0)
    """
    side = number(value)
    return int(side) if 1 <= side < _MAX_SIDE else 0
