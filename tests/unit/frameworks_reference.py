"""How other frameworks lay anchors, after their documented formulas: readable, slow, and ours.

detectron2 `DefaultAnchorGenerator` and mmdetection `AnchorGenerator` cannot be installed beside
this torch. What their texts mean is computed here, apart from the app's own code.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import yaml

Box = tuple[float, float, float, float]


def detectron2(
    grids: Sequence[tuple[int, int]],
    sizes: list[Any],
    aspect_ratios: list[Any],
    strides: Sequence[float],
    offset: float = 0.5,
) -> list[Box]:
    """Sizes in pixels, h/w; for each cell all ratios of the first size, then of the next."""
    assert 0 <= offset < 1
    boxes = []
    for level, (height, width) in enumerate(grids):
        for y in range(height):
            for x in range(width):
                cx, cy = (x + offset) * strides[level], (y + offset) * strides[level]
                for size in broadcast(sizes, len(grids))[level]:
                    for ratio in broadcast(aspect_ratios, len(grids))[level]:
                        w = math.sqrt(size**2 / ratio)
                        boxes.append(around(cx, cy, w, ratio * w))
    return boxes


def broadcast(values: list[Any], levels: int) -> list[list[float]]:
    """A flat list, or a list of one list, is meant for every level."""
    if not isinstance(values[0], list | tuple):
        return [values] * levels
    if len(values) == 1:
        return values * levels
    assert len(values) == levels
    return values


def mmdetection(
    grids: Sequence[tuple[int, int]],
    strides: list[float],
    ratios: list[float],
    scales: list[float],
    base_sizes: list[float] | None = None,
    scale_major: bool = True,
    centers: list[tuple[float, float]] | None = None,
    center_offset: float = 0,
    type: str = "AnchorGenerator",
) -> list[Box]:
    """Scales times base size; the centre is shifted by a share of the base size, or by pixels."""
    assert center_offset == 0 or centers is None
    bases = base_sizes or strides
    assert len(bases) == len(strides) == len(grids)
    boxes = []
    for level, (height, width) in enumerate(grids):
        base, stride = bases[level], strides[level]
        dx, dy = centers[level] if centers else (center_offset * base, center_offset * base)
        if scale_major:
            shapes = [(scale, ratio) for ratio in ratios for scale in scales]
        else:
            shapes = [(scale, ratio) for scale in scales for ratio in ratios]
        for y in range(height):
            for x in range(width):
                for scale, ratio in shapes:
                    w, h = base * scale / math.sqrt(ratio), base * scale * math.sqrt(ratio)
                    boxes.append(around(x * stride + dx, y * stride + dy, w, h))
    return boxes


def around(cx: float, cy: float, w: float, h: float) -> Box:
    return (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)


def lazy_arguments(text: str) -> dict[str, Any]:
    """What a LazyConfig snippet passes to the generator."""
    body = "\n".join(line for line in text.splitlines() if not line.startswith("from "))
    scope: dict[str, Any] = {"L": lambda cls: lambda **given: given, "DefaultAnchorGenerator": None}
    exec(body, scope)
    return dict(scope["anchor_generator"])


def yaml_arguments(text: str) -> dict[str, Any]:
    """What detectron2 takes from a yaml config."""
    part = yaml.safe_load(text)["MODEL"]["ANCHOR_GENERATOR"]
    assert part["NAME"] == "DefaultAnchorGenerator"
    assert isinstance(part["OFFSET"], float)  # yacs refuses an int there
    return {
        "sizes": part["SIZES"],
        "aspect_ratios": part["ASPECT_RATIOS"],
        "offset": part["OFFSET"],
    }


def dict_arguments(text: str) -> dict[str, Any]:
    """The dict of an mmdetection snippet."""
    scope: dict[str, Any] = {}
    exec(text, scope)
    assert scope["anchor_generator"]["type"] == "AnchorGenerator"
    return dict(scope["anchor_generator"])
