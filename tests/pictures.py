"""Small picture files, good and bad, made when a test needs them."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageDraw


def jpeg(width: int, height: int, background: str = "seagreen") -> bytes:
    """A JPEG with two shapes on a plain background."""
    image = Image.new("RGB", (width, height), background)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.1, height * 0.2, width * 0.4, height * 0.7), fill="orange")
    draw.rectangle((width * 0.6, height * 0.3, width * 0.9, height * 0.8), fill="navy")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be width x height."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", pixels)
        + _chunk(b"IEND", b"")
    )


# name, content, and a part of the sentence that the visitor reads
BAD_PHOTOS: tuple[tuple[str, bytes, str], ...] = (
    ("cut.jpg", jpeg(400, 300)[:2000], "cut.jpg is cut short or damaged"),
    ("nothing.jpg", b"", "nothing.jpg is empty (0 bytes)"),
    ("notes.jpg", b"Dear diary, this is no picture.", "notes.jpg is not a picture"),
    ("bomb.png", png_bomb(20_000, 15_000), "bomb.png has"),
)
