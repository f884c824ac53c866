"""mmdetection's AnchorGenerator: an anchor's size is scale times base size, ratios are h/w.

The base size of a level is its stride unless `base_sizes` says otherwise. One list of scales and
one of ratios hold for all levels. `center_offset` is counted in base sizes, so with `base_sizes`
the shift of the grid is written as `centers`, in pixels. `scale_major=True`, its default, lays all
scales of the first ratio first (torchvision's order), False all ratios of the first scale
(detectron2's). Corners are never rounded.
"""

from __future__ import annotations

import math

from rpn_core.anchors.shapes import shape_counts, shapes_by_level
from rpn_core.frameworks.exported import (
    Exported,
    Levels,
    commented,
    list_of,
    scaled_sizes,
    size_factor_warning,
)
from rpn_core.messages import Message, msg
from rpn_core.settings import AnchorSettings
from rpn_core.settings.spelling import spell

KEY = "mmdetection"
_SAME = 1e-9  # scales that differ by less are one


def export(settings: AnchorSettings, strides: tuple[int, ...]) -> Exported:
    """Write the dict of an AnchorGenerator.

    Scales are multiples of the stride where all levels agree on them, else multiples of
    `base_sizes`; where not even that is exact, the warning says by how much sizes differ. Levels
    with other ratios, or another number of sizes, cannot be written at all: the text is then a
    comment that says why. With a list of shapes on any level it is a YOLOAnchorGenerator, which
    takes the width and height of every anchor.

    >>> print(export(AnchorSettings(((32,), (64,)), ((1,),) * 2), (8, 16)).text.splitlines()[3])
        scales=[4],
    """
    if settings.shapes:
        return _export_lists(settings, strides)
    sizes = scaled_sizes(settings)
    why = _impossible(settings)
    if why is not None:
        return Exported(commented((why,), ()), "anchors_mmdetection.py", "python", (why,))
    warnings = size_factor_warning(settings)
    if settings.convention == "torchvision":
        warnings.append(_no_rounding())
    scales, bases = _factors(sizes, strides)
    warnings += _deviation(sizes, scales, bases or strides)
    unit = "the base size" if bases else "the stride"
    about = f"Scales: multiples of {unit}, so sqrt(area) in pixels is scale x base; ratios: h/w."
    lines = [
        "type='AnchorGenerator'",
        f"scales={list_of(scales)}",
        f"ratios={list_of(settings.aspect_ratios[0])}",
        f"strides={list_of(strides)}",
        *([f"base_sizes={list_of(bases)}"] if bases else []),
        *_grid_shift(settings.offset, strides, based=bool(bases)),
        *(["scale_major=False"] if settings.convention == "detectron2" else []),
    ]
    text = commented((about,), warnings) + "anchor_generator=dict(\n"
    text += "".join(f"    {line},\n" for line in lines) + ")\n"
    return Exported(text, "anchors_mmdetection.py", "python", tuple(warnings))


def _export_lists(settings: AnchorSettings, strides: tuple[int, ...]) -> Exported:
    """The dict of a YOLOAnchorGenerator: `base_sizes` are (w, h) of each anchor of each level."""
    counts = shape_counts(settings)
    if len(set(counts)) > 1:
        why = msg(
            "mmdetection's YOLOAnchorGenerator cannot express these anchors: it needs as many on "
            "every level, but of shapes the levels have {counts}.",
            counts=counts,
        )
        return Exported(commented((why,), ()), "anchors_mmdetection.py", "python", (why,))
    warnings = size_factor_warning(settings)
    if settings.offset != 0.5:
        warnings.append(
            msg(
                "The app's grid offset is {offset}; YOLOAnchorGenerator centres anchors in the "
                "middle of the cell (0.5), which it cannot change.",
                offset=spell(settings.offset),
            )
        )
    if settings.convention == "torchvision":
        warnings.append(_no_rounding())
    levels = "".join(
        f"        [{', '.join(f'({spell(w)}, {spell(h)})' for w, h, *_ in shapes)}],\n"
        for shapes in shapes_by_level(settings)
    )
    about = "base_sizes: (w, h) of each anchor in pixels of the network input, one line a level."
    text = (
        f"{commented((about,), warnings)}"
        "anchor_generator=dict(\n"
        "    type='YOLOAnchorGenerator',\n"
        f"    strides={list_of(strides)},\n"
        f"    base_sizes=[\n{levels}    ],\n"
        ")\n"
    )
    return Exported(text, "anchors_mmdetection.py", "python", tuple(warnings))


def _no_rounding() -> Message:
    return msg(
        "The app's anchors follow torchvision's convention; mmdetection does not round corners "
        "and uses the nominal stride."
    )


def _impossible(settings: AnchorSettings) -> Message | None:
    if not all(settings.sizes) or not all(settings.aspect_ratios):
        return msg(
            "mmdetection's AnchorGenerator cannot express these anchors: a level has none, but it "
            "lays the same shapes on every level. Give that level sizes, or leave its stride out."
        )
    if len(set(settings.aspect_ratios)) > 1:
        return msg(
            "mmdetection's AnchorGenerator cannot express these anchors: the levels have ratios of "
            "their own, but it has one list of ratios for all levels."
        )
    counts = [len(level) for level in settings.sizes]
    if len(set(counts)) > 1:
        return msg(
            "mmdetection's AnchorGenerator cannot express these anchors: the levels have {counts} "
            "sizes, but it has one list of scales for all levels.",
            counts=counts,
        )
    return None


def _factors(
    sizes: Levels, strides: tuple[int, ...]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(scales, base sizes); base sizes are empty where the strides do."""
    by_stride = _shared_scales(sizes, strides)
    if by_stride:
        return by_stride, ()
    firsts = tuple(level[0] for level in sizes)
    by_first = _shared_scales(sizes, firsts)
    if by_first:
        return by_first, firsts
    # No list of scales is exact: the geometric mean over the levels is nearest to all of them.
    means = tuple(
        float(f"{math.exp(sum(map(math.log, each)) / len(each)):.4g}")
        for each in zip(
            *([size / level[0] for size in level] for level in sizes),
            strict=True,
        )
    )
    multiple = firsts[0] / strides[0]
    if all(first == multiple * stride for first, stride in zip(firsts, strides, strict=True)):
        return tuple(float(f"{multiple * mean:.6g}") for mean in means), ()
    return means, firsts


def _shared_scales(sizes: Levels, bases: tuple[float, ...]) -> tuple[float, ...]:
    """The scales that give all sizes, or none."""
    scales = tuple(size / bases[0] for size in sizes[0])
    exact = all(
        math.isclose(scale * base, size, rel_tol=_SAME)
        for level, base in zip(sizes, bases, strict=True)
        for scale, size in zip(scales, level, strict=True)
    )
    return scales if exact else ()


def _deviation(sizes: Levels, scales: tuple[float, ...], bases: tuple[float, ...]) -> list[Message]:
    worst, size, instead = max(
        (abs(math.log(scale * base / size)), size, scale * base)
        for level, base in zip(sizes, bases, strict=True)
        for scale, size in zip(scales, level, strict=True)
    )
    if worst <= _SAME:
        return []
    return [
        msg(
            "mmdetection has one list of scales for all levels, so sizes differ from the app's by "
            "up to {percent:.2g}%: {size} px becomes {instead:.4g} px.",
            percent=100 * math.expm1(worst),
            size=spell(size),
            instead=instead,
        )
    ]


def _grid_shift(offset: float, strides: tuple[int, ...], *, based: bool) -> list[str]:
    if offset == 0:
        return []
    if not based:
        return [f"center_offset={spell(offset)}"]
    centers = (f"({spell(offset * stride)}, {spell(offset * stride)})" for stride in strides)
    return [f"centers=[{', '.join(centers)}]"]
