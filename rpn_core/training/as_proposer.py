"""A network in training, as the rest of the library uses models."""

from __future__ import annotations

import copy

import torch

from rpn_core.models.catalogue.card import ModelCard
from rpn_core.models.networks.any_anchor import AnyAnchorNetwork
from rpn_core.models.rpn import Rpn, WeightsState
from rpn_core.proposers.rpn import RpnProposer


def proposer_of(network: AnyAnchorNetwork, card: ModelCard) -> RpnProposer:
    """Propose with a copy of the network, as it is now."""
    device = next(network.parameters()).device
    frozen = copy.deepcopy(network).eval().requires_grad_(False)
    rpn = Rpn(card, WeightsState.OWN_CHECKPOINT, device, torch.float32, frozen)
    return RpnProposer(rpn, card.own_settings)
