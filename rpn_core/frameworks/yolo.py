"""YOLO's anchors: width and height in pixels of the training size, smallest first, a line a level.

YOLOv5 and v7 keep them in a model's yaml, Darknet as one line of its cfg. Pixels are those of the
letterboxed square that training shows the network (`--img`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from rpn_core.frameworks.exported import (
    Exported,
    commented,
    scaled_sizes,
    uneven_warning,
)
from rpn_core.messages import Message, msg
from rpn_core.settings import AnchorSettings, Shapes
from rpn_core.settings.spelling import spell

YAML, LIST = "YOLO yaml", "YOLO w,h list"
_ANY = 640  # px; an input that nothing is scaled from
_ABOUT = "w,h in pixels of the network input, smallest first, one line a level."
_ABOUT_LISTS = "w,h in pixels of the network input, in the order of the lists, one line a level."


def shapes_of(sizes: tuple[float, ...], ratios: tuple[float, ...], scale: float) -> Shapes:
    """(w, h) of a level, by area, in hundredths of a pixel.

        w = size / sqrt(ratio)    h = size * sqrt(ratio)

    >>> shapes_of((64, 32), (1, 4), 1.0)
    ((32.0, 32.0), (16.0, 64.0), (64.0, 64.0), (32.0, 128.0))
    """
    return tuple(
        (round(scale * size / math.sqrt(ratio), 2), round(scale * size * math.sqrt(ratio), 2))
        for size in sorted(sizes)
        for ratio in ratios
    )


def _lines(settings: AnchorSettings, scale: float) -> list[str]:
    levels = [
        _listed(settings, level, scale) or shapes_of(sizes, ratios, scale)
        for level, (sizes, ratios) in enumerate(
            zip(scaled_sizes(settings), settings.aspect_ratios, strict=True)
        )
    ]
    return [", ".join(f"{spell(w)},{spell(h)}" for w, h in shapes) for shapes in levels]


def _listed(settings: AnchorSettings, level: int, scale: float) -> Shapes:
    """The list of a level: to the last digit where nothing scales it, else in hundredths."""
    factor = settings.size_factor * scale
    if factor == 1:
        return settings.listed(level)
    return tuple((round(w * factor, 2), round(h * factor, 2)) for w, h in settings.listed(level))


def _about(settings: AnchorSettings, side: int, image_size: int) -> tuple[list[str], list[Message]]:
    """(comments, warnings)."""
    comments = [_ABOUT_LISTS if settings.shapes else _ABOUT]
    if side != image_size:
        comments.append(
            f"For --img {image_size}: times {image_size / side:.4g}, since the app's network input "
            f"is {side} px long."
        )
    else:
        comments.append(f"For --img {image_size}.")
    warnings = []
    if settings.offset != 0.5:
        warnings.append(
            msg(
                "The app's grid offset is {offset}; YOLO centres anchors in the middle of the "
                "cell (0.5).",
                offset=spell(settings.offset),
            )
        )
    return comments, [*warnings, *uneven_warning(settings, "YOLO")]


def _label(stride: int) -> str:
    power = math.log2(stride)
    return f"P{int(power)}/{stride}" if power == int(power) else f"stride {stride}"


def export_yaml(
    settings: AnchorSettings, strides: tuple[int, ...], *, side: int, image_size: int
) -> Exported:
    """Write the `anchors` of a YOLOv5 or v7 model.

    Args:
        side: long side of the app's network input, which the settings' pixels belong to.
        image_size: of YOLO's training (`--img`); anchors are scaled by image_size / side.

    >>> made = export_yaml(AnchorSettings(((32,),), ((1, 4),)), (8,), side=448, image_size=448)
    >>> print(made.text.splitlines()[-1])
      - [32,32, 16,64]  # P3/8
    """
    comments, warnings = _about(settings, side, image_size)
    comments.append("Train with --noautoanchor, or YOLOv5 may put its own in their place.")
    lines = _lines(settings, image_size / side)
    text = f"{commented(comments, warnings)}anchors:\n" + "".join(
        f"  - [{line}]  # {_label(stride)}\n" for line, stride in zip(lines, strides, strict=True)
    )
    return Exported(text, "anchors_yolo.yaml", "yaml", tuple(warnings))


def export_list(
    settings: AnchorSettings, strides: tuple[int, ...], *, side: int, image_size: int
) -> Exported:
    """Write plain w,h, one line a level; arguments as for `export_yaml`.

    >>> made = export_list(AnchorSettings(((32,),), ((1, 4),)), (8,), side=448, image_size=896)
    >>> print(made.text.splitlines()[-1])
    P3/8: 64,64, 32,128
    """
    comments, warnings = _about(settings, side, image_size)
    lines = _lines(settings, image_size / side)
    text = commented(comments, warnings) + "".join(
        f"{_label(stride)}: {line}\n" for line, stride in zip(lines, strides, strict=True)
    )
    return Exported(text, "anchors_yolo.txt", "text", tuple(warnings))


def corrected_yaml(settings: AnchorSettings, strides: tuple[int, ...]) -> Exported:
    """A pasted yaml as it should be: the levels that have lists, in the pixels of any input."""
    return _of_any_input(export_yaml, settings, strides)


def corrected_list(settings: AnchorSettings, strides: tuple[int, ...]) -> Exported:
    """As `corrected_yaml`, in plain lines."""
    return _of_any_input(export_list, settings, strides)


def _of_any_input(
    export: Callable[..., Exported], settings: AnchorSettings, strides: tuple[int, ...]
) -> Exported:
    levels = [level for level, shapes in enumerate(settings.shapes) if shapes]
    none = ((),) * len(levels)
    listed = tuple(settings.shapes[level] for level in levels)
    made: Exported = export(
        replace(settings, sizes=none, aspect_ratios=none, shapes=listed),
        tuple(strides[level] for level in levels),
        side=_ANY,
        image_size=_ANY,
    )
    return replace(made, text=made.text.replace(f"# For --img {_ANY}.\n", ""))
