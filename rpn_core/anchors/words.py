"""The anchors of a level in words."""

from __future__ import annotations

from rpn_core.anchors.shapes import level_shapes
from rpn_core.messages import Message, msg
from rpn_core.settings import AnchorSettings


def level_text(settings: AnchorSettings, level: int) -> Message:
    """Sizes and ratios, or the shapes of a list; in pixels, with the size factor.

    >>> listed = AnchorSettings(((32, 64),), ((1,),))
    >>> print(level_text(listed, 0))
    sizes 32, 64; h/w 1
    """
    if settings.listed(level):
        shapes = [f"{w:g}x{h:g}" for w, h, *_ in level_shapes(settings, level)]
        return msg("width x height {shapes}", shapes=shapes)
    sizes = [f"{size * settings.size_factor:g}" for size in settings.sizes[level]]
    ratios = [f"{ratio:g}" for ratio in settings.aspect_ratios[level]]
    return msg(
        "sizes {sizes}; h/w {ratios}", sizes=sizes or msg("none"), ratios=ratios or msg("none")
    )
