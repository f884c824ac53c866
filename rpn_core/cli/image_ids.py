"""By which ids a file of COCO annotations knows photos and its category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from rpn_core.cli.labelled_data import read_annotations
from rpn_core.cli.photo_files import PhotoPath
from rpn_core.errors import UserError
from rpn_core.given_file import printable, read_file

Id = int | str


@dataclass(frozen=True, slots=True)
class ImageIds:
    """What rows about photos are joined to annotations by.

    Attributes:
        of_photo: name of a photo -> its id; a photo that is not listed is left out.
        category: the id of the first category, which every proposal gets.
        categories: how many there are.
    """

    of_photo: Mapping[str, Id]
    category: Id
    categories: int


class _Entry(msgspec.Struct, gc=False):
    id: Id


class _Listed(msgspec.Struct, gc=False):
    """What results need of a COCO file; all else in it is passed over."""

    images: list[_Entry]
    categories: list[_Entry] = []


class _Photos:
    """The photos as a store of files, among which labels' names choose."""

    root = None

    def __init__(self, photos: Sequence[PhotoPath]) -> None:
        self._paths = {photo.name: photo.path for photo in photos}
        self.names = sorted(self._paths)
        self.shown = "photos"

    def open(self, name: str) -> BinaryIO:
        return self._paths[name].open("rb")

    def size(self, name: str) -> int:
        return self._paths[name].stat().st_size


def ids_in(annotations: Path, photos: Sequence[PhotoPath]) -> ImageIds:
    """Find each photo among the images of a COCO file, as labels find theirs.

    Raises:
        UserError: the file is not COCO's, has an id that is none, or lists none of the photos.
    """
    from rpn_core.labels.stores.image_source import ImageSource

    if annotations.is_dir():
        raise UserError(
            "{file} is a folder: name the file of COCO annotations in it.",
            file=printable(annotations),
        )
    names = read_annotations(annotations, None, "coco", quiet=True).labels.names
    try:
        listed = msgspec.json.decode(read_file(annotations), type=_Listed)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        listed = None
    if listed is None or len(listed.images) != len(names):
        raise UserError(
            "{file} has images without an id that is a number or a text: only such can be named "
            "in results.",
            file=printable(annotations),
        )
    source = ImageSource(_Photos(photos))
    of_photo: dict[str, Id] = {}
    for name, image in zip(names, listed.images, strict=True):
        found = source.find(name)
        if found is not None:
            of_photo.setdefault(found, image.id)
    if not of_photo:
        raise UserError(
            "{file} lists none of the photos ({photo}, for one): give the annotations of these "
            "photos.",
            file=printable(annotations),
            photo=printable(photos[0].name),
        )
    categories = listed.categories
    return ImageIds(of_photo, categories[0].id if categories else 1, len(categories))
