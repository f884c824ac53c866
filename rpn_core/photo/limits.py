"""What a picture may cost to decode: files that are valid, small, and take minutes or gigabytes."""

from __future__ import annotations

import io
import re
import struct
import time

from PIL import ExifTags, Image

from rpn_core.errors import UserError

# 50 megapixels is above every phone and most cameras, and 150 MB when decoded.
MAX_PIXELS = 50_000_000
# libwebp keeps two more pictures of 4 bytes a pixel while it decodes one.
MAX_WEBP_PIXELS = 25_000_000
# CPU time, so that a busy server refuses nothing: the largest picture takes about a second, a file
# of a million empty chunks minutes.
MAX_DECODE_CPU_S = 5.0
# A progressive JPEG is decoded once for each of its scans, ten as a rule. Thousands fit into a few
# kilobytes.
MAX_SCANNED_PIXELS = 20 * MAX_PIXELS
MAX_SEGMENTS = 10_000

# The next marker in a JPEG: not a stuffed 0, not a fill byte, not a restart (ITU T.81, B.1.1).
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_SCAN, _END, _WITHOUT_LENGTH = 0xDA, 0xD9, (0x01, 0xD8)
_JPEG_IN_TIFF = (6, 7)
# TIFF 6.0, sec. 8, NewSubfileType, bit 0: a reduced version of another image of the file.
_DNG_VERSION, _REDUCED = 50706, 1


class TookTooLong(Exception):
    """Decoding used up its time."""


class TimedFile(io.BytesIO):
    """A file in memory that stops answering a reader who has used up their CPU time.

    Pillow's readers of headers and most of its decoders ask for a file piece by piece; what a
    decoder does with one piece is bounded by the number of pixels.
    """

    def __init__(self, data: bytes, seconds: float = MAX_DECODE_CPU_S) -> None:
        super().__init__(data)
        self._until = time.thread_time() + seconds

    def read(self, size: int | None = -1, /) -> bytes:
        if time.thread_time() > self._until:
            raise TookTooLong
        return super().read(size)


def check_cost(image: Image.Image, data: bytes, shown: str) -> None:
    """Refuse a picture whose header promises more work than a picture of MAX_PIXELS.

    Args:
        image: opened, not yet decoded.
        data: the whole file.
        shown: its name, for the sentence.
    Raises:
        UserError: too many pixels, in the picture, in one tile of it or in all scans together; or
            a TIFF that two readers would read differently.
    """
    width, height = image.size
    if image.format == "WEBP" and width * height > MAX_WEBP_PIXELS:
        raise UserError(
            "{file} has {width} x {height} = {megapixels:.0f} megapixels, but at most {most:.0f} "
            "of a WebP can be read: save it smaller.",
            file=shown,
            width=width,
            height=height,
            megapixels=width * height / 1e6,
            most=MAX_WEBP_PIXELS / 1e6,
        )
    if width * height > MAX_PIXELS:
        raise UserError(
            "{file} has {width} x {height} = {megapixels:.0f} megapixels, but at most {most:.0f} "
            "can be read: save it smaller.",
            file=shown,
            width=width,
            height=height,
            megapixels=width * height / 1e6,
            most=MAX_PIXELS / 1e6,
        )
    if image.format in ("JPEG", "MPO"):
        _check_scans(count_scans(data) * width * height, shown)
    elif image.format == "TIFF":
        _check_tiff(image, data, shown)


def _check_scans(scanned: int, shown: str) -> None:
    if scanned > MAX_SCANNED_PIXELS:
        raise UserError(
            "{file} is a JPEG of more scans or segments than a photo has, and all its scans "
            "together may have at most {most:,} megapixels: export it again.",
            file=shown,
            most=MAX_SCANNED_PIXELS // 10**6,
        )


def count_scans(data: bytes, start: int = 0, end: int | None = None) -> int:
    """Count the scans of a JPEG, up to its end; what lies behind it (a motion photo) is not read.

    Returns:
        the number; more than any limit when there are more than MAX_SEGMENTS segments.

    >>> count_scans(b"\\xff\\xd8" + 3 * b"\\xff\\xda\\x00\\x02pixels\\xff\\x00\\xff\\xd0" + b"\\xff\\xd9")
    3
    """  # noqa: E501 - the doctest is one file
    end = len(data) if end is None else end
    at, scans = start + 2, 0
    for _ in range(MAX_SEGMENTS):
        marker = _MARKER.search(data, at, end)
        if marker is None or data[marker.end() - 1] == _END:
            return scans
        at = marker.end()
        code = data[at - 1]
        if code in _WITHOUT_LENGTH:
            continue
        scans += code == _SCAN
        at += max(2, int.from_bytes(data[at : at + 2], "big"))
    return MAX_SCANNED_PIXELS + 1


def _check_tiff(image: Image.Image, data: bytes, shown: str) -> None:
    # Pillow takes the last of two equal tags and libtiff the first: what is checked here has to be
    # what is decoded there.
    tags = _tags(data)
    if tags is None or len(tags) != len(set(tags)):
        raise UserError(
            "{file} is a TIFF whose first page names a field twice, or none at all: export it "
            "again.",
            file=shown,
        )
    fields = image.tag_v2
    base = ExifTags.Base
    if _DNG_VERSION in tags or _number(fields.get(base.NewSubfileType)) & _REDUCED:
        raise UserError(
            "{file} begins with a small preview, as a camera's raw file does: export it as JPEG or "
            "PNG.",
            file=shown,
        )
    width, height = image.size
    if base.TileWidth in fields or base.TileLength in fields:
        width = int(fields.get(base.TileWidth, width))
        height = int(fields.get(base.TileLength, height))
        starts, sizes = fields.get(base.TileOffsets), fields.get(base.TileByteCounts)
    else:
        height = min(height, int(fields.get(base.RowsPerStrip, height)))
        starts, sizes = fields.get(base.StripOffsets), fields.get(base.StripByteCounts)
    if width * height > MAX_PIXELS:
        raise UserError(
            "{file} is a TIFF with tiles of {width} x {height} px, more than the {most:.0f} "
            "megapixels that can be read: export it again.",
            file=shown,
            width=width,
            height=height,
            most=MAX_PIXELS / 1e6,
        )
    if fields.get(base.Compression) in _JPEG_IN_TIFF and starts and sizes:
        scanned, counted = 0, dict[tuple[int, int], int]()
        for place in zip(starts, sizes, strict=False):
            if place not in counted:  # a thousand tiles may lie in one place
                counted[place] = count_scans(data, place[0], sum(place))
            scanned += counted[place] * width * height
        _check_scans(scanned, shown)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _tags(data: bytes) -> list[int] | None:
    """The numbers of all fields of the first page, as they stand in the file; None: not there."""
    order = "<" if data[:2] == b"II" else ">"
    try:
        if struct.unpack_from(f"{order}H", data, 2) == (43,):  # BigTIFF
            (at,) = struct.unpack_from(f"{order}Q", data, 8)
            (count,) = struct.unpack_from(f"{order}Q", data, at)
            first, size = at + 8, 20
        else:
            (at,) = struct.unpack_from(f"{order}I", data, 4)
            (count,) = struct.unpack_from(f"{order}H", data, at)
            first, size = at + 2, 12
        if count > 1 << 16:
            return None
        return [struct.unpack_from(f"{order}H", data, first + i * size)[0] for i in range(count)]
    except struct.error:
        return None
