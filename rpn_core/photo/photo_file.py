"""A photo that is kept as the file it came in: a few megabytes instead of three bytes a pixel."""

from __future__ import annotations

from dataclasses import dataclass

from rpn_core.messages import Message
from rpn_core.photo.photo import Photo
from rpn_core.photo.reader import read_photo


@dataclass(frozen=True, eq=False, slots=True)
class PhotoFile:
    """One photo that could be read, without its pixels.

    Attributes:
        data: the whole file.
        name, sha256, hw, notes: those of the `Photo` that it decodes to.
    """

    data: bytes
    name: str
    sha256: str
    hw: tuple[int, int]
    notes: tuple[Message, ...] = ()

    def decode(self) -> Photo:
        """Read it again: the same photo, bit by bit.

        Raises:
            UserError: as `read_photo` does; of a file that was read before only when memory or
                time do not suffice now.
        """
        return read_photo(self.data, self.name)


def photo_file(data: bytes, photo: Photo) -> PhotoFile:
    """Keep `data`, from which `photo` was read, and what is known of it.

    >>> from rpn_core.photo.samples import find_sample, sample_bytes
    >>> data = sample_bytes(find_sample("astronaut"))
    >>> file = photo_file(data, read_photo(data, "astronaut.jpg"))
    >>> file.hw, file.decode().hw
    ((512, 512), (512, 512))
    """
    return PhotoFile(data, photo.name, photo.sha256, photo.hw, photo.notes)
