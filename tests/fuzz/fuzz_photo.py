"""Photos: rpn_core.photo.reader."""

from __future__ import annotations

from tests.fuzz.harness import fuzz, instrumented

with instrumented(__name__):
    from rpn_core.photo.reader import FORMATS, read_photo

from tests.fuzz.seeds import photos


def read(data: bytes) -> None:
    read_photo(data, "a.jpg")


if __name__ == "__main__":
    fuzz(read, photos(FORMATS))
