"""Files that are small and mean harm: pictures and checkpoints that no program would write."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

from PIL import Image

from rpn_core.errors import UserError


def refusal(read: Callable[[], object]) -> str:
    """The sentence with which a reader refuses; empty when it reads."""
    try:
        read()
    except UserError as error:
        return str(error)
    return ""


def picture(format_: str, side: int = 16, **options: object) -> bytes:
    """A small grey picture, as Pillow writes it."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "gray").save(buffer, format_, **options)
    return buffer.getvalue()


def png_chunk(kind: bytes, content: bytes = b"") -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png_with(chunks: bytes) -> bytes:
    """A PNG with more chunks after its header."""
    data = picture("PNG")
    return data[:33] + chunks + data[33:]


def jpeg_with_segments(segments: bytes) -> bytes:
    """A JPEG with more segments before its picture."""
    data = picture("JPEG")
    return data[:2] + segments + data[2:]


def jpeg_with_scans(more: int, side: int = 16) -> bytes:
    """A progressive JPEG that repeats its last scan."""
    data = picture("JPEG", side, progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * more + data[-2:]


def gif_with_comments(count: int) -> bytes:
    data = picture("GIF")
    after_palette = 13 + 3 * 2 ** ((data[10] & 7) + 1)
    return data[:after_palette] + b"\x21\xfe\x01a\x00" * count + data[after_palette:]


Field = tuple[int, int]


def tiff(fields: list[Field], content: bytes) -> bytes:
    """A TIFF of one page; a value of -1 is where `content` begins."""
    start = 8 + 2 + 12 * len(fields) + 4
    directory = struct.pack("<H", len(fields))
    for tag, value in fields:
        directory += struct.pack("<HHII", tag, 4, 1, start if value == -1 else value)
    return b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I", 0) + content


def tiff_with_tile(side: int, *, again: int | None = None) -> bytes:
    """A TIFF of 10 x 10 grey pixels in one deflated tile of side x side.

    `again` names the tile's size a second time, and another one.
    """
    packer = zlib.compressobj(9)
    content = b"".join(packer.compress(bytes(side)) for _ in range(side)) + packer.flush()
    size = [(322, side), (323, side)]
    if again is not None:
        size += [(322, again), (323, again)]
    fields = [(256, 10), (257, 10), (258, 8), (259, 8), (262, 1), (277, 1)]
    return tiff([*fields, *size, (324, -1), (325, len(content))], content)


def safetensors(header: bytes, tensors: bytes = b"", *, length: int | None = None) -> bytes:
    """A .safetensors file; `length` is what it says of its header's length."""
    return struct.pack("<Q", len(header) if length is None else length) + header + tensors


def pth(pickle: bytes, records: Mapping[str, bytes] | None = None, **options: int) -> bytes:
    """A .pth file of any pickle and any storages."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:  # type: ignore[arg-type]
        archive.writestr("archive/data.pkl", pickle)
        archive.writestr("archive/byteorder", b"little")
        for name, content in (records or {}).items():
            archive.writestr(f"archive/data/{name}", content)
        archive.writestr("archive/version", b"3\n")
    return buffer.getvalue()


def stored_tensor(
    name: str,
    numel: int,
    shape: tuple[int, ...],
    stride: tuple[int, ...],
    *,
    offset: int = 0,
    storage: str = "FloatStorage",
) -> bytes:
    """The pickle of {name: tensor}, whatever the tensor says of its storage "0"."""

    def integers(*values: int) -> bytes:
        return b"".join(b"\x8a\x09" + v.to_bytes(9, "little", signed=True) for v in values)

    def text(value: str) -> bytes:
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    reference = (
        b"(" + text("storage") + b"ctorch\n" + storage.encode() + b"\n" + text("0") + text("cpu")
        + integers(numel) + b"tQ"
    )  # fmt: skip
    return (
        b"\x80\x02}" + text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n(" + reference
        + integers(offset) + b"(" + integers(*shape) + b"t(" + integers(*stride) + b"t"
        + b"\x89ccollections\nOrderedDict\n)RtRs."
    )  # fmt: skip
