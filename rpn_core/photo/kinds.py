"""Which kinds of pictures are read, and which are known but not: the one list of endings."""

from __future__ import annotations

from rpn_core.messages import Message, msg, verbatim

# Pillow's names; what an ending promises is found in the bytes.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
READ = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
)
_RAW = msg("a camera's raw file")
_UNREAD: dict[str, Message] = {
    ".heic": verbatim("HEIC"), ".heif": verbatim("HEIC"), ".hif": verbatim("HEIC"),
    ".avif": verbatim("AVIF"), ".jxl": verbatim("JPEG XL"),
    **dict.fromkeys((".jp2", ".j2k", ".jpx", ".jpf"), verbatim("JPEG 2000")),
    **dict.fromkeys((".psd", ".psb"), verbatim("Photoshop")), ".xcf": verbatim("GIMP"),
    ".dcm": verbatim("DICOM"), ".exr": verbatim("OpenEXR"), ".hdr": verbatim("Radiance HDR"),
    **dict.fromkeys((".ppm", ".pgm", ".pbm", ".pnm"), verbatim("PNM")),
    ".tga": verbatim("TGA"), ".svg": verbatim("SVG"), ".ico": verbatim("ICO"),
    **dict.fromkeys(
        (".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"), _RAW
    ),
}  # fmt: skip
# Brands of files of the ISO base media format (ISO/IEC 23008-12, 10.2; AV1 Image File Format, 6).
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"),
                    verbatim("HEIC")),
    b"avif": verbatim("AVIF"), b"avis": verbatim("AVIF"), b"crx ": _RAW,
}  # fmt: skip
_STARTS = {
    b"8BPS": verbatim("Photoshop"), b"gimp xcf": verbatim("GIMP"),
    b"\x76\x2f\x31\x01": verbatim("OpenEXR"), b"#?RADIANCE": verbatim("Radiance HDR"),
    b"\x00\x00\x00\x0cjP  ": verbatim("JPEG 2000"), b"\xff\x4f\xff\x51": verbatim("JPEG 2000"),
    b"\x00\x00\x00\x0cJXL ": verbatim("JPEG XL"), b"\xff\x0a": verbatim("JPEG XL"),
    b"FUJIFILMCCD-RAW": _RAW, b"IIRO": _RAW, b"IIU\x00": _RAW,
}  # fmt: skip
# Of FORMATS; not BMP, whose two letters begin many a text.
_READ_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"II*\0", b"MM\0*")
PEEK = 132  # bytes that `unread_kind` wants to see


def suffix_of(name: str) -> str:
    """In lower case, with its dot; "" where there is none.

    >>> suffix_of("a.b/C.JPG"), suffix_of("a.b/c")
    ('.jpg', '')
    """
    base = name.rpartition("/")[2]
    stem, dot, suffix = base.rpartition(".")
    return f".{suffix.lower()}" if dot and stem else ""


def without_suffix(name: str) -> str:
    return name[: len(name) - len(suffix_of(name))]


def is_image_name(name: str) -> bool:
    """Whether a file's name promises a picture of a kind that is read."""
    return suffix_of(name) in READ


def is_picture_name(name: str) -> bool:
    """Whether the ending is one of images, of a kind that is read or not."""
    return is_image_name(name) or is_unread_name(name)


def is_unread_name(name: str) -> bool:
    """Whether a file's name promises a picture of a kind that is known and not read.

    >>> [is_unread_name(name) for name in ("a.HEIC", "a.jpg", "a.txt")]
    [True, False, False]
    """
    return suffix_of(name) in _UNREAD


def unread_kind(start: bytes, name: str = "") -> Message | None:
    """What a file is that is none of FORMATS, by its first bytes or else its name.

    >>> str(unread_kind(b"\\x00\\x00\\x00\\x18ftypheic")), unread_kind(b"hello", "a.txt")
    ('HEIC', None)
    """
    if start[4:8] == b"ftyp" and start[8:12] in _BRANDS:
        if start[8:12] in (b"mif1", b"msf1") and b"avif" in start[16:64]:
            return _BRANDS[b"avif"]
        return _BRANDS[start[8:12]]
    if start[128:132] == b"DICM":
        return _UNREAD[".dcm"]
    if start[:2] in (b"II", b"MM") and start[8:10] == b"CR":
        return _RAW
    return next(
        (kind for magic, kind in _STARTS.items() if start.startswith(magic)),
        _UNREAD.get(suffix_of(name)),
    )


def looks_like_image(start: bytes, name: str) -> bool:
    """Whether a file is a picture of any known kind, by its first PEEK bytes or its name.

    >>> looks_like_image(b"\\xff\\xd8\\xff", "a.tmp"), looks_like_image(b"", "a.psd")
    (True, True)
    >>> looks_like_image(b"", "a.txt")
    False
    """
    is_read = start.startswith(_READ_STARTS) or (start[:4], start[8:12]) == (b"RIFF", b"WEBP")
    return is_read or unread_kind(start, name) is not None
