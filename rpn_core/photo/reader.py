"""From the bytes of a file to a photo: the one gate through which every picture enters.

The bytes come from anyone, so limits are checked before anything is decoded, and whatever Pillow
raises becomes one sentence. Pillow's global switches are never touched: threads share them.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from PIL import ExifTags, Image, UnidentifiedImageError

from rpn_core.errors import UserError
from rpn_core.messages import Message, msg
from rpn_core.photo.colour import to_srgb
from rpn_core.photo.depth import (
    SIXTEEN_BIT_GREY,
    colour_to_eight_bit,
    grey_to_eight_bit,
    is_wide_colour,
)
from rpn_core.photo.file_name import display_name
from rpn_core.photo.kinds import FORMATS, PEEK, unread_kind
from rpn_core.photo.limits import (
    MAX_DECODE_CPU_S,
    MAX_PIXELS,
    TimedFile,
    TookTooLong,
    check_cost,
)
from rpn_core.photo.photo import Photo, Pixels
from rpn_core.photo.strips import whole

MAX_FILE_BYTES = 50 * 2**20
# Decoding takes 4 bytes a pixel, and as much again for each step from there to RGB: pictures above
# this size, of which a server with many visitors could hold few at once, are read one at a time.
LARGE_PIXELS = 12_500_000
# A box of the longest shape that the settings allow is 20 times as long as wide.
EXTREME_ASPECT = 20
TINY_SIDE = 16

_one_large = threading.Lock()

# EXIF 2.32, sec. 4.6.4 A, tag 0x0112; 1 is upright.
_TO_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TURNED = msg("It was turned upright by its EXIF orientation.")


def read_photo(data: bytes, name: str) -> tuple[Photo, Pixels]:
    """Read one file as an upright 8-bit RGB photo: what there is to know of it, and its pixels.

    Everything that was changed on the way is told in the photo's `notes`.

    Args:
        data: the whole file; its type is found in the bytes, never in the name.
        name: as it came from outside, perhaps with a path; the photo keeps `display_name(name)`.
    Raises:
        UserError: as `read_pixels` does.

    >>> from rpn_core.photo.samples import find_sample, sample_bytes
    >>> photo, pixels = read_photo(sample_bytes(find_sample("astronaut")), "astronaut.jpg")
    >>> photo.hw, pixels.shape
    ((512, 512), (512, 512, 3))
    """
    shown = display_name(name)
    pixels, notes = _decoded(data, shown)
    hw = (int(pixels.shape[0]), int(pixels.shape[1]))
    return Photo(data, shown, hashlib.sha256(data).hexdigest(), hw, notes), pixels


def read_pixels(data: bytes, name: str) -> Pixels:
    """Decode one file into the pixels that a photo has, wherever they are needed.

    Of an animation or of several pages only the first is read. EXIF orientation is applied,
    transparency laid on white, any depth and colour space brought to 8-bit sRGB.

    Returns:
        (H, W, 3) uint8, read-only.
    Raises:
        UserError: empty, larger than MAX_FILE_BYTES, none of FORMATS, more than MAX_PIXELS
            pixels or too many scans (known before decoding), truncated or damaged, or not decoded
            within MAX_DECODE_CPU_S.

    >>> read_pixels(b"", "holiday.jpg")
    Traceback (most recent call last):
    rpn_core.errors.UserError: holiday.jpg is empty (0 bytes): choose a file that has a picture in it.
    """  # noqa: E501 - the doctest shows one sentence, whole
    return read_noted(data, name)[0]


def read_noted(data: bytes, name: str) -> tuple[Pixels, tuple[Message, ...]]:
    """As `read_pixels`, with one sentence for each thing that was changed on the way."""
    return _decoded(data, display_name(name))


def _decoded(data: bytes, shown: str) -> tuple[Pixels, tuple[Message, ...]]:
    _check_file_size(len(data), shown)
    with _open(data, shown) as image, _decoding(shown):
        check_cost(image, data, shown)
        large = image.width * image.height > LARGE_PIXELS
        with _one_large if large else nullcontext():
            notes = _notes_from_header(image)
            eight_bit, depth_notes = _eight_bit(image, data, shown)
            upright, orientation_notes = _upright(eight_bit, image)
            if upright is not eight_bit:
                eight_bit.close()  # frees its pixels, here and below
            rgb_image, colour_notes = to_srgb(upright)
            if rgb_image is not upright:
                upright.close()
            pixels = whole(rgb_image)
    pixels.setflags(write=False)
    on_size = _notes_on_size(rgb_image.size)
    return pixels, (*notes, *orientation_notes, *depth_notes, *colour_notes, *on_size)


def _eight_bit(
    image: Image.Image, data: bytes, shown: str
) -> tuple[Image.Image, tuple[Message, ...]]:
    """Decode a picture, with at most 8 bits a channel as far as these have a natural range."""
    is_wide = is_wide_colour(image)
    image.load()
    if is_wide:
        made, note = colour_to_eight_bit(image, data, lambda: _open(data, shown))
    elif image.mode in SIXTEEN_BIT_GREY:
        made, note = grey_to_eight_bit(image, data)
    else:
        return image, ()
    return made, (note,)


def _check_file_size(size: int, shown: str) -> None:
    if size == 0:
        raise UserError(
            "{file} is empty (0 bytes): choose a file that has a picture in it.", file=shown
        )
    if size > MAX_FILE_BYTES:
        raise UserError(
            "{file} has {size} MB, but at most {most} MB can be read: save it smaller or as JPEG.",
            file=shown,
            size=math.ceil(size / 2**20),
            most=MAX_FILE_BYTES // 2**20,
        )


def _open(data: bytes, shown: str) -> Image.Image:
    """Read the header only; no pixel is decoded yet."""
    try:
        return Image.open(TimedFile(data, MAX_DECODE_CPU_S), formats=FORMATS)
    except UnidentifiedImageError as error:
        kind = unread_kind(data[:PEEK], shown)
        if kind is not None:
            raise UserError(
                "{file} is {kind}, which is not read: save it as JPEG or PNG.",
                file=shown,
                kind=kind,
            ) from error
        raise UserError(
            "{file} is not a picture in a known format: choose a JPEG, PNG, WebP, BMP, TIFF or "
            "GIF file.",
            file=shown,
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UserError(
            "{file} has far more than the {most:.0f} megapixels that can be read: save it smaller.",
            file=shown,
            most=MAX_PIXELS / 1e6,
        ) from error
    except TookTooLong as error:
        raise _too_long(shown) from error
    except Exception as error:  # a hostile header makes Pillow raise almost anything
        raise _damaged(shown) from error


@contextmanager
def _decoding(shown: str) -> Iterator[None]:
    """Whatever a decoder raises on bad bytes becomes one sentence."""
    try:
        yield
    except UserError:
        raise
    except TookTooLong as error:
        raise _too_long(shown) from error
    except MemoryError as error:
        raise UserError(
            "{file} is too large for the memory that this machine has left: save it smaller.",
            file=shown,
        ) from error
    except Exception as error:  # OSError, SyntaxError, struct.error, zlib.error, ... all occur
        raise _damaged(shown) from error


def _damaged(shown: str) -> UserError:
    return UserError(
        "{file} is cut short or damaged and cannot be decoded: copy or export it again.",
        file=shown,
    )


def _too_long(shown: str) -> UserError:
    return UserError(
        "{file} takes more than {seconds:g} s to decode, far longer than any photo, so it was "
        "given up: export it again as JPEG or PNG.",
        file=shown,
        seconds=MAX_DECODE_CPU_S,
    )


def _notes_from_header(image: Image.Image) -> list[Message]:
    notes = []
    # Asks for a second frame only: counting the frames of a hostile file could take minutes.
    if getattr(image, "is_animated", False):
        notes.append(msg("It holds several frames or pages, and only the first is used."))
    # Pillow turns a TIFF by itself while it decodes, and nothing tells of it afterwards.
    if image.format == "TIFF" and image.getexif().get(ExifTags.Base.Orientation) in _TO_UPRIGHT:
        notes.append(_TURNED)
    return notes


def _upright(image: Image.Image, file: Image.Image) -> tuple[Image.Image, list[Message]]:
    """Turn an image as its file's EXIF data says; where that is broken it stays as it lies.

    Not by ImageOps.exif_transpose, which writes the EXIF data again and fails on photos whose
    orientation is readable but some other tag is not.
    """
    try:
        orientation = file.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # broken EXIF raises as freely as broken pixels do
        return image, [msg("Its EXIF data could not be read, so it may lie on its side.")]
    if orientation not in _TO_UPRIGHT:
        return image, []
    return image.transpose(_TO_UPRIGHT[orientation]), [_TURNED]


def _notes_on_size(size: tuple[int, int]) -> list[Message]:
    width, height = size
    if max(size) < TINY_SIDE:
        return [
            msg(
                "It has only {width} x {height} px, so it is enlarged and little can be found in "
                "it.",
                width=width,
                height=height,
            )
        ]
    if max(size) > EXTREME_ASPECT * min(size):
        return [
            msg(
                "With {width} x {height} px it is longer than any anchor: expect few useful boxes.",
                width=width,
                height=height,
            )
        ]
    return []
