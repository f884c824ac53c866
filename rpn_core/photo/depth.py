"""Pictures of more than 8 bits a channel, brought to 8 by the depth that they really have.

Cameras and scanners write 10, 12 or 14 bits into files of 16: divided by 257 such a picture is
nearly black. What its full scale is, the file says itself (TIFF 6.0, sec. 19, SMaxSampleValue, or
BitsPerSample; PNG 3rd ed., 11.3.2.3, sBIT), or else its greatest value does.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from rpn_core.messages import Message, msg
from rpn_core.photo.strips import strips

SIXTEEN_BIT_GREY = {"I;16", "I;16L", "I;16B", "I;16N"}
_FULL = 65535
# Pillow keeps of 16-bit colour only the upper byte; the undecoded tiles still tell.
_WIDE = re.compile(r"(?:(RGB|RGBX|RGBA);16([BLN])|LA;16B)")
_MAX_SAMPLE_VALUE, _S_MAX_SAMPLE_VALUE, _WHITE_IS_ZERO = 281, 341, 0
_MAX_CHUNKS = 1000  # that stand before the pixels of a PNG


def full_scale(greatest: int, told: int | None = None) -> int:
    """Which value stands for white.

    Args:
        greatest: value in the picture, 0 to 65535.
        told: full scale by the file; None where it says none, and none that it contradicts counts.
    Returns:
        `told`, or the end of the range that holds `greatest`: of 10, 12, 14 or 16 bits, and below
        8 bits of as many as there are.

    >>> [full_scale(greatest) for greatest in (3, 200, 700, 4095, 4096, 40_000)]
    [3, 255, 1023, 4095, 16383, 65535]
    >>> full_scale(900, told=4095), full_scale(5000, told=4095)
    (4095, 16383)
    """
    if told is not None and greatest <= told:
        return told
    bits = max(greatest.bit_length(), 1)
    return (1 << (bits if bits <= 8 else bits + bits % 2)) - 1


def grey_to_eight_bit(image: Image.Image, data: bytes) -> tuple[Image.Image, Message]:
    """A loaded picture in one of SIXTEEN_BIT_GREY as mode L; a clear value becomes white."""
    values = np.asarray(image)
    greatest, used = int(values.max()), int(np.bitwise_or.reduce(values, axis=None))
    full = full_scale(greatest, _told(image, data, greatest, used))
    table = _table(full)
    fields = getattr(image, "tag_v2", {})
    if fields.get(ExifTags.Base.PhotometricInterpretation) == _WHITE_IS_ZERO:
        table = 255 - table  # which Pillow does for 8 bits only
    clear = image.info.get("transparency")
    if isinstance(clear, int) and 0 <= clear <= _FULL:
        table[clear] = 255
    return Image.fromarray(table[values]), _note(greatest, full)


def is_wide_colour(image: Image.Image) -> bool:
    """Whether a picture, opened and not yet loaded, has 16 bits in each of several channels."""
    raws = _raw_modes(image)
    return bool(raws) and all(map(_WIDE.fullmatch, raws))


def colour_to_eight_bit(
    image: Image.Image, data: bytes, again: Callable[[], Image.Image]
) -> tuple[Image.Image, Message]:
    """A picture of 16 bits a channel, of which Pillow kept the upper bytes, at its own depth.

    Args:
        image: loaded, in RGB or RGBA; `is_wide_colour` was true of it.
        data: its file.
        again: opens it once more; called where the upper bytes do not suffice.
    """
    colours = image.mode.removesuffix("A")
    # Above 14 bits nothing is stretched, and the upper bytes are all that matters.
    if max(int(image.getchannel(band).getextrema()[1]) for band in colours) >= 64:
        return image, msg("Its 16-bit values were scaled to 8 bits.")
    lower = again()
    pairs = _raw_modes(lower) == {"LA;16B"}
    lower.tile = [tile._replace(args=_lower_bytes(tile.args)) for tile in lower.tile]
    lower.load()
    greatest, used = 0, 0
    for _, values in _sixteen(image, lower, pairs):
        greatest = max(greatest, int(values.max()))
        used |= int(np.bitwise_or.reduce(values, axis=None))
    full = full_scale(greatest, _told(image, data, greatest, used))
    table = _table(full)
    result = Image.new("RGB", image.size)
    for rows, values in _sixteen(image, lower, pairs):
        result.paste(Image.fromarray(table[values]), (0, rows.start))
    if image.mode == "RGBA":
        result.putalpha(image.getchannel("A"))
    result.info = dict(image.info)
    return result, _note(greatest, full)


def _raw_modes(image: Image.Image) -> set[str]:
    return {str(tile.args[0] if isinstance(tile.args, tuple) else tile.args) for tile in image.tile}


def _lower_bytes(args: str | tuple[object, ...]) -> str | tuple[object, ...]:
    """How to have a tile decoded so that the lower bytes are kept: as in the other byte order."""
    if isinstance(args, tuple):
        return (_lower_bytes(str(args[0])), *args[1:])
    found = _WIDE.fullmatch(args)
    assert found is not None  # is_wide_colour
    mode, order = found.groups()
    if mode is None:
        return "RGBA"  # the four bytes of grey and alpha as they stand
    is_little = order == "L" or (order == "N" and sys.byteorder == "little")
    return f"{mode};16{'B' if is_little else 'L'}"


def _sixteen(
    upper: Image.Image, lower: Image.Image, pairs: bool
) -> Iterator[tuple[slice, NDArray[np.uint16]]]:
    """The colours of both decodings as (rows, W, 3) values of 16 bits."""
    own = [1, 1, 1] if pairs else [0, 1, 2]
    for (rows, high), (_, low) in zip(strips(upper), strips(lower), strict=True):
        yield rows, high[..., :3].astype(np.uint16) << 8 | low[..., own]


def _table(full: int) -> NDArray[np.uint8]:
    """Of all 65536 values, because arithmetic on 50 megapixels is far slower than looking up."""
    values = np.minimum(np.arange(_FULL + 1), full)
    # Half of the divisor makes the division round instead of truncate.
    return ((values * 510 + full) // (2 * full)).astype(np.uint8)


def _note(greatest: int, full: int) -> Message:
    if full == _FULL:
        return msg(
            "Its 16-bit values (up to {greatest} of 65535) were scaled to 8 bits.",
            greatest=greatest,
        )
    return msg(
        "Its 16-bit values reach only {greatest}: 0 to {full} were stretched to 0 to 255.",
        greatest=greatest,
        full=full,
    )


def _told(image: Image.Image, data: bytes, greatest: int, used: int) -> int | None:
    """Full scale by the file itself; `used` has each bit that any value has."""
    if image.format == "PNG":
        bits = _significant_bits(data)
        if bits is None or not 8 < bits < 16:
            return None
        # By the standard such values fill 16 bits, with the significant ones on top; many programs
        # write them as they are.
        as_they_are = greatest < 1 << bits and used & ((1 << (16 - bits)) - 1)
        return (1 << bits) - 1 if as_they_are else _FULL
    fields = getattr(image, "tag_v2", {})
    told = [fields.get(_S_MAX_SAMPLE_VALUE), fields.get(_MAX_SAMPLE_VALUE)]
    bits = fields.get(ExifTags.Base.BitsPerSample, 16)
    told.append((1 << max(_numbers(bits), default=16)) - 1)
    # 65535 is what a program writes that does not know.
    return next(
        (int(max(ends)) for ends in map(_numbers, told) if 255 < max(ends, default=0) < _FULL), None
    )


def _numbers(value: object) -> list[int]:
    values = value if isinstance(value, tuple) else (value,)
    return [int(one) for one in values if isinstance(one, int | float)]


def _significant_bits(data: bytes) -> int | None:
    """The greatest number in a PNG's sBIT, which stands before its pixels; None: it has none."""
    at = 8
    for _ in range(_MAX_CHUNKS):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"sBIT" and 1 <= length <= 4:
            return max(data[at + 8 : at + 8 + length])
        if kind in (b"IDAT", b""):
            return None
        at += 12 + length
    return None
