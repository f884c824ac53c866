"""From a model's name to a model that runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn

from rpn_core.messages import Message, msg
from rpn_core.models.catalogue.card import ModelCard, WeightsKind
from rpn_core.models.catalogue.table import CARDS
from rpn_core.models.networks.base import RpnNetwork
from rpn_core.models.networks.build import build_network
from rpn_core.models.networks.trainable import model_card
from rpn_core.models.rpn import Rpn, WeightsState
from rpn_core.models.runtime.device import choose_device, choose_dtype
from rpn_core.models.weights.checkpoint import (
    FittedState,
    fit_state,
    kind_of_network,
    misfits,
    read_checkpoint,
)
from rpn_core.models.weights.names import by_own_names
from rpn_core.models.weights.pair_check import require_matching_pair
from rpn_core.models.weights.weights_file import Progress, fetch_weights

# torchvision's COCO_V1 weights of these two were trained with batch norm's eps at 0.
_EPS_ZERO = ("fasterrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn")


def load_model(
    name: str,
    device: str = "auto",
    checkpoint: bytes | None = None,
    progress: Progress | None = None,
) -> Rpn:
    """Load one model, ready to run.

    Args:
        name: a key of `table.CARDS`, or a model that `train` makes (`trainable.model_card`).
        device: "auto", "cuda", "mps" or "cpu".
        checkpoint: bytes of a `.safetensors`, `.pth` or `.pt` file to use instead of the model's
            own weights.
        progress: called with (bytes so far, bytes in all or None) while weights are downloaded.
    Returns:
        the model; `state` tells what its weights are. Without weights of its own and without a
        checkpoint it is initialised at random and `state` is UNTRAINED.
    Raises:
        UserError: unknown name or device, weights that cannot be had, a checkpoint that does not
            fit, or a torch and a torchvision that do not match.
    """
    card = model_card(name)
    where = choose_device(device)
    require_matching_pair()
    if checkpoint is not None:
        network, notes = _filled(card, read_checkpoint(checkpoint))
        state = WeightsState.OWN_CHECKPOINT
    elif card.weights_kind is WeightsKind.NONE:
        network, notes = build_network(name), ()
        state = WeightsState.UNTRAINED
    else:
        network, _ = _filled(card, read_checkpoint(fetch_weights(card, progress)))
        notes = ()
        bundled = card.weights_kind is WeightsKind.BUNDLED
        state = WeightsState.BUNDLED if bundled else WeightsState.DOWNLOADED
    if where.type == "cuda":
        # The head's 1x1 outputs are a float32 convolution, which cuDNN would do with the 10 bits
        # of TF32 otherwise: close scores would rank as in half precision.
        torch.backends.cudnn.allow_tf32 = False
    network.eval().requires_grad_(False).to(where)
    # Where a network names a layout it is faster so; elsewhere torchvision's own is kept, since
    # another layout rounds differently and its proposals are held against torchvision's.
    network.to(memory_format=network.MEMORY_FORMAT)
    return Rpn(card, state, where, choose_dtype(where), network, notes)


def _filled(card: ModelCard, state: dict[str, Tensor]) -> tuple[RpnNetwork, tuple[Message, ...]]:
    network, expected = _empty(card.name)
    fitted: FittedState = fit_state(state, expected, card.name, partial(_advice, card.name))
    network.load_state_dict(fitted.tensors, assign=True)
    if card.name in _EPS_ZERO and not _counts_batches(state):
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = 0.0
    return network, fitted.notes


def _empty(name: str) -> tuple[RpnNetwork, dict[str, tuple[int, ...]]]:
    """A network without numbers, and the shape of each tensor that it needs."""
    # On "meta" nothing is allocated, so a detector's unused second stage costs no memory.
    with torch.device("meta"):
        network = build_network(name)
    return network, {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}


def _advice(asked: str, state: Mapping[str, Tensor]) -> Message:
    """Which model here the weights are of; else what their names tell."""
    for name in CARDS:
        if name == asked:
            continue
        expected = _empty(name)[1]
        named = by_own_names(state, expected)
        if misfits(named.tensors, expected) == ([], []):
            if not named.prefix:
                return msg("these are the weights of {other}, so choose that model", other=name)
            return msg(
                "these are the weights of {other} under the prefix {prefix!r}, so choose that "
                "model",
                other=name,
                prefix=named.prefix,
            )
    return kind_of_network(state)


def _counts_batches(state: dict[str, Tensor]) -> bool:
    """Tell ordinary batch norm (1) from the frozen one (0) that COCO_V1 was trained with."""
    return any(key.endswith(".num_batches_tracked") for key in state)
