"""Images with boxes from a COCO JSON file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rpn_core.errors import UserError


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
        """The pixels as they lie in the file, (H, W, 3) uint8: boxes are in its frame."""
        with Image.open(self.path) as image:
            return np.asarray(image.convert("RGB"))


def read_coco(annotations: Path, images: Path) -> list[LabelledImage]:
    """Read a COCO annotation file; categories do not matter to an RPN.

    Raises:
        UserError: the file is missing or is not COCO JSON.
    """
    try:
        document = json.loads(annotations.read_text())
        boxes: dict[int, list[list[float]]] = {row["id"]: [] for row in document["images"]}
        for row in document["annotations"]:
            x, y, w, h = row["bbox"]
            if not row.get("iscrowd") and w > 0 and h > 0:
                boxes[row["image_id"]].append([x, y, x + w, y + h])
        return [
            LabelledImage(
                images / row["file_name"],
                row["id"],
                np.asarray(boxes[row["id"]], dtype=np.float32).reshape(-1, 4),
                row.get("height", 0) > row.get("width", 0),
            )
            for row in document["images"]
        ]
    except FileNotFoundError:
        raise UserError(f"{annotations} does not exist: give a COCO JSON file.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{annotations} is not COCO JSON with images and annotations ({error!r}): "
            "export the boxes in COCO's detection format."
        ) from None
