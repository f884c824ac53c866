"""Small data sets in every format, made when a test needs them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.label_set import LabelSet, label_set
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.labels.stores.files import Upload
from rpn_core.labels.stores.image_source import ImageSource


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def upload(files: Mapping[str, bytes | str]) -> list[Upload]:
    return [
        Upload(name, data.encode() if isinstance(data, str) else data)
        for name, data in files.items()
    ]


def read(files: Mapping[str, bytes | str], **how: Any) -> LoadedLabels:
    """Read uploads."""
    return read_labels(upload(files), **how)


def coco(
    *annotations: dict[str, Any], images: list[dict[str, Any]] | None = None, **more: Any
) -> str:
    """A document with the image a.jpg, 100 x 80 px, id 1, unless others are given."""
    images = images or [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}]
    rows = [{"image_id": 1, "category_id": 1, **row} for row in annotations]
    document = {
        "images": images, "annotations": rows, "categories": [{"id": 1, "name": "cat"}], **more
    }  # fmt: skip
    return json.dumps(document)


def voc(*objects: str, name: str = "a.jpg", size: tuple[int, int] = (100, 80)) -> str:
    width, height = size
    return (
        f"<annotation><filename>{name}</filename><size><width>{width}</width>"
        f"<height>{height}</height><depth>3</depth></size>{''.join(objects)}</annotation>"
    )


def voc_object(*corners: float, name: str = "cat", more: str = "") -> str:
    sides = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
    box = "".join(f"<{side}>{value}</{side}>" for side, value in sides)
    return f"<object><name>{name}</name>{more}<bndbox>{box}</bndbox></object>"


def boxes_in(boxes: list[list[float]], hw: tuple[int, int] = (80, 100), **columns: Any) -> LabelSet:
    """Boxes of one image."""
    return label_set(
        ("a.jpg",),
        np.array(boxes, np.float64).reshape(-1, 4),
        np.zeros(len(boxes), np.int64),
        sizes_hw=np.array([hw]),
        categories=("cat", "dog"),
        **{"category": np.zeros(len(boxes), np.int64), **columns},
    )


NO_IMAGES = ImageSource()
