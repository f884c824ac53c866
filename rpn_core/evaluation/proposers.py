"""Ways to propose boxes that an evaluation can compare: a model, its anchors alone, and others."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from rpn_core.errors import UserError
from rpn_core.geometry.boxes import clip_to_image
from rpn_core.messages import in_english
from rpn_core.models.fallback import ForwardResult
from rpn_core.models.rpn import Rpn
from rpn_core.proposers import stages as proposing
from rpn_core.settings import InputSettings, Settings
from rpn_core.stages.network_input import prepare_input
from rpn_core.stages.proposals import to_original
from rpn_core.stages.run import Run


@dataclass(slots=True)
class Proposed:
    """Boxes for one image.

    Attributes:
        boxes: (N, 4) float64 xyxy, best first, pixels of the original image.
        seconds: time of each stage, in their order.
    """

    boxes: NDArray[np.float64]
    seconds: dict[str, float] = field(default_factory=dict)


class Proposer(Protocol):
    """Anything that proposes boxes."""

    @property
    def name(self) -> str:
        """For tables and charts."""

    def propose(self, rgb: NDArray[np.uint8]) -> Proposed:
        """Propose boxes for (H, W, 3) uint8 pixels."""


class _Watch:
    """Time since the last lap, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()  # a kernel's launch is not its work
        now = time.perf_counter()
        self.seconds[name] = now - self._last
        self._last = now


@dataclass(frozen=True, eq=False, slots=True)
class ModelProposer:
    """A trained RPN with given settings."""

    rpn: Rpn
    settings: Settings

    @property
    def name(self) -> str:
        return self.rpn.card.name

    def propose(self, rgb: NDArray[np.uint8]) -> Proposed:
        # The network as asked for: a figure must not be of less than it says.
        watch = _Watch()
        made = prepare_input(rgb, self.settings.input, self.rpn.card.preprocess)
        watch.lap("network input")
        forward = ForwardResult(self.rpn, made, self.rpn.feature_maps(made), None)
        watch.lap("network")
        run = Run(self.settings).put(proposing.network, forward)
        boxes = run.get(proposing.proposals).boxes
        # The head's outputs come to the CPU within their stage, so its time is that of its work.
        with in_english():  # keys of the report, as those above
            after = {
                str(one.stage.label): one.seconds for one in run.log if one.stage.label is not None
            }
        return Proposed(boxes.double().numpy(), watch.seconds | after)


@dataclass(frozen=True, eq=False, slots=True)
class AnchorsAlone:
    """A model's anchors as they lie, in random order: what the network adds is above this."""

    rpn: Rpn
    settings: Settings
    seed: int = 0

    @property
    def name(self) -> str:
        return f"anchors of {self.rpn.card.name} alone, in random order"

    def propose(self, rgb: NDArray[np.uint8]) -> Proposed:
        watch = _Watch()
        made = prepare_input(rgb, self.settings.input, self.rpn.card.preprocess)
        features = self.rpn.feature_maps(made)  # for the grids
        anchors = self.rpn.lay_anchors(features, self.settings.anchors)
        order = torch.randperm(len(anchors), generator=torch.Generator().manual_seed(self.seed))
        first = anchors.boxes[order[: self.settings.nms.post_nms_top_n]]
        boxes = clip_to_image(first, made.image_hw)
        watch.lap("anchors")
        return Proposed(to_original(boxes, made).double().numpy(), watch.seconds)


@dataclass(frozen=True, eq=False, slots=True)
class SelectiveSearch:
    """OpenCV's selective search in its fast mode, at a long side of the network's input.

    Source: Uijlings et al., Selective Search for Object Recognition, 2013. Its order is a random
    one over the merges, as OpenCV gives it.
    """

    input_settings: InputSettings
    most: int = 1000

    @property
    def name(self) -> str:
        return "selective search, fast"

    def propose(self, rgb: NDArray[np.uint8]) -> Proposed:
        search = _segmentation()
        watch = _Watch()
        height, width = rgb.shape[:2]
        scale = min(
            self.input_settings.min_side / min(height, width),
            self.input_settings.max_side / max(height, width),
        )
        import cv2

        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        cv2.setRNGSeed(0)
        search.setBaseImage(np.ascontiguousarray(small[..., ::-1]))
        search.switchToSelectiveSearchFast()
        found = np.asarray(search.process(), dtype=np.float64).reshape(-1, 4)[: self.most]
        watch.lap("selective search")
        stretch = np.array([width / size[0], height / size[1]] * 2)
        corners = np.concatenate((found[:, :2], found[:, :2] + found[:, 2:]), axis=1)
        return Proposed(corners * stretch, watch.seconds)


def _segmentation() -> Any:
    try:
        import cv2

        return cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
    except (ImportError, AttributeError):
        raise UserError(
            "Selective search needs OpenCV with its contributed modules: run "
            "`pip install opencv-contrib-python-headless`."
        ) from None
