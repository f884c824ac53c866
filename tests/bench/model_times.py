"""The bundled models against torchvision's lightest pyramid and selective search, in turns.

Weights do not matter to time: torchvision's network is left as it is initialised.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torchvision.models.detection import fasterrcnn_mobilenet_v3_large_fpn
from torchvision.models.detection.image_list import ImageList

from rpn_core.errors import UserError
from rpn_core.evaluation.proposed import propose
from rpn_core.models.load import load_model
from rpn_core.photo.samples import sample_pixels
from rpn_core.proposers.rpn import RpnProposer
from rpn_core.proposers.selective_search import SelectiveSearch
from rpn_core.settings import InputSettings
from rpn_core.stages.network_input import prepare_input
from tests.bench.scenes import SAMPLE

WIDE = (800, 600)
LONG_SIDE = 448


@dataclass(frozen=True, slots=True)
class ModelTimes:
    """Medians in milliseconds, all cores.

    Attributes:
        networks: backbone, pyramid and head to scores and offsets at 800 x 600, by model.
        proposals: from photo to proposals at a long side of 448 px, by proposer.
        precision: what each of our models computed in.
    """

    networks: dict[str, float]
    proposals: dict[str, float]
    precision: dict[str, str]


def _in_turns(work: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """The median of each, A B C A B C, so that a machine that slows down slows all."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for place in range(repeats + 1):
        for name, run in work.items():
            started = time.perf_counter()
            run()
            if place:  # the first round also chooses kernels
                times[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(taken) for name, taken in times.items()}


def _torchvision(pixels: torch.Tensor) -> Callable[[], object]:
    detector = fasterrcnn_mobilenet_v3_large_fpn(weights=None, weights_backbone=None).eval()
    sizes = [(pixels.shape[2], pixels.shape[3])]

    def run() -> object:
        with torch.inference_mode():
            return detector.rpn(ImageList(pixels, sizes), detector.backbone(pixels))

    return run


def model_times(names: tuple[str, ...], repeats: int) -> ModelTimes:
    """Time the models of these names beside the others."""
    photo = sample_pixels(SAMPLE)
    wide: NDArray[np.uint8] = np.asarray(Image.fromarray(photo).resize(WIDE))
    exact = InputSettings(min(WIDE), max(WIDE))
    small = InputSettings(LONG_SIDE, LONG_SIDE)
    models = {name: load_model(name, "cpu") for name in names}
    networks: dict[str, Callable[[], object]] = {}
    proposals: dict[str, Callable[[], object]] = {}
    for name, rpn in models.items():
        made = prepare_input(wide, exact, rpn.card.preprocess)

        def network(rpn=rpn, made=made) -> object:  # type: ignore[no-untyped-def]
            features = rpn.feature_maps(made)
            return rpn.head_outputs(features, rpn.trained_anchors(features))

        networks[name] = network
        proposer = RpnProposer(rpn, rpn.card.own_settings)
        proposals[name] = lambda proposer=proposer: propose(proposer, photo)  # type: ignore[misc]
    rival = "fasterrcnn_mobilenet_v3_large_fpn"
    networks[rival] = _torchvision(
        prepare_input(wide, exact, models[names[0]].card.preprocess).pixels
    )
    try:
        search = SelectiveSearch(small)
        propose(search, photo)
        proposals[search.name] = lambda: propose(search, photo)
    except UserError:
        pass  # OpenCV's contributed modules are optional
    return ModelTimes(
        _in_turns(networks, repeats),
        _in_turns(proposals, max(3, repeats // 3)),
        {name: str(rpn.dtype).removeprefix("torch.") for name, rpn in models.items()},
    )
