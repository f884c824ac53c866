"""A photo that is kept as its file decodes to what it was."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from rpn_core.photo.photo_file import photo_file
from rpn_core.photo.reader import read_photo
from rpn_core.photo.samples import sample_bytes, samples
from tests.unit.test_photo_reader import encode, noise


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encode(Image.fromarray(noise(20, 30)), "JPEG", exif=exif)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(turned(), id="turned by EXIF"),
        pytest.param(encode(Image.fromarray(noise()), "WEBP", quality=40), id="lossy WebP"),
        pytest.param(encode(Image.fromarray(noise()).quantize(16), "GIF"), id="palette"),
        *(pytest.param(sample_bytes(sample), id=sample.name) for sample in samples()),
    ],
)
def test_it_decodes_to_the_same_photo(data):
    photo = read_photo(data, "holiday/a.jpg")
    kept = photo_file(data, photo)
    again = kept.decode()
    np.testing.assert_array_equal(again.rgb, photo.rgb)
    facts = [(p.name, p.sha256, p.hw, p.notes) for p in (photo, kept, again)]
    assert facts[0] == facts[1] == facts[2]


def test_it_holds_no_pixels():
    data = encode(Image.fromarray(np.zeros((400, 600, 3), np.uint8)))
    kept = photo_file(data, read_photo(data, "black.png"))
    assert kept.data is data
    assert not any(isinstance(getattr(kept, name), np.ndarray) for name in kept.__slots__)
