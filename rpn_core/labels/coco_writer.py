"""A data set as COCO JSON."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from rpn_core.labels.label_set import LabelSet, label_set_of
from rpn_core.labels.objects import Objects

_PLACES = 6  # of a pixel: x + (x2 - x) leaves less than that behind


def coco_document(labels: LabelSet) -> dict[str, Any]:
    """Write a data set as the dict that COCO's detection format has.

    Image ids are kept; categories are numbered from 1 in their order, and 0 stands for none of
    them. VOC's difficult is written as `ignore`. `read_coco_labels` reads the same set back
    (boxes to 1e-6 px); a box that is not finite comes back as one of NaN.
    """
    xywh = labels.boxes.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        xywh[:, 2:] -= xywh[:, :2]
        area = (xywh[:, 2] * xywh[:, 3]).round(_PLACES).tolist()
        xywh = xywh.round(_PLACES)
    sizes = labels.sizes_hw.tolist()
    ids = labels.image_ids.tolist()
    columns = zip(
        labels.image.tolist(), xywh.tolist(), area, labels.category.tolist(),
        labels.crowd.tolist(), labels.difficult.tolist(), strict=True,
    )  # fmt: skip
    images = [
        {"id": one, "file_name": name, "width": width, "height": height}
        for one, name, (height, width) in zip(ids, labels.names, sizes, strict=True)
    ]
    annotations: list[dict[str, Any]] = []
    for place, (image, bbox, size, category, crowd, difficult) in enumerate(columns, 1):
        row = {"id": place, "image_id": ids[image], "category_id": category + 1, "bbox": bbox}
        row |= {"area": size, "iscrowd": int(crowd)}
        annotations.append(row | {"ignore": 1} if difficult else row)
    categories = [{"id": place, "name": name} for place, name in enumerate(labels.categories, 1)]
    return {"images": images, "annotations": annotations, "categories": categories}


def write_coco(labels: LabelSet) -> bytes:
    """Write a data set as COCO JSON, UTF-8; what is not finite becomes null."""
    return msgspec.json.encode(coco_document(labels)) + b"\n"


def write_coco_of(objects: Objects, name: str, hw: tuple[int, int]) -> bytes:
    """Write the objects of one photo as COCO JSON, as `label_set_of` takes them.

    Args:
        name: file name of the photo.
        hw: its height and width, pixels.
    """
    return write_coco(label_set_of(objects, name, hw))
