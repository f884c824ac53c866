"""Whatever happens to a file's bytes, a photo or one sentence comes of it, never anything else."""

import io
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rpn_core.errors import UserError
from rpn_core.photo.reader import FORMATS, read_pixels


def valid_file(format_: str) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    frame = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[0x0112] = 6
    several = {"save_all": True, "append_images": [frame.rotate(90)]} if format_ == "GIF" else {}
    buffer = io.BytesIO()
    frame.save(buffer, format_, exif=exif, **several)
    return buffer.getvalue()


FILES = {format_: valid_file(format_) for format_ in FORMATS}
changes = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8)


@pytest.mark.parametrize("format_", FORMATS)
@given(changes=changes, keep=st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_damage_never_escapes(format_, changes, keep):
    data = bytearray(FILES[format_])
    for place, value in changes:
        data[place % len(data)] = value
    kept = bytes(data) if keep > len(data) else bytes(data[:keep])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; that is no failure
        try:
            rgb = read_pixels(kept, "a.jpg")
        except UserError:
            return
    assert rgb.dtype == np.uint8
    assert rgb.ndim == 3
    assert not rgb.flags.writeable
