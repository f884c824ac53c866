"""A photo of its own for every upload: other sizes, other shapes, and its mark."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from tests.soak.marks import stamp

_NAME = "s{:02d}-u{:03d}.jpg"
NAME_PATTERN = r"s(\d\d)-u(\d\d\d)\.jpg"


@dataclass(frozen=True, slots=True)
class MarkedPhoto:
    """One upload; `hw` in pixels of the photo."""

    session: int
    upload: int
    hw: tuple[int, int]
    jpeg: bytes

    @property
    def name(self) -> str:
        return _NAME.format(self.session, self.upload)

    @property
    def caption(self) -> str:
        """What the side bar says of it."""
        return f"{self.name} · {self.hw[1]} × {self.hw[0]} px"


def marked_photo(session: int, upload: int, seed: int) -> MarkedPhoto:
    """Make a photo; the same numbers give the same bytes."""
    rng = np.random.default_rng((seed, session, upload))
    width = int(rng.integers(480, 1281))
    height = int(width * rng.uniform(0.6, 1.0))
    # Large soft blotches, as of sky, walls and leaves.
    coarse = rng.integers(0, 256, (6, 8, 3)).astype(np.uint8)
    image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(4, 24))):
        x, y = rng.uniform(0, width), rng.uniform(0.15 * height, height)
        w, h = rng.uniform(0.03, 0.35, 2) * (width, height)
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, x + w, y + h), fill=tuple(rng.integers(0, 256, 3).tolist()))
    stamp(image, session, upload)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return MarkedPhoto(session, upload, (height, width), buffer.getvalue())
