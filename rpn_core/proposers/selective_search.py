"""OpenCV's selective search: what proposed boxes before there was a network for it.

Source: Uijlings et al., Selective Search for Object Recognition, 2013. Its order is a random one
over the merges, as OpenCV gives it, and the same one for the same image.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from rpn_core.errors import UserError
from rpn_core.geometry.frame import Frame
from rpn_core.messages import Message, msg
from rpn_core.photo.photo import Pixels
from rpn_core.proposers.base import Shows
from rpn_core.proposers.ranked import best_ranked, rank_logits
from rpn_core.proposers.stages import GRAPH, predictions
from rpn_core.settings import InputSettings, Settings
from rpn_core.stages.predictions import Predictions
from rpn_core.stages.run import Run

MOST = 1000
_one_at_a_time = threading.Lock()


@GRAPH.stage(label=msg("selective search"))
def selective_search(pixels: Pixels, input_settings: InputSettings) -> Predictions:
    """In its fast mode, at the size of a network's input.

    Raises:
        UserError: OpenCV is not there, or lacks it.
    """
    search = _segmentation()
    import cv2

    height, width = pixels.shape[:2]
    scale = min(
        input_settings.min_side / min(height, width), input_settings.max_side / max(height, width)
    )
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    search.setBaseImage(np.ascontiguousarray(small[..., ::-1]))
    search.switchToSelectiveSearchFast()
    xywh = torch.from_numpy(np.asarray(_found(search), np.float32).reshape(-1, 4))
    boxes = torch.cat((xywh[:, :2], xywh[:, :2] + xywh[:, 2:]), dim=1)
    frame = Frame((height, width), (size[1], size[0]))
    return Predictions(frame, boxes, rank_logits(torch.arange(len(boxes))), (len(boxes),))


@dataclass(frozen=True, eq=False, slots=True)
class SelectiveSearch:
    """Its first boxes, at some input size."""

    input_settings: InputSettings
    most: int = MOST

    @property
    def name(self) -> str:
        sides = self.input_settings
        return f"selective search, fast, {sides.min_side}/{sides.max_side} px"

    @property
    def settings(self) -> Settings:
        return Settings(input=self.input_settings, **best_ranked(self.most))

    @property
    def shows(self) -> frozenset[Shows]:
        return frozenset()

    @property
    def level_names(self) -> tuple[Message, ...]:
        return (msg("the whole image"),)

    def begin(self, run: Run) -> None:
        run.connect(predictions, selective_search)

    def score_note(self, run: Run) -> Message:
        return msg("The scores are the order of selective search, no probabilities.")


def _found(search: Any) -> Any:
    """The boxes in an order that is the same each time.

    OpenCV draws the order from C's `rand`, which has one state for the whole process and which
    `cv2.setRNGSeed` does not reach.
    """
    with _one_at_a_time:
        ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None).srand(0)
        return search.process()


def _segmentation() -> Any:
    try:
        import cv2

        return cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
    except (ImportError, AttributeError):
        raise UserError(
            "Selective search needs OpenCV with its contributed modules: run "
            "`pip install opencv-contrib-python-headless`."
        ) from None
