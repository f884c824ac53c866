"""OpenCV's selective search: what proposed boxes before there was a network for it.

Source: Uijlings et al., Selective Search for Object Recognition, 2013. Its order is a random one
over the merges, as OpenCV gives it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from rpn_core.errors import UserError
from rpn_core.geometry.frame import Frame
from rpn_core.messages import msg
from rpn_core.photo.photo import Pixels
from rpn_core.proposers.base import Shows
from rpn_core.proposers.ranked import best_ranked, rank_logits
from rpn_core.proposers.stages import GRAPH, predictions
from rpn_core.settings import InputSettings, Settings
from rpn_core.stages.predictions import Predictions
from rpn_core.stages.run import Run

MOST = 1000


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
    cv2.setRNGSeed(0)
    search.setBaseImage(np.ascontiguousarray(small[..., ::-1]))
    search.switchToSelectiveSearchFast()
    xywh = torch.from_numpy(np.asarray(search.process(), np.float32).reshape(-1, 4))
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
        return "selective search, fast"

    @property
    def settings(self) -> Settings:
        return Settings(input=self.input_settings, **best_ranked(self.most))

    @property
    def shows(self) -> frozenset[Shows]:
        return frozenset()

    def begin(self, run: Run) -> None:
        run.connect(predictions, selective_search)


def _segmentation() -> Any:
    try:
        import cv2

        return cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
    except (ImportError, AttributeError):
        raise UserError(
            "Selective search needs OpenCV with its contributed modules: run "
            "`pip install opencv-contrib-python-headless`."
        ) from None
