"""The stages that run a network: from a photo to the features that all heads of one trunk read."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from rpn_core.messages import msg
from rpn_core.models.fallback import ForwardResult, run_with_fallback
from rpn_core.models.rpn import Rpn
from rpn_core.photo.photo import Photo, Pixels
from rpn_core.photo.reader import read_pixels
from rpn_core.settings import InputSettings
from rpn_core.stages.graph import GRAPH as GRAPH
from rpn_core.stages.network_input import NetworkInput


@dataclass(frozen=True, slots=True)
class Line:
    """Who waits for the network, and who is told of the place in the line; see `ForwardQueue`."""

    on_position: Callable[[int], None] | None = None
    session: Hashable | None = None


photo = GRAPH.source("photo", key=lambda photo: photo.sha256)
model = GRAPH.source("model")  # its key names weights and device, which whoever loaded it knows
line = GRAPH.told("line", Line())


@GRAPH.stage()
def pixels(photo: Photo) -> Pixels:
    return read_pixels(photo.data, photo.name)


@GRAPH.stage(
    label=msg("network"),
    lazy=("pixels",),  # called for when the turn has come: those who wait hold none
    made_with=lambda forward: forward.made_with,
    seconds=lambda forward: forward.seconds,  # without the wait in line
)
def network(
    pixels: Callable[[], Pixels], model: Rpn, input_settings: InputSettings, line: Line
) -> ForwardResult:
    return run_with_fallback(
        model, pixels, input_settings, on_position=line.on_position, session=line.session
    )


@GRAPH.stage(kept=False)
def network_input(network: ForwardResult) -> NetworkInput:
    return network.network_input
