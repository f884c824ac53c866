"""Predictions put together by hand: anchors, and what a head might have made of them."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_core.anchors.lay import Anchors
from rpn_core.geometry.frame import Frame
from rpn_core.settings import SelectionSettings
from rpn_core.stages.pre_nms import Selection, select
from rpn_core.stages.predictions import FromAnchors, Predictions


def predictions_of(
    anchors: Anchors, boxes: Tensor, logits: Tensor, image_hw: tuple[int, int]
) -> Predictions:
    """Boxes as if they were decoded from these anchors; the photo has the size of the image."""
    return Predictions(
        Frame(image_hw, image_hw),
        boxes,
        logits,
        tuple(level.count for level in anchors.levels),
        FromAnchors(anchors, torch.zeros(len(anchors), 4)),
    )


def select_from(
    anchors: Anchors,
    boxes: Tensor,
    logits: Tensor,
    image_hw: tuple[int, int],
    settings: SelectionSettings,
) -> Selection:
    return select(predictions_of(anchors, boxes, logits, image_hw), settings)
