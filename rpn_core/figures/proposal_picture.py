"""A photo with boxes drawn into its pixels: for logs, where nothing can be clicked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from rpn_core.figures.palette import FATE_STYLES
from rpn_core.stages.fate import Fate


def proposal_picture(
    rgb: NDArray[np.uint8], boxes: NDArray[np.float64], objects: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Draw proposals in colour, and the objects in white with a black rim.

    Args:
        rgb: (H, W, 3) uint8; it is not changed.
        boxes: (N, 4) xyxy, pixels of `rgb`.
        objects: (G, 4) xyxy, same frame.
    Returns:
        (H, W, 3) uint8.
    """
    picture = Image.fromarray(rgb)
    draw = ImageDraw.Draw(picture)
    for box in objects.tolist():
        draw.rectangle(box, outline="black", width=3)
        draw.rectangle(box, outline="white", width=1)
    for box in boxes.tolist():
        draw.rectangle(box, outline=FATE_STYLES[Fate.KEPT].colour, width=2)
    return np.asarray(picture)
