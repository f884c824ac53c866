"""One image as it is matched: everything that a report on its objects looks at."""

from __future__ import annotations

from dataclasses import dataclass

from rpn_core.anchors.lay import Anchors
from rpn_core.settings import AnchorSettings, InputSettings, MatchSettings
from rpn_core.targets.image_objects import ImageObjects


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """Anchors, objects and the settings that they were laid and are matched by.

    Attributes:
        image_hw: size of the resized photo without padding.
        settings: the anchors were laid by them.
        strides: nominal stride of each level, px, for words.
        original_hw: the photo, pixels.
        input: how it became `image_hw`.
    """

    anchors: Anchors
    objects: ImageObjects
    image_hw: tuple[int, int]
    settings: AnchorSettings
    matching: MatchSettings
    strides: tuple[int, ...]
    original_hw: tuple[int, int]
    input: InputSettings
