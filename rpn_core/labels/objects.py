"""The objects of one photo: the one value in which they travel.

Whoever needs less takes a projection that says what it leaves out: `Objects.without_names` here,
`rpn_core.targets.image_objects.in_frame` for what training sees of them, and
`rpn_core.labels.label_set.label_set_of` for a file. `LabelSet.objects_of` makes them of one image
of a data set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Objects:
    """G ground-truth objects. Immutable: the arrays are copies that refuse to be written to.

    Attributes:
        boxes: (G, 4) float64 xyxy, pixels of the original photo (not of the network input); those
            of a label set as they came: perhaps without area, outside of the photo, not finite.
        crowd: (G,) bool, a region of many objects (COCO's iscrowd).
        categories: G names; "" where none is known.
        ids: G different numbers >= 0; an object keeps its own while it is edited.
    Raises:
        ValueError: the columns differ in length, or two objects have the same id.
    """

    boxes: NDArray[np.float64]
    crowd: NDArray[np.bool_]
    categories: tuple[str, ...]
    ids: tuple[int, ...]

    def __post_init__(self) -> None:
        boxes, crowd = np.array(self.boxes, np.float64), np.array(self.crowd, np.bool_)
        count = len(boxes)
        if boxes.shape != (count, 4) or crowd.ndim != 1:
            raise ValueError(
                f"boxes have shape {boxes.shape} and crowd {crowd.shape}, but they must be (G, 4) "
                "and (G,)"
            )
        lengths = {"crowd": len(crowd), "categories": len(self.categories), "ids": len(self.ids)}
        for name, length in lengths.items():
            if length != count:
                raise ValueError(f"{name} has {length} entries, but there are {count} objects")
        if len(set(self.ids)) != count:
            raise ValueError("two objects have the same id")
        for name, array in (("boxes", boxes), ("crowd", crowd)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def key(self) -> Hashable:
        """Tells other objects from these, whatever the difference."""
        told = repr((self.categories, self.ids)).encode()
        return hashlib.sha256(self.boxes.tobytes() + self.crowd.tobytes() + told).hexdigest()

    def without_names(self) -> Objects:
        """Boxes and crowds in their order; categories and ids are left out.

        What no name changes is the same of it, and has the same `key`.
        """
        return make_objects(self.boxes, crowd=self.crowd)


def make_objects(
    boxes: NDArray[np.float64],
    *,
    crowd: NDArray[np.bool_] | None = None,
    categories: Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> Objects:
    """Objects of which not everything is said: no crowds, no categories, ids 0, 1, ... G - 1.

    >>> made = make_objects(np.array([[0.0, 0, 9, 9], [3, 3, 8, 8]]))
    >>> made.crowd.tolist(), made.categories, made.ids
    ([False, False], ('', ''), (0, 1))
    """
    count = len(boxes)
    return Objects(
        boxes,
        np.zeros(count, np.bool_) if crowd is None else crowd,
        ("",) * count if categories is None else tuple(categories),
        tuple(range(count)) if ids is None else tuple(ids),
    )


NO_OBJECTS = make_objects(np.zeros((0, 4)))
