"""Sizes come from headers, and no header is read without end."""

from __future__ import annotations

import io
import time
import zipfile

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from rpn_core.labels.stores import bounded_file
from rpn_core.labels.stores.bounded_file import BoundedFile, TooMuchRead
from rpn_core.labels.stores.image_header import image_size_hw
from rpn_core.photo.reader import read_pixels
from tests.hostile_files import (
    gif_with_comments,
    jpeg_with_segments,
    png_chunk,
    png_with,
    tiff,
)
from tests.unit.test_photo_reader import encode, noise

HOSTILE = [
    pytest.param(png_with(png_chunk(b"abCd") * 200_000), id="PNG of empty chunks"),
    pytest.param(png_with(png_chunk(b"tEXt", b"a\0b") * 200_000), id="PNG of texts"),
    pytest.param(jpeg_with_segments(b"\xff\xfe\x00\x02" * 400_000), id="JPEG of comments"),
    pytest.param(gif_with_comments(400_000), id="GIF of comments"),
]


def zipped(data: bytes) -> zipfile.ZipFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", data)
    return zipfile.ZipFile(buffer)


class Counted(io.BytesIO):
    """Counts how often it is read."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(size)


@pytest.mark.parametrize("data", HOSTILE)
def test_a_header_without_end_is_given_up(data):
    file = Counted(data)
    assert image_size_hw(file) is None
    assert file.reads <= bounded_file.MAX_READS
    with zipped(data).open("a") as member:
        assert image_size_hw(member) is None


def test_a_tiff_in_a_zip_is_unpacked_once_however_often_it_is_gone_back_in():
    # Each field lies at the far end, so that reading it and the next is a way there and back.
    fields = [(0x0100, 16), (0x0101, 16), *((40_000 + place, -1) for place in range(1500))]
    data = bytearray(tiff(fields, bytes(20_000_000)))
    for place in range(2, len(fields)):
        at = 8 + 2 + 12 * place
        data[at + 4 : at + 12] = (8).to_bytes(4, "little") + (len(data) - 64).to_bytes(4, "little")
    started = time.thread_time()
    with zipped(bytes(data)).open("a") as member:
        image_size_hw(member)
    assert time.thread_time() - started < 3  # 1500 times 20 MB take a minute


@pytest.mark.parametrize("format_", ["PNG", "TIFF", "WEBP", "JPEG", "GIF", "BMP"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_the_size_is_that_of_the_upright_image_in_a_zip_as_well(format_, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(Image.fromarray(noise(20, 30)), format_, exif=exif)
    turned = orientation == 6 and format_ not in ("GIF", "BMP")
    expected = (30, 20) if turned else (20, 30)
    assert image_size_hw(io.BytesIO(data)) == expected
    with zipped(data).open("a") as member:
        assert image_size_hw(member) == expected


def test_a_header_with_a_large_profile_is_read():
    profile = np.random.default_rng(0).bytes(4_000_000)
    data = encode(Image.fromarray(noise(20, 30)), "JPEG", icc_profile=profile)
    assert image_size_hw(io.BytesIO(data)) == (20, 30)


@pytest.mark.parametrize("in_zip", [False, True])
def test_bytes_are_counted_in_all(in_zip):
    data = bytes(range(100))
    file = zipped(data).open("a") if in_zip else io.BytesIO(data)
    bounded = BoundedFile(file, max_bytes=120)
    assert bounded.read() == data
    assert bounded.seek(90) == 90
    assert bounded.read(20) == data[90:]
    assert bounded.seek(-5, io.SEEK_END) == bounded.tell() == 95
    assert bounded.read(2) == data[95:97]
    assert bounded.seek(-7, io.SEEK_CUR) == 90
    assert bounded.read(1) == data[90:91]
    bounded.seek(0)
    with pytest.raises(TooMuchRead):
        bounded.read(8)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_an_orientation_in_xmp_alone_turns_header_and_pixels_alike(kind: str) -> None:
    xmp = (
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
        b"xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "
        b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
    )
    image, file = Image.new("RGB", (40, 60)), io.BytesIO()
    if kind == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        image.save(file, kind, pnginfo=info)
    else:
        image.save(file, kind, xmp=xmp)
    height, width = read_pixels(file.getvalue(), "a").shape[:2]
    assert image_size_hw(io.BytesIO(file.getvalue())) == (height, width) == (40, 60)
