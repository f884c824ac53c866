"""The size of an image from the first bytes of its file; no pixel is decoded."""

from __future__ import annotations

from typing import IO, cast

from PIL import ExifTags, Image

from rpn_core.labels.stores.bounded_file import BoundedFile
from rpn_core.photo.kinds import FORMATS

_LYING = range(5, 9)  # EXIF 2.32, sec. 4.6.4 A, tag 0x0112: these swap height and width


def image_size_hw(file: IO[bytes]) -> tuple[int, int] | None:
    """Read height and width of the upright image, or None where there is no image.

    None also for a header without end, such as a million empty chunks: see `BoundedFile`.

    However large the image: whether it can be opened is for others to say.

    EXIF's orientation is applied, as `rpn_core.photo.reader.read_photo` and most labelling tools
    do: boxes are drawn on what people see.
    """
    try:
        # Of the image only what stands before its pixels is read.
        bounded = cast(IO[bytes], BoundedFile(file))
        with _opened(bounded) as image:
            width, height = image.size
            # A PNG's own getexif() would decode it; this one reads XMP's orientation, too. Pillow
            # gives a TIFF's size upright already.
            turned = Image.Image.getexif(image).get(ExifTags.Base.Orientation) in _LYING
            if turned and image.format != "TIFF":
                width, height = height, width
    except Exception:  # a hostile header makes Pillow raise almost anything
        return None
    return (height, width)


def _opened(file: IO[bytes]) -> Image.Image:
    """As `PIL.Image.open` does, which tells no size of what is too large to decode."""
    Image.init()
    start = file.read(16)
    for kind in FORMATS:
        factory, accept = Image.OPEN[kind]
        if accept is None or accept(start) is True:
            file.seek(0)
            return factory(file, "")
    raise SyntaxError
