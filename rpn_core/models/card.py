"""What is known about a model before it is loaded: its card."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rpn_core.network_input import Preprocess
from rpn_core.settings import Settings


class WeightsKind(Enum):
    """Where a model's weights come from when nobody brings a checkpoint."""

    BUNDLED = "in this repository"
    DOWNLOAD = "downloaded by torchvision on first use"
    NONE = "untrained until you load a checkpoint"


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
        own_settings: the anchors it was trained for, and the input and NMS settings it came with.
        any_anchor: the head scores any anchor; otherwise only those of `own_settings`.
    """

    name: str
    title: str
    source: str
    licence: str
    weights_kind: WeightsKind
    weights_origin: str
    weights_file: str | None
    sha256: str | None
    strides: tuple[int, ...]
    preprocess: Preprocess
    own_settings: Settings
    any_anchor: bool = False
