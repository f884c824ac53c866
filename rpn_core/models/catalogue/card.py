"""What is known about a model before it is loaded: its card."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rpn_core.messages import Message
from rpn_core.settings import Settings
from rpn_core.stages.network_input import Preprocess


class WeightsKind(Enum):
    """Where a model's weights come from without a checkpoint of the visitor's own."""

    BUNDLED = "bundled"  # in this repository
    DOWNLOAD = "download"  # by torchvision, on first use
    NONE = "none"  # untrained until somebody loads a checkpoint


@dataclass(frozen=True, slots=True)
class ShapeRange:
    """The anchor shapes that a conditioned head saw in training.

    Attributes:
        size_in_strides: least and greatest sqrt(area), in strides of the anchor's level.
        ratio_max: ratios h/w from 1/ratio_max to ratio_max.
    """

    size_in_strides: tuple[float, float]
    ratio_max: float

    def holds(self, size: float, ratio: float, stride: int) -> bool:
        """Whether an anchor of this size (pixels) and ratio is inside, give or take a hair."""
        low, high = self.size_in_strides
        hair = 1.001
        return (
            low / hair <= size / stride <= high * hair
            and 1 / (self.ratio_max * hair) <= ratio <= self.ratio_max * hair
        )


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model as data.

    Attributes:
        name: key in the table, in links and on the command line.
        title: for people.
        source: paper or page that describes it.
        licence: of the code and the weights.
        weights_kind: where the weights come from.
        weights_origin: the same in one sentence, with the data that they saw.
        weights_file: path of bundled weights inside the repository, or URL of a download, or None.
        sha256: of the weights file in hex, or its leading digits where the origin publishes no
            more; None while there is no file.
        strides: nominal pixels of the network input per cell, one per level.
        preprocess: how the network wants its input.
        figures: how good it is, in one sentence that says by which measure and on what; None
            without weights.
        own_settings: the anchors it was trained for, and the input and NMS settings it came with.
        any_anchor: the head scores any anchor; otherwise only those of `own_settings`.
        trained_shapes: what an any-anchor head saw in training; beyond it, it extrapolates.
    """

    name: str
    title: Message
    source: Message
    licence: str
    weights_kind: WeightsKind
    weights_origin: Message
    weights_file: str | None
    sha256: str | None
    strides: tuple[int, ...]
    preprocess: Preprocess
    own_settings: Settings
    figures: Message | None = None
    any_anchor: bool = False
    trained_shapes: ShapeRange | None = None
