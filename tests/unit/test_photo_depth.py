"""Pictures of 10, 12 and 14 bits in files of 16: never nearly black, and said."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from rpn_core.errors import UserError
from rpn_core.photo.reader import read_photo

_KINDS = {1: 0, 2: 4, 3: 2, 4: 6}  # channels -> colour type of a PNG


def png16(values: np.ndarray, *extra: tuple[bytes, bytes]) -> bytes:
    """A 16-bit PNG of (H, W) or (H, W, C) values, which Pillow writes of grey only."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    height, width, channels = (*values.shape, 1)[:3]
    header = struct.pack(">IIBBBBB", width, height, 16, _KINDS[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def tiff16(values: np.ndarray, tags: dict[int, int] | None = None, order: str = "<") -> bytes:
    """A 16-bit TIFF, uncompressed, of (H, W) or (H, W, 3) values."""
    height, width, channels = (*values.shape, 1)[:3]
    pixels = values.astype(f"{order}u2").tobytes()
    fields = {
        256: width, 257: height, 258: 16, 259: 1, 262: 1 if channels == 1 else 2, 273: 0,
        277: channels, 278: height, 279: len(pixels), **(tags or {}),
    }  # fmt: skip
    start = 8 + 2 + 12 * len(fields) + 4
    bits_at = start + len(pixels)
    out = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(fields))
    for tag, value in sorted(fields.items()):
        if tag == 258 and channels == 3:
            out += struct.pack(f"{order}HHII", tag, 3, 3, bits_at)
        else:
            out += struct.pack(f"{order}HHII", tag, 4, 1, start if tag == 273 else value)
    return out + bytes(4) + pixels + struct.pack(f"{order}3H", 16, 16, 16)


def ramp(greatest: int, channels: int = 0) -> np.ndarray:
    """From 0 to `greatest` over 16 columns, in each channel a little less."""
    row = np.linspace(0, greatest, 16).round().astype(np.uint16)
    grey = np.tile(row, (20, 1))
    if not channels:
        return grey
    return np.stack([grey - grey // 7 * c for c in range(channels)], 2)


def eight_bit(values: np.ndarray, full: int) -> np.ndarray:
    return np.rint(values / full * 255).astype(np.uint8)


def read(data: bytes) -> tuple[np.ndarray, list[str]]:
    photo, pixels = read_photo(data, "scan")
    return pixels, [str(note) for note in photo.notes]


@pytest.mark.parametrize(
    ("greatest", "full"),
    [(700, 1023), (3000, 4095), (4095, 4095), (4096, 16383), (16_000, 16383), (16_384, 65535),
     (200, 255), (3, 3)],
)  # fmt: skip
@pytest.mark.parametrize("channels", [0, 3])
@pytest.mark.parametrize("kind", ["png", "tiff", "tiff, big-endian", "deflated tiff"])
def test_the_greatest_value_tells_the_depth(kind, channels, greatest, full):
    values = ramp(greatest, channels)
    if kind == "png":
        data = png16(values)
    elif kind == "deflated tiff":
        buffer = io.BytesIO()
        if channels:
            pytest.skip("Pillow writes no 16-bit colour")
        Image.fromarray(values).save(buffer, "TIFF", compression="tiff_adobe_deflate")
        data = buffer.getvalue()
    else:
        data = tiff16(values, order=">" if "big" in kind else "<")
    pixels, notes = read(data)
    expected = eight_bit(values, full)
    expected = expected if channels else np.repeat(expected[..., None], 3, 2)
    # Colour of more than 14 bits is Pillow's upper byte.
    assert np.abs(pixels.astype(int) - expected).max() <= (1 if full == 65535 and channels else 0)
    if full < 65535:
        words = f"Its 16-bit values reach only {greatest}: 0 to {full} were stretched to 0 to 255."
        assert words in notes
    else:
        assert any("16-bit values" in note for note in notes)


@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_keeps_its_own_depth(channels):
    values = ramp(4000, channels)
    values[..., -1] = 65_535
    values[0, :, -1] = 0
    pixels, notes = read(png16(values))
    assert (pixels[0] == 255).all()
    colours = values[1:, :, [0, 0, 0] if channels == 2 else [0, 1, 2]]
    np.testing.assert_array_equal(pixels[1:], eight_bit(colours, 4095))
    assert "Its transparent parts were laid on white." in notes


@pytest.mark.parametrize(
    ("data", "full"),
    [
        (tiff16(ramp(900), {341: 4095}), 4095),
        (tiff16(ramp(900), {281: 16383}), 16383),
        (tiff16(ramp(900), {281: 65535}), 1023),  # what a program writes that does not know
        (tiff16(ramp(5000), {341: 4095}), 16383),  # which cannot be
        (tiff16(ramp(900, 3), {341: 4095}), 4095),
        (png16(ramp(900), (b"sBIT", b"\x0c")), 4095),
        (png16(ramp(900, 3), (b"sBIT", b"\x0c\x0c\x0c")), 4095),
        (png16(ramp(900) << 4, (b"sBIT", b"\x0c")), 65535),  # as the standard wants it
        (png16(ramp(200) << 4, (b"sBIT", b"\x0c")), 65535),
    ],
)
def test_the_file_tells_its_depth(data, full):
    pixels, notes = read(data)
    with Image.open(io.BytesIO(data)) as image:
        wide = np.asarray(image) if image.mode.startswith("I") else ramp(900, 3)
    expected = eight_bit(wide, full)
    expected = expected if expected.ndim == 3 else np.repeat(expected[..., None], 3, 2)
    np.testing.assert_array_equal(pixels, expected)
    assert any("16-bit values" in note for note in notes)


def test_twelve_packed_bits_are_told_by_their_tag():
    values = ramp(900)[:, :16]
    packed = bytearray()
    for first, second in values.reshape(-1, 2).tolist():
        packed += bytes((first >> 4, (first & 15) << 4 | second >> 8, second & 255))
    data = tiff16(values)
    start = struct.unpack_from("<I", data, data.index(struct.pack("<HHI", 273, 4, 1)) + 8)[0]
    data = data[:start] + bytes(packed)
    data = data.replace(struct.pack("<HHII", 258, 4, 1, 16), struct.pack("<HHII", 258, 4, 1, 12))
    size = struct.pack("<HHII", 279, 4, 1, values.nbytes)
    data = data.replace(size, struct.pack("<HHII", 279, 4, 1, len(packed)))
    pixels, _ = read(data)
    np.testing.assert_array_equal(pixels[..., 0], eight_bit(values, 4095))


def test_where_zero_is_white_it_is_so_with_16_bits_too():
    pixels, _ = read(tiff16(ramp(65_535), {262: 0}))
    assert (pixels[0, 0, 0], pixels[0, -1, 0]) == (255, 0)


def test_a_clear_value_of_16_bits_becomes_white():
    values = ramp(4000)
    pixels, _ = read(png16(values, (b"tRNS", struct.pack(">H", 0))))
    assert (pixels[:, 0] == 255).all()
    assert pixels[0, 1, 0] == round(int(values[0, 1]) / 4095 * 255)


def test_an_orientation_stays_with_a_stretched_picture():
    values = ramp(4000, 3)
    turned = Image.Exif()
    turned[0x0112] = 6
    data = png16(values, (b"eXIf", turned.tobytes().removeprefix(b"Exif\0\0")))
    pixels, notes = read(data)
    np.testing.assert_array_equal(pixels, np.rot90(eight_bit(values, 4095), -1))
    assert "It was turned upright by its EXIF orientation." in notes


@pytest.mark.parametrize("tags", [{254: 1}, {50706: 0x0104}])
def test_the_preview_in_a_raw_file_is_not_taken_for_the_photo(tags):
    with pytest.raises(UserError, match=r"^scan begins with a small preview, as a camera's raw"):
        read(tiff16(ramp(900, 3), tags))
    assert read(tiff16(ramp(900, 3), {254: 2}))[0].shape == (20, 16, 3), "a page of several"


def test_the_tags_are_what_the_tests_take_them_for():
    tags = TiffImagePlugin.TiffTags.TAGS_V2
    assert (tags[281].name, tags[341].name) == ("MaxSampleValue", "SMaxSampleValue")
