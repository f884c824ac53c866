"""What the canvas draws: one photo, its anchors and, where they mean something, its scores."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from rpn_core.anchors import Anchors
from rpn_core.ledger import Ledger
from rpn_core.pipeline import Stages

PHOTO_LONG_SIDE = 1600
ViewHint = Literal["proposals", "anchors", "before_nms", "suppressed", "heat", "offsets"]


@dataclass(frozen=True, slots=True)
class DisplayPhoto:
    """The photo as the browser gets it.

    Attributes:
        id: names these very bytes; the browser keeps photos by it.
        encoded: JPEG.
    """

    id: str
    encoded: bytes


@dataclass(frozen=True, eq=False, slots=True)
class Scored:
    """What a head that means something said about the R anchors, and how each ended.

    Attributes:
        objectness_logits: (R,) float32.
        decoded: (R, 4) float32 xyxy, pixels of the network input, not clipped.
        ledger: the fate of each.
    """

    objectness_logits: Tensor
    decoded: Tensor
    ledger: Ledger


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """One picture for the canvas.

    Attributes:
        photo: the picture below the boxes.
        original_hw: the photo as it came, pixels.
        image_hw: the resized photo without padding, pixels of the network input.
        anchors: R anchors, pixels of the network input.
        level_names: one a level, for people ("P3").
        scored: None when scores would mean nothing; only image and anchors are drawn then.
        score_note: one sentence on what to think of the scores; says why when there are none.
        view_hint: which layers are on at first; a person's own choice stays until it changes.
    """

    photo: DisplayPhoto
    original_hw: tuple[int, int]
    image_hw: tuple[int, int]
    anchors: Anchors
    level_names: tuple[str, ...]
    scored: Scored | None
    score_note: str = ""
    view_hint: ViewHint = "proposals"


def encode_photo(rgb: NDArray[np.uint8], sha256: str) -> DisplayPhoto:
    """Shrink a photo to what a screen shows and encode it; worth caching by `sha256`.

    Args:
        rgb: (H, W, 3) uint8, the original photo.
        sha256: of the file that it came from.
    """
    image = Image.fromarray(rgb)
    factor = PHOTO_LONG_SIDE / max(image.size)
    if factor < 1:
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return DisplayPhoto(f"{sha256}-{image.width}x{image.height}", buffer.getvalue())


def scene_from_stages(
    stages: Stages,
    photo: DisplayPhoto,
    level_names: tuple[str, ...],
    *,
    score_note: str = "",
    view_hint: ViewHint = "proposals",
) -> Scene:
    """Collect what the canvas draws from the results of all stages."""
    return Scene(
        photo,
        stages.network_input.original_hw,
        stages.network_input.image_hw,
        stages.anchors,
        level_names,
        Scored(stages.outputs.objectness_logits, stages.decoded, stages.ledger),
        score_note,
        view_hint,
    )
