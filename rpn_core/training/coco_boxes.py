"""Images with boxes from a COCO JSON file, as training and evaluation take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rpn_core.counts import count_boxes
from rpn_core.errors import UserError
from rpn_core.labels.formats.coco import read_coco_labels
from rpn_core.labels.label_set import LabelSet
from rpn_core.photo.file_name import display_name
from rpn_core.photo.reader import upright_of


@dataclass(frozen=True, eq=False, slots=True)
class LabelledImage:
    """One image on disk and its objects.

    Attributes:
        path: the image file.
        image_id: as in the annotation file.
        boxes: (G, 4) float32 xyxy, pixels of the original image; crowds and boxes without area
            are left out.
        tall: whether it is higher than wide, as far as the file says.
    """

    path: Path
    image_id: int
    boxes: NDArray[np.float32]
    tall: bool = False

    def read_rgb(self) -> NDArray[np.uint8]:
        """The pixels of the upright image, (H, W, 3) uint8: boxes are in its frame.

        EXIF orientation is applied, as detectron2, mmdetection and ultralytics do (torchvision's
        CocoDetection does not), and as evaluation and the page do with the same boxes.
        """
        with Image.open(self.path) as image:
            image.load()  # Pillow turns a TIFF in doing so
            return np.asarray(upright_of(image)[0].convert("RGB"))


class LabelledImages(Sequence[LabelledImage]):
    """The images of a label set, each made when it is asked for: COCO's 118,000 are a few arrays.

    Args:
        labels: the boxes.
        folder: what the names in them are relative to.
        chosen: places in `labels.names`, in the order in which they are wanted.
    """

    def __init__(self, labels: LabelSet, folder: Path, chosen: range) -> None:
        self._labels = labels
        self._learnable = labels.learnable()
        self._folder = folder
        self._chosen = chosen

    def __len__(self) -> int:
        return len(self._chosen)

    @overload
    def __getitem__(self, place: int) -> LabelledImage: ...
    @overload
    def __getitem__(self, place: slice) -> LabelledImages: ...
    def __getitem__(self, place: int | slice) -> LabelledImage | LabelledImages:
        if isinstance(place, slice):
            return LabelledImages(self._labels, self._folder, self._chosen[place])
        image = self._chosen[place]
        labels, of_image = self._labels, self._labels.boxes_of(image)
        height, width = labels.sizes_hw[image].tolist()
        return LabelledImage(
            self._folder / labels.names[image],
            int(labels.image_ids[image]),
            labels.boxes[of_image][self._learnable[of_image]].astype(np.float32),
            height > width,
        )


def read_coco(annotations: Path, images: Path) -> LabelledImages:
    """Read a COCO annotation file; categories do not matter to an RPN.

    Raises:
        UserError: the file is missing or is not COCO JSON, a box names an image that it does not
            list, or an image's name leads out of the folder.
    """
    try:
        data = annotations.read_bytes()
    except FileNotFoundError:
        raise UserError("{file} does not exist: give a COCO JSON file.", file=annotations) from None
    except OSError as error:
        raise UserError(
            "{file} cannot be read ({reason}): give a COCO JSON file.",
            file=annotations,
            reason=error.strerror,
        ) from None
    read = read_coco_labels(data, str(annotations))
    for remark in read.remarks:
        first = remark.rows(read.labels, 0, 1)[0].came
        raise UserError(
            "{file} has {boxes} of images that it does not list ({first}): list the images, or "
            "remove these annotations.",
            file=annotations,
            boxes=count_boxes(len(remark)),
            first=first,
        )
    for name in read.labels.names:
        if name.startswith("/") or ".." in PurePosixPath(name).parts:
            raise UserError(
                "{file} names an image outside the folder of the images ({image}): write names "
                "relative to that folder.",
                file=annotations,
                image=display_name(name),
            )
    return LabelledImages(read.labels, images, range(len(read.labels.names)))
