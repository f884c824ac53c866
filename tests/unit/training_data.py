"""Two tiny photos, one with a red square, and their annotations."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from rpn_core.labels.formats.read import read_labels
from rpn_core.labels.labelled_images import LabelledImages, labelled_images
from rpn_core.stages.network_input import Preprocess
from rpn_core.training.recipe import Recipe

PREPROCESS = Preprocess((0.5,) * 3, (0.5,) * 3, 32, True)
TINY = Recipe(steps=4, batch_images=2, long_side=(64, 96), warmup_steps=1, seed=3)


def images_of(annotations: Path, images: Path) -> LabelledImages:
    """What commands take of a data set."""
    loaded = read_labels(annotations, images=images)
    return labelled_images(loaded.labels, loaded.images)


def write_photos(folder: Path, hw: tuple[int, int] = (48, 80)) -> Path:
    """Write a.png, with a red square, and b.png, without, and train.json; return the last."""
    for name in ("a.png", "b.png"):
        rgb = np.full((*hw, 3), 90, np.uint8)
        if name == "a.png":
            rgb[8:40, 10:42] = (220, 30, 30)
        Image.fromarray(rgb).save(folder / name)
    document = {
        "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
        "annotations": [
            {"image_id": 1, "bbox": [10, 8, 32, 32]},
            {"image_id": 1, "bbox": [0, 0, 5, 5], "iscrowd": 1},
            {"image_id": 1, "bbox": [3, 3, 0, 4]},
        ],
    }
    path = folder / "train.json"
    path.write_text(json.dumps(document))
    return path
