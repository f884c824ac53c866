"""The anchors of a level in words."""

from __future__ import annotations

from collections.abc import Sequence

from rpn_core.anchors.shapes import level_shapes
from rpn_core.messages import Message, msg, tr
from rpn_core.settings import AnchorSettings


def level_text(settings: AnchorSettings, level: int) -> Message:
    """Sizes and ratios, or the shapes of a list; in pixels, with the size factor.

    >>> print(level_text(AnchorSettings(((32, 64),), ((1,),)), 0))
    sizes 32, 64; h/w 1
    """
    first, ratios = level_columns(settings, level)
    if settings.listed(level):
        return msg("width x height {shapes}", shapes=first)
    return msg("sizes {sizes}; h/w {ratios}", sizes=first, ratios=ratios)


def level_columns(settings: AnchorSettings, level: int) -> tuple[str, str]:
    """The same for a table: sizes, or width x height of each shape; and ratios h/w.

    >>> listed = AnchorSettings(((32,),), ((1,),), size_factor=2, shapes=(((10, 13), (5, 5)),))
    >>> level_columns(listed, 0)
    ('20x26, 10x10', '1.3, 1')
    """
    if settings.listed(level):
        shapes = level_shapes(settings, level)
        sides = ", ".join(f"{shape.width:g}x{shape.height:g}" for shape in shapes)
        return sides, _listed([shape.ratio for shape in shapes])
    sizes = [size * settings.size_factor for size in settings.sizes[level]]
    return _listed(sizes), _listed(settings.aspect_ratios[level])


def _listed(numbers: Sequence[float]) -> str:
    return ", ".join(f"{number:g}" for number in numbers) or tr("none")
