"""A network small enough for unit tests, with a head of fixed anchors like torchvision's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import nn
from torchvision.models.detection.rpn import RPNHead

from rpn_core.models.catalogue.card import ModelCard
from rpn_core.models.catalogue.table import CARDS
from rpn_core.models.networks.fixed_rpn import FixedRpn
from rpn_core.models.rpn import Rpn, WeightsState
from rpn_core.settings import InputSettings
from rpn_core.stages.network_input import NetworkInput, prepare_input

TINY_INPUT = InputSettings(min_side=64, max_side=128)
TINY_CARD: ModelCard = replace(CARDS["vgg16"], name="tiny")


def tiny_rpn(state: WeightsState = WeightsState.OWN_CHECKPOINT, **changes: object) -> Rpn:
    """One level of stride 16 with the paper's nine anchors, random weights."""
    torch.manual_seed(3)
    head = RPNHead(in_channels=4, num_anchors=9)
    for layer in (head.cls_logits, head.bbox_pred):
        nn.init.normal_(layer.weight, std=0.5)
    network = FixedRpn(nn.Conv2d(3, 4, 16, stride=16), head).eval().requires_grad_(False)
    rpn = Rpn(TINY_CARD, state, torch.device("cpu"), torch.float32, network)
    return replace(rpn, **changes)  # type: ignore[arg-type]


def tiny_input(rpn: Rpn, hw: tuple[int, int] = (64, 96)) -> NetworkInput:
    rgb = np.random.default_rng(0).integers(0, 256, (*hw, 3), dtype=np.uint8)
    return prepare_input(rgb, TINY_INPUT, rpn.card.preprocess)
