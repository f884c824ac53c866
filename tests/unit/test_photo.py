"""A photo that is kept as its file decodes to what it was, whoever asks."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from rpn_core.photo import strips
from rpn_core.photo.reader import read_photo, read_pixels
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
def test_it_decodes_to_the_same_pixels(data):
    photo, pixels = read_photo(data, "holiday/a.jpg")
    again = read_pixels(photo.data, photo.name)
    np.testing.assert_array_equal(again, pixels)
    assert photo.hw == pixels.shape[:2]
    assert not pixels.flags.writeable
    assert not again.flags.writeable


def test_pixels_of_a_large_photo_are_those_of_its_strips(monkeypatch):
    data = encode(Image.fromarray(noise(90, 70)))
    at_once = read_pixels(data, "a.png")
    monkeypatch.setattr(strips, "_PIXELS_AT_ONCE", 700)
    np.testing.assert_array_equal(read_pixels(data, "a.png"), at_once)


def test_it_holds_no_pixels():
    data = encode(Image.fromarray(np.zeros((400, 600, 3), np.uint8)))
    photo, _ = read_photo(data, "black.png")
    assert photo.data is data
    assert not any(isinstance(getattr(photo, name), np.ndarray) for name in photo.__slots__)
