"""Recall of a network in training, on images that it does not learn from."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from rpn_core.evaluation.object_groups import ALL
from rpn_core.evaluation.proposers import ModelProposer
from rpn_core.evaluation.recall import GroupRecall, RecallCounter
from rpn_core.models.any_anchor_network import AnyAnchorNetwork
from rpn_core.models.card import ModelCard
from rpn_core.models.rpn import Rpn, WeightsState
from rpn_core.training.coco_boxes import LabelledImage


def proposer_of(network: AnyAnchorNetwork, card: ModelCard) -> ModelProposer:
    """A copy of the network, as the rest of the library uses models."""
    device = next(network.parameters()).device
    frozen = copy.deepcopy(network).eval().requires_grad_(False)
    rpn = Rpn(card, WeightsState.OWN_CHECKPOINT, device, torch.float32, frozen)
    return ModelProposer(rpn, card.own_settings)


def read_rgb(labelled: LabelledImage) -> NDArray[np.uint8]:
    """(H, W, 3) uint8."""
    with Image.open(labelled.path) as image:
        return np.asarray(image.convert("RGB"))


def validate(proposer: ModelProposer, images: Sequence[LabelledImage]) -> GroupRecall:
    """Recall of the proposals on all objects."""
    counter = RecallCounter()
    for labelled in images:
        boxes = proposer.propose(read_rgb(labelled)).boxes
        counter.add(boxes, labelled.boxes.astype(np.float64))
    return counter.recall([ALL])[0]
