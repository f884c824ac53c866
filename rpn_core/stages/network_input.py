"""From a photo to the network's input, and from its pixels back to the photo's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from rpn_core.geometry.frame import Frame
from rpn_core.settings import InputSettings


@dataclass(frozen=True, slots=True)
class Preprocess:
    """How a model wants its input: part of the model's description, not a setting.

    Attributes:
        mean, std: per RGB channel, of values in [0, 1].
        size_divisor: both sides are padded with zeros, right and below, to a multiple of it.
        antialias: smooth while shrinking; torchvision's detectors do not.
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    size_divisor: int
    antialias: bool


@dataclass(frozen=True, eq=False, slots=True)
class NetworkInput:
    """One photo as the network sees it.

    Attributes:
        pixels: (1, 3, H, W) float32, normalised and padded; H, W = padded_hw.
        frame: the photo, and the photo after resizing without padding.
        padded_hw: the whole input, pixels of the network input.
    """

    pixels: Tensor
    frame: Frame
    padded_hw: tuple[int, int]

    @property
    def original_hw(self) -> tuple[int, int]:
        return self.frame.original_hw

    @property
    def image_hw(self) -> tuple[int, int]:
        return self.frame.image_hw


def resized_hw(original_hw: tuple[int, int], settings: InputSettings) -> tuple[int, int]:
    """Size after scaling the short side to min_side, unless the long side would pass max_side.

    Sides are rounded down, and never below one pixel, as torchvision does it.

    Source: torchvision GeneralizedRCNNTransform (tests/parity).

    >>> resized_hw((600, 800), InputSettings(min_side=600, max_side=1000))
    (600, 800)
    >>> resized_hw((100, 1000), InputSettings(min_side=600, max_side=1000))
    (100, 1000)
    """
    # In double precision, as torchvision computes it: the floor below flips on the last bit.
    scale = min(settings.min_side / min(original_hw), settings.max_side / max(original_hw))
    return (max(1, int(original_hw[0] * scale)), max(1, int(original_hw[1] * scale)))


def prepare_input(
    rgb: NDArray[np.uint8], settings: InputSettings, preprocess: Preprocess
) -> NetworkInput:
    """Resize, normalise and pad one photo.

    Args:
        rgb: (H, W, 3) uint8, the original photo.
    Returns:
        the input; its `pixels` are on the CPU.
    Source: agrees with torchvision's GeneralizedRCNNTransform when antialias is off (tests/parity).
    """
    original_hw = (int(rgb.shape[0]), int(rgb.shape[1]))
    image_hw = resized_hw(original_hw, settings)
    mean = torch.tensor(preprocess.mean)[:, None, None]
    std = torch.tensor(preprocess.std)[:, None, None]
    # (H, W, 3) uint8 -> (3, H, W) float in [0, 1]
    # Copied, since a photo is read-only and a tensor cannot be.
    image = torch.tensor(np.ascontiguousarray(rgb)).permute(2, 0, 1).float() / 255
    image = (image - mean) / std
    if image_hw != original_hw:
        image = F.interpolate(
            image[None],
            size=image_hw,
            mode="bilinear",
            align_corners=False,
            antialias=preprocess.antialias,
        )[0]
    divisor = preprocess.size_divisor
    padded_hw = (-(-image_hw[0] // divisor) * divisor, -(-image_hw[1] // divisor) * divisor)
    pixels = image.new_zeros((1, 3, *padded_hw))
    pixels[0, :, : image_hw[0], : image_hw[1]] = image
    return NetworkInput(pixels, Frame(original_hw, image_hw), padded_hw)
