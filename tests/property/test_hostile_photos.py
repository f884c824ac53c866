"""Headers that lie: every field of a TIFF, any chunk of a PNG, any segment of a JPEG."""

from __future__ import annotations

import resource
import struct
import time
import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rpn_core.photo.reader import read_photo
from tests.hostile_files import (
    gif_with_comments,
    jpeg_with_segments,
    picture,
    png_chunk,
    png_with,
    refusal,
    tiff,
)

MAX_SECONDS = 2.0
MAX_BYTES = 500 * 2**20


def a_photo_or_one_sentence(data: bytes) -> None:
    def read() -> None:
        photo, rgb = read_photo(data, "a.jpg")
        assert rgb.dtype == np.uint8
        assert rgb.shape == (*photo.hw, 3)

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.thread_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; that is no failure
        sentence = refusal(read)
    assert time.thread_time() - started < MAX_SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) * 1024 < MAX_BYTES
    assert "\n" not in sentence


NUMBERS = st.sampled_from(
    [0, 1, 2, 3, 4, 8, 16, 32, 255, 256, 65_535, 65_536, 2**31 - 1, 2**31, 2**32 - 1]
) | st.integers(0, 70)  # fmt: skip
# Those that say how pixels lie, and some that say what they mean (TIFF 6.0, appendix A).
TAGS = st.sampled_from(
    [254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324,
     325, 330, 338, 339, 347, 513, 514, 530, 532, 700, 34665, 34675]
) | st.integers(0, 65_535)  # fmt: skip
COMPRESSIONS = st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34712, 34925, 50000, 50001])


@given(
    changes=st.lists(st.tuples(TAGS, NUMBERS), max_size=6),
    compression=COMPRESSIONS,
    content=st.binary(max_size=200) | st.just(bytes(300)),
)
@settings(max_examples=200)
def test_any_field_of_a_tiff(changes, compression, content):
    fields = {256: 10, 257: 10, 258: 8, 259: compression, 262: 1, 273: -1, 277: 1, 278: 10}
    fields |= {279: len(content)} | dict(changes)
    a_photo_or_one_sentence(tiff(sorted(fields.items()), content))


@given(fields=st.lists(st.tuples(TAGS, NUMBERS), max_size=12), content=st.binary(max_size=100))
@settings(max_examples=200)
def test_any_fields_of_a_tiff_in_any_order_and_number(fields, content):
    a_photo_or_one_sentence(tiff([(256, 10), (257, 10), *fields], content))


KINDS = st.sampled_from(
    [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf", b"acTL",
     b"fcTL", b"fdAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"caBX", b"abCd"]
)  # fmt: skip


@given(
    st.lists(
        st.tuples(KINDS, st.binary(max_size=40) | st.sampled_from([bytes(13), b"a\0\0x\x9c\3\0"])),
        max_size=6,
    )
)  # fmt: skip
@settings(max_examples=150)
def test_any_chunks_of_a_png(chunks):
    a_photo_or_one_sentence(png_with(b"".join(png_chunk(kind, body) for kind, body in chunks)))


@given(
    width=NUMBERS, height=NUMBERS, depth=st.sampled_from([1, 2, 4, 8, 16, 3]),
    colour=st.integers(0, 7), interlaced=st.integers(0, 2), pixels=st.binary(max_size=60),
)  # fmt: skip
@settings(max_examples=150)
def test_any_size_and_depth_of_a_png(width, height, depth, colour, interlaced, pixels):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    data = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", pixels)
    a_photo_or_one_sentence(data + png_chunk(b"IEND"))


SEGMENT = st.tuples(
    st.integers(0xC0, 0xFE),
    st.binary(max_size=60)
    | st.sampled_from(
        [b"Exif\0\0II*\0\x08\0\0\0", b"ICC_PROFILE\0\1\1", b"MPF\0II*\0\x08\0\0\0",
         b"Adobe\0d\0\0\0\0\1"]
    ),
    st.none() | st.integers(0, 70_000),
)  # fmt: skip


@given(st.lists(SEGMENT, max_size=6))
@settings(max_examples=150)
def test_any_segments_of_a_jpeg(segments):
    data = b""
    for code, body, length in segments:
        length = len(body) + 2 if length is None else length
        data += b"\xff" + bytes([code]) + struct.pack(">H", length & 0xFFFF) + body
    a_photo_or_one_sentence(jpeg_with_segments(data))


@given(
    screen=st.tuples(NUMBERS, NUMBERS), frame=st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    flags=st.integers(0, 255), pixels=st.binary(max_size=60),
)  # fmt: skip
@settings(max_examples=200)
def test_any_frame_of_a_gif(screen, frame, flags, pixels):
    def words(values: tuple[int, ...]) -> bytes:
        return b"".join(struct.pack("<H", value & 0xFFFF) for value in values)

    data = b"GIF89a" + words(screen) + b"\x80\0\0" + bytes(6) + b"," + words(frame)
    a_photo_or_one_sentence(
        data + bytes([flags]) + b"\x02" + bytes([len(pixels)]) + pixels + b"\0;"
    )


@given(st.sampled_from(["BMP", "WEBP", "TIFF", "GIF"]), st.data())
@settings(max_examples=150)
def test_any_word_of_a_header(format_, data):
    file = bytearray(gif_with_comments(2) if format_ == "GIF" else picture(format_))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(file) - 4, 160)))
        file[at : at + 4] = struct.pack("<I", data.draw(NUMBERS))
    a_photo_or_one_sentence(bytes(file))
