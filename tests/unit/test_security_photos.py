"""Pictures that are small and would cost minutes or gigabytes are refused before they do."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from rpn_core.errors import UserError
from rpn_core.photo import limits as photo_limits
from rpn_core.photo import reader as photo_reader
from rpn_core.photo.limits import MAX_SCANNED_PIXELS, MAX_SEGMENTS, count_scans
from rpn_core.photo.reader import read_photo
from tests.hostile_files import (
    gif_with_comments,
    jpeg_with_scans,
    jpeg_with_segments,
    picture,
    png_chunk,
    png_with,
    tiff_with_tile,
)
from tests.unit.test_photo_reader import encode, noise

SLOW = [
    pytest.param(png_with(png_chunk(b"abCd") * 40_000), id="PNG of empty chunks"),
    pytest.param(png_with(png_chunk(b"tEXt", b"a\0b") * 40_000), id="PNG of texts"),
    pytest.param(jpeg_with_segments(b"\xff\xfe\x00\x02" * 100_000), id="JPEG of comments"),
    pytest.param(jpeg_with_segments(b"\xff\xe5\x00\x02" * 100_000), id="JPEG of applications"),
    pytest.param(gif_with_comments(200_000), id="GIF of comments"),
]


@pytest.mark.parametrize("data", SLOW)
def test_a_header_without_end_is_given_up(data, monkeypatch):
    monkeypatch.setattr(photo_reader, "MAX_DECODE_CPU_S", 0.02)
    started = time.thread_time()
    with pytest.raises(UserError, match=r"^a\.jpg takes more than 0\.02 s to decode"):
        read_photo(data, "a.jpg")
    assert time.thread_time() - started < 0.5


def test_the_time_is_that_of_the_processor_so_a_busy_server_refuses_nothing(monkeypatch):
    monkeypatch.setattr(photo_reader, "MAX_DECODE_CPU_S", 0.5)
    decode = Image.Image.getexif

    def slow(image):
        time.sleep(0.6)
        return decode(image)

    monkeypatch.setattr(Image.Image, "getexif", slow)
    assert read_photo(encode(Image.fromarray(noise()), "JPEG"), "a.jpg")[0].hw == (48, 64)


def test_scans_are_counted_up_to_the_end_of_the_picture():
    data = picture("JPEG", progressive=True)
    scans = count_scans(data)
    assert 5 <= scans <= 12
    assert count_scans(picture("JPEG")) == 1
    assert count_scans(jpeg_with_scans(7)) == scans + 7
    # A phone's film, or any other file, may hang behind the picture.
    assert count_scans(data + b"\xff\xda\x00\x02" * 1000) == scans
    # What looks like a scan inside of a segment is a thumbnail.
    thumbnail = b"\xff\xe1\x00\x0a" + b"\xff\xda\x00\x02" * 2
    assert count_scans(data[:2] + thumbnail + data[2:]) == scans


def test_a_jpeg_of_too_many_scans_is_refused_and_one_less_is_read(monkeypatch):
    data = jpeg_with_scans(20)
    monkeypatch.setattr(photo_limits, "MAX_SCANNED_PIXELS", count_scans(data) * 16 * 16)
    assert read_photo(data, "a.jpg")[0].hw == (16, 16)
    with pytest.raises(UserError, match="more scans or segments than a photo has"):
        read_photo(jpeg_with_scans(21), "a.jpg")


def test_a_usual_progressive_photo_of_the_largest_size_is_far_from_the_limit():
    assert (
        count_scans(picture("JPEG", progressive=True)) * photo_limits.MAX_PIXELS
        < MAX_SCANNED_PIXELS
    )


def test_segments_without_end_are_not_counted_to_the_end():
    started = time.thread_time()
    scans = count_scans(jpeg_with_segments(b"\xff\xfe\x00\x02" * 1_000_000))
    assert scans > MAX_SCANNED_PIXELS
    assert time.thread_time() - started < 1
    with pytest.raises(UserError, match="more scans or segments"):
        read_photo(jpeg_with_segments(b"\xff\xfe\x00\x02" * MAX_SEGMENTS), "a.jpg")


def test_scans_inside_of_a_tiff_count_as_well(monkeypatch):
    data = encode(Image.fromarray(noise()), "TIFF", compression="jpeg")
    assert read_photo(data, "a.tif")[0].hw == (48, 64)
    monkeypatch.setattr(photo_limits, "MAX_SCANNED_PIXELS", 48 * 64 - 1)
    with pytest.raises(UserError, match="more scans or segments than a photo has"):
        read_photo(data, "a.tif")


def test_a_tile_that_dwarfs_its_picture_is_refused():
    assert read_photo(tiff_with_tile(64), "a.tif")[0].hw == (10, 10)
    with pytest.raises(UserError, match="tiles of 8192 x 8192 px, more than"):
        read_photo(tiff_with_tile(8192), "a.tif")


def test_a_tile_that_two_readers_would_read_differently_is_refused():
    with pytest.raises(UserError, match="names a field twice"):
        read_photo(tiff_with_tile(64, again=32), "a.tif")


@pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw"}, {"big_tiff": True}])
def test_every_usual_tiff_is_read(options):
    _, rgb = read_photo(encode(Image.fromarray(noise()), "TIFF", **options), "a.tif")
    np.testing.assert_array_equal(rgb, noise())


def test_a_webp_may_have_fewer_pixels(monkeypatch):
    data = picture("WEBP", 40)
    assert read_photo(data, "a.webp")[0].hw == (40, 40)
    monkeypatch.setattr(photo_limits, "MAX_WEBP_PIXELS", 1599)
    with pytest.raises(UserError, match=r"40 x 40 = .* of a WebP can be read"):
        read_photo(data, "a.webp")


def test_large_pictures_are_read_one_at_a_time(monkeypatch):
    monkeypatch.setattr(photo_reader, "LARGE_PIXELS", 100)
    inside, most = [], []
    load = photo_reader._notes_from_header

    def slow(image):
        inside.append(image)
        most.append(len(inside))
        time.sleep(0.05)
        inside.pop()
        return load(image)

    monkeypatch.setattr(photo_reader, "_notes_from_header", slow)
    data = encode(Image.fromarray(noise()))
    threads = [threading.Thread(target=read_photo, args=(data, "a.png")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most == [1, 1, 1, 1]


def test_no_memory_is_one_sentence(monkeypatch):
    def fail(_):
        raise MemoryError

    monkeypatch.setattr(photo_reader, "whole", fail)
    with pytest.raises(UserError, match="too large for the memory"):
        read_photo(encode(Image.fromarray(noise())), "a.png")


# VmHWM: ru_maxrss of a child begins with what its parent had held, and hides any growth below that.
PEAK = """
import re, sys
from rpn_core.photo.reader import read_photo
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
before = peak()
data = open(sys.argv[1], "rb").read()
read_photo(data, "a.png")
print((peak() - before) * 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize(
    ("mode", "bytes_a_pixel"),
    [
        pytest.param("RGB", 8, id="4 in Pillow, 3 in the result, and the file"),
        pytest.param("RGBA", 10, id="4 in Pillow, 4 on white, 1 of transparency, and the file"),
    ],
)
def test_memory_while_decoding(mode, bytes_a_pixel, tmp_path):
    height = width = 4000
    file = tmp_path / "a.png"
    Image.new(mode, (width, height), (9, 9, 9, 128)[: len(mode)]).save(file, compress_level=1)
    run = subprocess.run(
        [sys.executable, "-c", PEAK, str(file)], capture_output=True, text=True, check=True
    )
    # At least the result itself, or nothing was measured.
    assert 3 * height * width < float(run.stdout) < bytes_a_pixel * height * width
