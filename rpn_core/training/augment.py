"""Random changes to a labelled photo: crop, scale, flip, colour; its boxes follow."""

from __future__ import annotations

import math
import random

import numpy as np
import torch
from PIL import Image, ImageEnhance
from torch import Tensor

from rpn_core.settings import InputSettings
from rpn_core.stages.network_input import Preprocess, prepare_input
from rpn_core.training.cut import Boxes, Rgb, cut
from rpn_core.training.recipe import Recipe


def augment(
    rgb: Rgb,
    boxes: Boxes,
    long_side: int,
    recipe: Recipe,
    preprocess: Preprocess,
    draw: random.Random,
) -> tuple[Tensor, Tensor]:
    """Change one photo at random and bring it to the network's form.

    Args:
        rgb: (H, W, 3) uint8.
        boxes: (G, 4) float32 xyxy, pixels of `rgb`.
        long_side: of the network input before padding.
        draw: where all chance comes from.
    Returns:
        pixels (3, H, W) float32, normalised and zero-padded, and boxes (G', 4) float32 xyxy in
        pixels of the network input.
    """
    if draw.random() < recipe.crop:
        rgb, boxes = _crop(rgb, boxes, recipe, draw)
    if recipe.colour > 0:
        rgb = _recolour(rgb, recipe.colour, draw)
    made = prepare_input(rgb, InputSettings(long_side, long_side), preprocess)
    scaled = made.frame.from_original(torch.from_numpy(boxes))
    pixels = made.pixels[0]
    if draw.random() < recipe.flip:
        height, width = made.image_hw
        pixels = torch.zeros_like(pixels)
        pixels[:, :height, :width] = made.pixels[0, :, :height, :width].flip(-1)
        scaled = torch.stack(
            (width - scaled[:, 2], scaled[:, 1], width - scaled[:, 0], scaled[:, 3]), 1
        )
    return pixels, scaled


def _crop(rgb: Rgb, boxes: Boxes, recipe: Recipe, draw: random.Random) -> tuple[Rgb, Boxes]:
    height, width = rgb.shape[:2]
    area = height * width * draw.uniform(*recipe.crop_area)
    ratio = math.exp(draw.uniform(-math.log(4 / 3), math.log(4 / 3))) * height / width
    wide = min(width, max(1, round(math.sqrt(area / ratio))))
    high = min(height, max(1, round(math.sqrt(area * ratio))))
    left, top = draw.randint(0, width - wide), draw.randint(0, height - high)
    return cut(rgb, boxes, (left, top, left + wide, top + high))


def _recolour(rgb: Rgb, strength: float, draw: random.Random) -> Rgb:
    image = Image.fromarray(rgb)
    for change in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = change(image).enhance(draw.uniform(1 - strength, 1 + strength))
    return np.asarray(image)
