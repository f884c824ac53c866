"""The ground truth of one photo: its objects, and what is known of where they came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from rpn_core.counts import count_objects
from rpn_core.labels.loaded import LoadedLabels
from rpn_core.labels.objects import NO_OBJECTS, Objects
from rpn_core.messages import Message, msg


class Origin(StrEnum):
    """Where objects came from."""

    NONE = "none"
    DRAWN = "drawn"
    LABELS = "label set"
    EXAMPLE = "example"


@dataclass(frozen=True, eq=False, slots=True)
class GroundTruth:
    """Objects with their origin.

    Attributes:
        objects: of the photo.
        origin: where they came from at first.
        source: name of the label set, "" without one.
        source_sha256: of the label set.
        edited: whether they were changed by hand since.
        revision: changes whenever they changed otherwise than on the canvas.
    """

    objects: Objects
    origin: Origin
    source: str | Message = ""
    source_sha256: str = ""
    edited: bool = False
    revision: str = ""

    def edited_to(self, objects: Objects) -> GroundTruth:
        """What a person made of it; the origin of what was there before stays."""
        origin = Origin.DRAWN if self.origin is Origin.NONE else self.origin
        return replace(self, objects=objects, origin=origin, edited=True)

    @property
    def sentence(self) -> Message:
        """How many there are and where they came from; plain text, which may quote a name."""
        count = count_objects(len(self.objects))
        if self.origin in (Origin.NONE, Origin.DRAWN):
            if len(self.objects) == 0:
                return msg("No objects yet: draw what a detector should find in this photo.")
            return msg("{objects}, drawn by hand.", objects=count)
        example = self.origin is Origin.EXAMPLE
        whence = msg("the bundled example") if example else self.source
        if self.edited:
            return msg("{objects}, from {whence}, edited by hand.", objects=count, whence=whence)
        return msg("{objects}, from {whence}.", objects=count, whence=whence)


NOTHING = GroundTruth(NO_OBJECTS, Origin.NONE)


def labelled(loaded: LoadedLabels, image: int, origin: Origin = Origin.LABELS) -> GroundTruth:
    """The objects of one image of a data set, as they came.

    Args:
        image: its place in `loaded.labels.names`.
    """
    return GroundTruth(loaded.labels.objects_of(image), origin, loaded.name, loaded.sha256)
