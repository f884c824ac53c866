"""The shapes of a level's anchors, whatever they were given by: sizes x ratios, or a list."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rpn_core.settings import AnchorSettings


class Shape(NamedTuple):
    """One anchor of every cell, with the size factor and before any rounding.

    Attributes:
        width, height: pixels of the network input. Of a list these are its own numbers, times
            the size factor; of a size and a ratio, float32, as frameworks compute them.
        size: sqrt(width * height), as it was asked for.
        ratio: height / width, as it was asked for.
    """

    width: float
    height: float
    size: float
    ratio: float


def shape_wh(sizes: Tensor, aspect_ratios: Tensor) -> Tensor:
    """Width and height from size and ratio.

        area = size^2 = w * h  and  ratio = h / w   =>   h = size * sqrt(ratio), w = h / ratio

    Args:
        sizes: (...) float, sqrt(area) in pixels.
        aspect_ratios: (...) float, h/w.
    Returns:
        (..., 2) float (w, h) in the same pixels.

    >>> shape_wh(torch.tensor(16.), torch.tensor(4.)).tolist()
    [8.0, 32.0]
    """
    h_factor = torch.sqrt(aspect_ratios)
    return torch.stack((sizes * (1 / h_factor), sizes * h_factor), dim=-1)


def product_shapes(
    sizes: Sequence[float], aspect_ratios: Sequence[float], *, ratio_major: bool
) -> tuple[Shape, ...]:
    """Every size with every ratio.

    Args:
        sizes: sqrt(area) of each, pixels of the network input.
        aspect_ratios: h/w of each.
        ratio_major: all sizes of the first ratio come first (torchvision), else all ratios of
            the first size (detectron2).

    >>> [shape[2:] for shape in product_shapes((8, 16), (1, 2), ratio_major=True)]
    [(8, 1), (16, 1), (8, 2), (16, 2)]
    """
    if ratio_major:
        pairs = [(size, ratio) for ratio in aspect_ratios for size in sizes]
    else:
        pairs = [(size, ratio) for size in sizes for ratio in aspect_ratios]
    asked = torch.tensor(pairs, dtype=torch.float32).reshape(-1, 2)
    sides = shape_wh(asked[:, 0], asked[:, 1]).tolist()
    return tuple(
        Shape(width, height, size, ratio)
        for (width, height), (size, ratio) in zip(sides, pairs, strict=True)
    )


def listed_shapes(
    pairs: Sequence[tuple[float, float]], size_factor: float = 1.0
) -> tuple[Shape, ...]:
    """The shapes of a list of (width, height), in its order.

    >>> listed_shapes([(8, 32)])
    (Shape(width=8.0, height=32.0, size=16.0, ratio=4.0),)
    """
    return tuple(
        Shape(
            width * size_factor, height * size_factor,
            math.sqrt(width * height) * size_factor, height / width,
        )
        for width, height in pairs
    )  # fmt: skip


def level_shapes(settings: AnchorSettings, level: int) -> tuple[Shape, ...]:
    """The shapes on each cell of a level, in the order of its anchors.

    A level with a list has exactly these; any other has all pairs of its sizes and ratios, in the
    order of the convention.

    >>> level_shapes(AnchorSettings(((32,),), ((1,),), shapes=(((10, 13), (16, 30)),)), 0)[0][:2]
    (10.0, 13.0)
    """
    if listed := settings.listed(level):
        return listed_shapes(listed, settings.size_factor)
    return product_shapes(
        tuple(size * settings.size_factor for size in settings.sizes[level]),
        settings.aspect_ratios[level],
        ratio_major=settings.convention != "detectron2",
    )


def shapes_by_level(settings: AnchorSettings) -> tuple[tuple[Shape, ...], ...]:
    """`level_shapes` of every level."""
    return tuple(level_shapes(settings, level) for level in range(len(settings.sizes)))


def shape_counts(settings: AnchorSettings) -> tuple[int, ...]:
    """How many anchors lie on each cell of every level.

    >>> shape_counts(AnchorSettings(((32, 64), (128,)), ((1, 2), (1,)), shapes=((), ((9, 9),) * 5)))
    (4, 5)
    """
    return tuple(
        len(settings.listed(level)) or len(sizes) * len(ratios)
        for level, (sizes, ratios) in enumerate(
            zip(settings.sizes, settings.aspect_ratios, strict=True)
        )
    )
