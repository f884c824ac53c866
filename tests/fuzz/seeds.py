"""Where fuzzing starts: one small valid file of each kind."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import torch
from PIL import Image
from safetensors.torch import save

from rpn_core.settings import NmsSettings, Settings
from rpn_core.settings.file import to_json
from tests.hostile_files import (
    gif_with_comments,
    jpeg_with_scans,
    png_chunk,
    png_with,
    tiff_with_tile,
)
from tests.property.test_labels_fuzz import (
    CREATEML,
    CVAT,
    LABELME,
    OPEN_IMAGES,
    TURNED,
    VIA,
    VIA_CSV,
)
from tests.unit.labels_data import coco, voc, voc_object, zipped

NAMES = ("x.json", "a.xml", "x.csv", "a.txt", "data.yaml", "x.zip")


def photos(formats: Iterable[str]) -> Iterator[bytes]:
    """Every format and mode, and the ways to make one costly."""
    exif = Image.Exif()
    exif[0x0112] = 6
    for format_ in formats:
        for mode in ("RGB", "L", "P", "RGBA", "1", "I;16", "F", "CMYK"):
            buffer = io.BytesIO()
            try:
                Image.new(mode, (9, 7)).save(buffer, format_, exif=exif)
            except (OSError, KeyError, ValueError):  # not a mode of this format
                continue
            yield buffer.getvalue()
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits", "group4"):
        buffer = io.BytesIO()
        mode = "1" if compression == "group4" else "RGB"
        Image.new(mode, (16, 16)).save(buffer, "TIFF", compression=compression)
        yield buffer.getvalue()
    yield jpeg_with_scans(3)
    yield gif_with_comments(3)
    yield png_with(png_chunk(b"tEXt", b"a\0b") + png_chunk(b"zTXt", b"a\0\0x\x9c\x03\0\0\0\0\1"))
    yield tiff_with_tile(32)


def checkpoints() -> Iterator[bytes]:
    """Both formats, and that of torch before 1.6."""
    state = {"w": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2).half()}
    yield save(state)
    for content in (state, {"model": state, "epoch": 3, "lr": [0.1, (1, None)]}):
        for options in ({}, {"pickle_protocol": 4}, {"_use_new_zipfile_serialization": False}):
            buffer = io.BytesIO()
            torch.save(content, buffer, **options)
            yield buffer.getvalue()


def settings(base: Settings) -> Iterator[bytes]:
    """A file, and links with every kind of value."""
    yield to_json(base).encode()
    yield to_json(Settings(nms=NmsSettings(method="soft-gaussian"))).encode()
    yield b"?nms=0.5&sizes=32-51_64-102_1_2_none&ratios=0.5-1-2&method=soft-linear&inside=1"
    yield b"?min=448&max=600&pre=1000&post=300&score=0.05&offset=0.5&convention=detectron2"
    yield b"?fg=0.6&bg=0.2&lowq=0&nocross=1&batch=64&pos=0.25&seed=7&loss=paper&lambda=3&beta=0.1"


def labels() -> Iterator[bytes]:
    """Each begins with the byte that names it."""
    document = coco({"bbox": [1, 2, 30, 40]}, {"bbox": [5.5, 6, 7, 8], "iscrowd": 1}).encode()
    yield b"\0" + document
    yield b"\1" + voc(voc_object(1, 2, 30, 40)).encode()
    for name, of_tool in (
        (b"\0", LABELME), (b"\0", VIA), (b"\0", CREATEML), (b"\1", CVAT), (b"\1", TURNED),
        (b"\2", VIA_CSV), (b"\2", OPEN_IMAGES),
    ):  # fmt: skip
        yield name + of_tool
    yield b"\2image,x1,y1,x2,y2,category\na.jpg,1,2,30,40,cat\nb.jpg,,,,,\n"
    yield b"\0030 .5 .5 .2 .2\n1 0 0 1 0 1 1\n"
    yield b"\3Car 0 0 -1.5 1 2 30 40 1 1 1 1 1 1 1\n"
    yield b"\0031,2,3,4,1,4,0,0\n5,6,7,8,0,0,0,0,\n"
    yield b"\3gsd:0.1\n1 2 3 2 3 4 1 4 ship 1\n"
    yield b"\0031,1,2,3,4,5,1,1,0.5\n2,1,2,3,4,5,0,8,1\n"
    yield b"\3a b.jpg 1,2,3,4,0 5,6,7,8,1\nc.jpg\n"
    yield b"\0030--P/a.jpg\n1\n1 2 3 4 0 0 0 1 0 0\n"
    yield b"\4names: [cat, dog]\npath: .\ntrain: [images, t.txt]\nkpt_shape: [17, 3]\n"
    yield b"\5" + zipped({"x.json": document, "data.yaml": "names: {0: cat}\n"})
