"""Random anchor shapes, so that the conditioned head learns to score any."""

from __future__ import annotations

import math
import random

from rpn_core.anchors.shapes import shapes_by_level
from rpn_core.settings import AnchorSettings
from rpn_core.training.recipe import Recipe

Shapes = tuple[tuple[float, float], ...]  # (size, ratio h/w) pairs of one level


def canonical_shapes(settings: AnchorSettings) -> tuple[Shapes, ...]:
    """The shapes of the settings, level by level."""
    return tuple(
        tuple((float(shape.size), float(shape.ratio)) for shape in shapes)
        for shapes in shapes_by_level(settings)
    )


def random_shapes(
    strides: tuple[int, ...], recipe: Recipe, draw: random.Random
) -> tuple[Shapes, ...]:
    """Draw sizes around each level's own (4 strides) and ratios evenly in log."""
    ratio = math.log(recipe.random_ratio_max)

    def shape(stride: int) -> tuple[float, float]:
        wide = draw.random() < recipe.wide_share
        size_log2 = draw.uniform(*(recipe.wide_size_log2 if wide else recipe.random_size_log2))
        return 4 * stride * 2**size_log2, math.exp(draw.uniform(-ratio, ratio))

    return tuple(tuple(shape(stride) for _ in range(recipe.random_shapes)) for stride in strides)
