"""The boxes of a data set, column by column.

Letters: N images, B boxes.

A million boxes are a few arrays here, not a million objects: COCO's training set is loaded, checked
and analysed on a laptop. Readers fill it, whatever the format was; everything else takes it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.labels.objects import Objects, make_objects

UNNAMED = "object"  # the category in a file of an object that has none


@dataclass(frozen=True, eq=False, slots=True)
class LabelSet:
    """Images and their boxes, as they came: what is wrong with them is kept for the linter.

    Attributes:
        names: N file names as the annotations give them, with "/" between folders.
        sizes_hw: (N, 2) int64, height and width of each original image in pixels; 0 where the
            annotations do not say.
        image_ids: (N,) int64, COCO's id of each image, exactly; its place for the other formats.
            Ids that are texts or larger are Python objects.
        categories: names of the categories.
        boxes: (B, 4) float64 xyxy, pixels of the original image, grouped by image in the order of
            `names`. Not clipped, not sorted, not mended.
        image: (B,) int64, the place in `names` of each box's image, ascending.
        category: (B,) int64, place in `categories`, or -1 where it names none of them.
        crowd: (B,) bool, COCO's iscrowd: a region of many objects.
        difficult: (B,) bool, Pascal VOC's flag.
    """

    names: tuple[str, ...]
    sizes_hw: NDArray[np.int64]
    image_ids: NDArray[np.int64] | NDArray[np.object_]
    categories: tuple[str, ...]
    boxes: NDArray[np.float64]
    image: NDArray[np.int64]
    category: NDArray[np.int64]
    crowd: NDArray[np.bool_]
    difficult: NDArray[np.bool_]

    def boxes_of(self, image: int) -> slice:
        """Where the boxes of an image lie."""
        first, last = np.searchsorted(self.image, [image, image + 1])
        return slice(int(first), int(last))

    def objects_of(self, image: int) -> Objects:
        """The objects of an image, with ids 0, 1, ...; VOC's difficult is left out."""
        part = self.boxes_of(image)
        named = [self.categories[c] if c >= 0 else "" for c in self.category[part].tolist()]
        return make_objects(self.boxes[part], crowd=self.crowd[part], categories=named)

    def first(self, count: int | None) -> LabelSet:
        """The first `count` images with their boxes; all of them for None."""
        names = self.names[:count]
        if len(names) == len(self.names):
            return self
        boxes = slice(0, self.boxes_of(len(names)).start)
        return LabelSet(
            names, self.sizes_hw[: len(names)], self.image_ids[: len(names)], self.categories,
            self.boxes[boxes], self.image[boxes], self.category[boxes], self.crowd[boxes],
            self.difficult[boxes],
        )  # fmt: skip

    def learnable(self) -> NDArray[np.bool_]:
        """Which boxes an RPN learns from: with area, finite, and not a crowd. (B,)."""
        with np.errstate(over="ignore", invalid="ignore"):  # infinite corners are left out below
            sides = self.boxes[:, 2:] - self.boxes[:, :2]
        found: NDArray[np.bool_] = np.isfinite(self.boxes).all(1) & (sides > 0).all(1) & ~self.crowd
        return found


def label_set(
    names: tuple[str, ...],
    boxes: NDArray[np.float64],
    image: NDArray[np.int64],
    *,
    sizes_hw: NDArray[np.int64] | None = None,
    image_ids: NDArray[np.int64] | NDArray[np.object_] | None = None,
    categories: tuple[str, ...] = (),
    category: NDArray[np.int64] | None = None,
    crowd: NDArray[np.bool_] | None = None,
    difficult: NDArray[np.bool_] | None = None,
) -> LabelSet:
    """Build a set from the columns that a format has; the boxes need not be grouped yet.

    Raises:
        ValueError: the columns differ in length.

    >>> made = label_set(("a.jpg",), np.array([[0.0, 0, 9, 9]]), np.array([0]))
    >>> made.category.tolist(), made.learnable().tolist()
    ([-1], [True])
    """
    count, images = len(image), len(names)
    if boxes.shape != (count, 4):
        raise ValueError(f"boxes have shape {boxes.shape}, but there are {count}")

    def column(given: NDArray | None, otherwise: NDArray, length: int) -> NDArray:  # type: ignore[type-arg]
        found = otherwise if given is None else given
        if len(found) != length:
            raise ValueError(f"a column has {len(found)} entries, but {length} are needed")
        return found

    order = np.argsort(image, kind="stable")
    return LabelSet(
        names,
        column(sizes_hw, np.zeros((images, 2), np.int64), images),
        column(image_ids, np.arange(images), images),
        categories,
        np.asarray(boxes, np.float64)[order],
        np.asarray(image, np.int64)[order],
        column(category, np.full(count, -1), count)[order],
        column(crowd, np.zeros(count, bool), count)[order],
        column(difficult, np.zeros(count, bool), count)[order],
    )


def label_set_of(objects: Objects, name: str, hw: tuple[int, int]) -> LabelSet:
    """The objects of one photo as a data set; their ids are left out.

    Categories are numbered in the order in which they come; an object that has none is of the
    category `UNNAMED`, since files ask for one.

    Args:
        name: file name of the photo.
        hw: its height and width, pixels.
    """
    named = [category or UNNAMED for category in objects.categories]
    categories = tuple(dict.fromkeys(named))
    return label_set(
        (name,),
        objects.boxes,
        np.zeros(len(objects), np.int64),
        sizes_hw=np.array([hw], np.int64),
        image_ids=np.array([1], np.int64),
        categories=categories,
        category=np.array([categories.index(one) for one in named], np.int64),
        crowd=objects.crowd,
    )
