"""A thumbnail may show an anchor beside its object."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from rpn_core.labels.stores.thumbnail import box_thumbnail

BOX = np.array([40.0, 40, 80, 80])


def picture(anchor):
    buffer = io.BytesIO()
    Image.new("RGB", (120, 120), (200, 30, 30)).save(buffer, "PNG")
    made = box_thumbnail(buffer.getvalue(), "a.png", BOX, 320, anchor=anchor)
    return np.asarray(Image.open(io.BytesIO(made))).astype(int)


def blue(pixels):
    """Pixels of the anchor's colour, give or take what JPEG does to it."""
    return (pixels[..., 2] - pixels[..., 0] > 60).sum()


def test_the_anchor_is_drawn_dashed_and_only_where_there_is_one():
    there = blue(picture(np.array([30.0, 50, 90, 70])))
    assert there > 50
    assert blue(picture(None)) == 0
    assert np.array_equal(picture(np.full(4, np.nan)), picture(None))


def test_an_anchor_far_beyond_the_picture_costs_nothing():
    assert blue(picture(np.array([-1e9, -1e9, 1e9, 1e9]))) == 0
