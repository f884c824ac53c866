"""The network at the start of a run: ImageNet's backbone, or weights that an earlier run made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from rpn_core.errors import UserError
from rpn_core.given_file import read_file
from rpn_core.models.networks.any_anchor import AnyAnchorNetwork
from rpn_core.models.networks.fuse import fuse_batch_norms
from rpn_core.models.networks.plan import LITE0, NetworkPlan
from rpn_core.models.weights.checkpoint import fit_state, read_checkpoint
from rpn_core.models.weights.names import by_own_names
from rpn_core.training.imagenet import load_imagenet
from rpn_core.training.recipe import Recipe


def start_network(
    plan: NetworkPlan, recipe: Recipe, start: Path | None = None, backbone: Path | None = None
) -> AnyAnchorNetwork:
    """Build a network and freeze what the recipe keeps as ImageNet left it.

    Batch norms are folded or keep their statistics: a batch of 8 is small, and detectors usually
    leave them alone. The shifts of folded norms (biases of the backbone) stay frozen too.

    Args:
        start: weights of this network that an earlier run wrote; None for ImageNet's backbone.
        backbone: weights of another network with this backbone, of which only that is taken.
    Raises:
        UserError: weights that do not fit or cannot be had.
    """
    torch.manual_seed(recipe.seed)
    if backbone is not None:
        network = AnyAnchorNetwork(plan)
        _take_backbone(network, backbone)
    elif start is None:
        network = AnyAnchorNetwork(plan, fused=False)
        _load_backbone(network, plan)
        fuse_batch_norms(network.backbone)
    else:
        network = AnyAnchorNetwork(plan)
        expected = {name: tuple(t.shape) for name, t in network.state_dict().items()}
        fitted = fit_state(read_checkpoint(read_file(start)), expected, start.name)
        network.load_state_dict(fitted.tensors)
    for stage in list(_stages(network.backbone))[: 1 + recipe.frozen_blocks]:
        stage.requires_grad_(False)
    for module in network.backbone.modules():
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            module.bias.requires_grad_(False)
    return network.to(memory_format=AnyAnchorNetwork.MEMORY_FORMAT)


def _take_backbone(network: AnyAnchorNetwork, weights: Path) -> None:
    own = network.backbone.state_dict()
    names = [f"backbone.{name}" for name in own]
    given = by_own_names(read_checkpoint(read_file(weights)), names).tensors
    taken = {name: given.get(f"backbone.{name}") for name in own}
    wrong = [name for name, t in taken.items() if t is None or t.shape != own[name].shape]
    if wrong:
        raise UserError(
            "{file} lacks {missing} of the {all} tensors of this backbone ({first}, for one): give "
            "weights of a network with the same backbone.",
            file=weights.name,
            missing=len(wrong),
            all=len(own),
            first=wrong[0],
        )
    network.backbone.load_state_dict(taken)


def _load_backbone(network: AnyAnchorNetwork, plan: NetworkPlan) -> None:
    if plan.backbone == LITE0:
        load_imagenet(network.backbone)
        return
    import timm

    try:
        pretrained = timm.create_model(plan.backbone, features_only=True, pretrained=True)
    except Exception as error:  # of the network, the hub, or a model without weights
        raise UserError(
            "The ImageNet weights of {backbone} cannot be had ({reason}): connect to the internet "
            "once, or give --start with weights of your own.",
            backbone=plan.backbone,
            reason=type(error).__name__,
        ) from None
    # A backbone that ends earlier has a part of the tensors.
    network.backbone.load_state_dict(pretrained.state_dict(), strict=False)


def _stages(backbone: nn.Module) -> Iterator[nn.Module]:
    """The stem, then stage by stage."""
    blocks = getattr(backbone, "blocks", None)
    if isinstance(blocks, nn.Sequential):  # timm's EfficientNets and MobileNets
        yield backbone.conv_stem  # type: ignore[misc]
        yield from blocks
        return
    for child in backbone.children():
        if any(True for _ in child.parameters()):
            yield child
