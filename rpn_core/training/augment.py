"""From labelled images on disk to one batch of network inputs, with random scale and flip."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from rpn_core.network_input import Preprocess, prepare_input
from rpn_core.settings import InputSettings
from rpn_core.training.coco_boxes import LabelledImage
from rpn_core.training.recipe import Recipe


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """N images of one size.

    Attributes:
        pixels: (N, 3, H, W) float32, normalised, zero-padded right and below.
        boxes: per image (G, 4) float32 xyxy, pixels of the network input.
    """

    pixels: Tensor
    boxes: list[Tensor]


def _one(
    labelled: LabelledImage, long_side: int, flip: bool, preprocess: Preprocess
) -> tuple[Tensor, Tensor]:
    """One image as the network sees it, (3, H, W) with padding, and its boxes (G, 4)."""
    with Image.open(labelled.path) as image:
        rgb = np.asarray(image.convert("RGB"))
    network_input = prepare_input(rgb, InputSettings(long_side, long_side), preprocess)
    x, y = network_input.to_original
    boxes = torch.from_numpy(labelled.boxes) / torch.tensor([x, y, x, y])
    pixels = network_input.pixels[0]
    if flip:
        height, width = network_input.image_hw
        pixels = torch.zeros_like(pixels)
        pixels[:, :height, :width] = network_input.pixels[0, :, :height, :width].flip(-1)
        boxes = torch.stack((width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]), 1)
    return pixels, boxes


def load_batch(
    images: list[LabelledImage], recipe: Recipe, preprocess: Preprocess, draw: random.Random
) -> Batch:
    """Read, scale, flip and pad; one long side for the batch, so that little of it is padding."""
    long_side = draw.randint(*recipe.long_side)
    parts = [_one(image, long_side, draw.random() < recipe.flip, preprocess) for image in images]
    height = max(pixels.shape[1] for pixels, _ in parts)
    width = max(pixels.shape[2] for pixels, _ in parts)
    batch = torch.zeros((len(parts), 3, height, width))
    for slot, (pixels, _) in zip(batch, parts, strict=True):
        slot[:, : pixels.shape[1], : pixels.shape[2]] = pixels
    return Batch(batch, [boxes for _, boxes in parts])
