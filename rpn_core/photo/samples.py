"""The bundled sample photos: credited, small, and each chosen to show something."""

from __future__ import annotations

import json
from dataclasses import dataclass

from rpn_core.errors import UserError
from rpn_core.messages import Message
from rpn_core.photo.photo import Pixels
from rpn_core.photo.reader import read_pixels
from rpn_core.shipped import ASSETS

FOLDER = ASSETS / "samples"


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample, as `assets/samples/samples.json` describes it.

    Attributes:
        name: short, for links; never changes.
        file: in the samples' folder.
        title, look_at: for people; `look_at` is one sentence on what to watch. The catalogue has
            both from the file.
        credit, licence, source: shown wherever the photo is.
        sha256: of the file.
    """

    name: str
    file: str
    title: Message
    look_at: Message
    credit: str
    licence: str
    source: str
    sha256: str


def samples() -> tuple[Sample, ...]:
    """All samples in the order of the gallery; the first is what a newcomer sees.

    >>> str(samples()[0].title)
    'Astronaut'
    """
    text = (FOLDER / "samples.json").read_text(encoding="utf-8")
    return tuple(
        Sample(**entry | {"title": Message(entry["title"]), "look_at": Message(entry["look_at"])})
        for entry in json.loads(text)
    )


def sample_bytes(sample: Sample) -> bytes:
    """The file as it is."""
    return (FOLDER / sample.file).read_bytes()


def sample_pixels(name: str) -> Pixels:
    """(H, W, 3) uint8 of one sample, by its `name`.

    Raises:
        UserError: no sample has this name, as in a broken link.

    >>> sample_pixels("astronaut").shape
    (512, 512, 3)
    """
    sample = find_sample(name)
    return read_pixels(sample_bytes(sample), sample.file)


def find_sample(name: str) -> Sample:
    """Look one sample up by its `name`.

    Raises:
        UserError: no sample has this name, as in a broken link.
    """
    for sample in samples():
        if sample.name == name:
            return sample
    raise UserError(
        "There is no sample photo {name!r}: choose one of {samples}.",
        name=name[:40],
        samples=tuple(sample.name for sample in samples()),
    )
