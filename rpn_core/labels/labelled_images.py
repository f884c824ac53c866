"""Images with their boxes, one by one, as whatever learns from them or is measured on them sees them.

Letter: G objects of an image.
"""  # noqa: E501 - one sentence

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from rpn_core.labels.label_set import LabelSet
from rpn_core.labels.stores.image_source import ImageSource
from rpn_core.messages import Message
from rpn_core.photo.limits import MAX_PIXELS
from rpn_core.photo.photo import Pixels
from rpn_core.photo.reader import read_noted


@dataclass(frozen=True, eq=False, slots=True)
class LabelledImage:
    """One image and its objects.

    Attributes:
        name: as the labels call it.
        image_id: as in the annotations.
        boxes: (G, 4) float32 xyxy, pixels of the upright original image. Crowds, boxes without
            area and boxes that are not finite are left out; difficult ones count. Where the labels
            speak of another size than the image has, the boxes stand as they were written.
        tall: whether it is higher than wide, as far as the labels or the file's header say.
        source: where its file lies.
    """

    name: str
    image_id: int | str
    boxes: NDArray[np.float32]
    tall: bool
    source: ImageSource

    def read_bytes(self) -> bytes:
        """Its file. Raises UserError where it cannot be read."""
        return self.source.read(self.name)

    def read_noted(self) -> tuple[Pixels, tuple[Message, ...]]:
        """(H, W, 3) uint8, the pixels that the page shows, and what was changed to get them.

        Boxes are in their frame.

        Raises:
            UserError: as `photo.reader.read_pixels` does.
        """
        return read_noted(self.read_bytes(), self.name)


class LabelledImages(Sequence[LabelledImage]):
    """Images of a label set, each made when it is asked for: COCO's 118,000 are a few arrays.

    Args:
        labels: the boxes.
        source: where the images lie.
        chosen: places in `labels.names`, in the order in which they are wanted.
    """

    def __init__(self, labels: LabelSet, source: ImageSource, chosen: Sequence[int]) -> None:
        self._labels = labels
        self._learnable = labels.learnable()
        self._source = source
        self._chosen = chosen

    def __len__(self) -> int:
        return len(self._chosen)

    @overload
    def __getitem__(self, place: int) -> LabelledImage: ...
    @overload
    def __getitem__(self, place: slice) -> LabelledImages: ...
    def __getitem__(self, place: int | slice) -> LabelledImage | LabelledImages:
        if isinstance(place, slice):
            return LabelledImages(self._labels, self._source, self._chosen[place])
        image = self._chosen[place]
        labels, of_image = self._labels, self._labels.boxes_of(image)
        height, width = labels.sizes_hw[image].tolist()
        return LabelledImage(
            labels.names[image],
            labels.image_ids[image : image + 1].tolist()[0],
            labels.boxes[of_image][self._learnable[of_image]].astype(np.float32),
            height > width,
            self._source,
        )


def labelled_images(labels: LabelSet, source: ImageSource) -> LabelledImages:
    """All images of a label set that are there, with a header that can be read and allows it."""
    sizes = source.sizes_hw(labels.names)
    readable = (sizes > 0).all(axis=1) & (sizes.prod(axis=1) <= MAX_PIXELS)
    return LabelledImages(labels, source, np.flatnonzero(readable).tolist())
