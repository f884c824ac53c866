"""mmdetection's AnchorGenerator: an anchor's size is scale times base size, ratios are h/w.

The base size of a level is its stride unless `base_sizes` says otherwise. One list of scales and
one of ratios hold for all levels. `center_offset` is counted in base sizes, so with `base_sizes`
the shift of the grid is written as `centers`, in pixels. `scale_major=True`, its default, lays all
scales of the first ratio first (torchvision's order), False all ratios of the first scale
(detectron2's). Corners are never rounded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rpn_core.anchors.shapes import shape_counts, shapes_by_level
from rpn_core.errors import UserError
from rpn_core.frameworks.exported import (
    Exported,
    Levels,
    commented,
    list_of,
    scaled_sizes,
    size_factor_warning,
)
from rpn_core.frameworks.pasted import (
    Draft,
    Pasted,
    finished,
    fit_levels,
    inverted,
    is_number,
    nested,
    says_w_over_h,
    shown,
    valid_numbers,
)
from rpn_core.messages import Message, msg, nmsg
from rpn_core.settings import AnchorSettings, number_of
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
    if settings.convention != "detectron2":
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


# ---- reading ---------------------------------------------------------------------------------


def read(values: Mapping[str, Any], text: str, strides: tuple[int, ...]) -> Pasted:
    """Read the arguments of an AnchorGenerator, by their names.

    Raises:
        UserError: strides, scales or ratios are missing, or nothing usable is written.
    """
    draft = Draft()
    own_strides = read_strides(values.get("strides"))
    bases = _bases(draft, values.get("base_sizes"), own_strides)
    scales = _scales(draft, values, len(bases))
    sizes = [
        [size for scale in level if (size := _product(draft, scale, base)) is not None]
        for level, base in zip(scales, bases, strict=True)
    ]
    size_levels = valid_numbers(draft, "sizes", msg("scale x base size"), sizes)
    if values.get("ratios") is None:
        raise UserError("ratios is missing: write the list of h/w, like ratios=[0.5, 1, 2].")
    written, flat = nested(draft, "ratios", values["ratios"])
    ratios = valid_numbers(draft, "aspect_ratios", "ratios", written)
    if not flat:
        draft.mend(msg("ratios is a list of lists, but mmdetection has one list for all levels."))
    if says_w_over_h(text):
        ratios = inverted(draft, "mmdetection", ratios)
    fitted = (ratios + ratios[-1:] * len(strides))[: len(strides)]
    settings = finished(
        draft,
        fit_levels(draft, size_levels, strides, written_strides=own_strides),
        fitted,
        offset=_offset(draft, values, own_strides, bases),
        convention="detectron2",
    )
    mended = any(finding.mended for finding in draft.findings)
    corrected = export(settings, strides).text if mended else ""
    return Pasted(KEY, settings, tuple(draft.findings), corrected)


def read_strides(written: Any) -> tuple[float, ...]:
    """Strides as written; of a pair the shorter.

    Raises:
        UserError: they are no numbers from 1 to 4096.
    """
    entries = written if isinstance(written, list | tuple) else ()
    # A pair is (w, h); mmdetection takes the shorter for the base size.
    single = [
        min(entry, key=_sortable) if isinstance(entry, list | tuple) and entry else entry
        for entry in entries
    ]
    if not 0 < len(single) <= 20 or not all(is_number(s) and 1 <= s <= 4096 for s in single):
        raise UserError(
            "strides is {value}, but it must be one stride in pixels per level, like {example}.",
            value=shown(written),
            example="[4, 8, 16, 32, 64]",
        )
    return tuple(single)


def _sortable(value: Any) -> float:
    return float(value) if is_number(value) else math.inf


def _bases(draft: Draft, written: Any, strides: tuple[float, ...]) -> tuple[float, ...]:
    if written is None:
        return strides
    if not isinstance(written, list | tuple) or not all(is_number(b) and b > 0 for b in written):
        raise UserError(
            "base_sizes is {value}, but it must be one size in pixels per level.",
            value=shown(written),
        )
    if len(written) != len(strides):
        draft.mend(
            nmsg(
                "base_sizes has {count} entry, strides {strides}, but mmdetection needs as many: "
                "the strides are taken as base sizes.",
                "base_sizes has {count} entries, strides {strides}, but mmdetection needs as many: "
                "the strides are taken as base sizes.",
                count=len(written),
                strides=len(strides),
            )
        )
        return strides
    return tuple(written)


def _scales(draft: Draft, values: Mapping[str, Any], levels: int) -> list[list[Any]]:
    """One list of scales a level."""
    octave, per_octave = values.get("octave_base_scale"), values.get("scales_per_octave")
    scales = values.get("scales")
    if octave is not None and per_octave is not None:
        if scales is not None:
            draft.mend(msg("scales and octave_base_scale exclude each other: scales is left out."))
        if not is_number(octave) or per_octave not in range(1, 11):
            raise UserError(
                "octave_base_scale is {octave} and scales_per_octave {per_octave}, but they must "
                "be a number and a whole number from 1 to 10.",
                octave=shown(octave),
                per_octave=shown(per_octave),
            )
        return [[octave * 2 ** (i / per_octave) for i in range(per_octave)]] * levels
    if scales is None:
        raise UserError(
            "scales is missing: write scales=[8], or octave_base_scale and scales_per_octave."
        )
    written, flat = nested(draft, "scales", scales)
    if not flat:
        draft.mend(msg("scales is a list of lists, but mmdetection has one list for all levels."))
    return (written + written[-1:] * levels)[:levels]


def _product(draft: Draft, scale: Any, base: float) -> Any:
    """A size in pixels, or None when it is too small; what is no number stays, to be named."""
    if not is_number(scale):
        return scale
    size = scale * base
    tidy = float(f"{size:.10g}")
    size = tidy if math.isclose(size, tidy, rel_tol=1e-13) else size
    if 0 < size < number_of("anchors.sizes").low:
        draft.mend(
            msg(
                "scale {scale} is a {size:.3g} px anchor: scales are multiples of the stride or "
                "base size, here {base} px, not shares of the image. It is left out.",
                scale=spell(scale),
                size=size,
                base=spell(base),
            )
        )
        return None
    return size


def _offset(
    draft: Draft, values: Mapping[str, Any], strides: tuple[float, ...], bases: tuple[float, ...]
) -> float:
    """The shift of the grid in strides."""
    centers, share = values.get("centers"), values.get("center_offset", 0)
    if centers is not None:
        shifts = [center for pair in _pairs(centers) for center in pair]
        each = [stride for stride in strides for _ in (0, 1)]
        if len(shifts) != len(each):
            raise UserError(
                nmsg(
                    "centers has {count} pair, but strides {strides}.",
                    "centers has {count} pairs, but strides {strides}.",
                    count=len(shifts) // 2,
                    strides=len(strides),
                )
            )
    else:
        if not is_number(share) or not 0 <= share <= 1:
            raise UserError(
                "center_offset is {value}, but it must be from 0 to 1.", value=shown(share)
            )
        shifts, each = [share * base for base in bases], list(strides)
    offsets = [shift / stride for shift, stride in zip(shifts, each, strict=True)]
    nearest = min(1.0, max(0.0, float(f"{offsets[0]:.10g}")))
    if any(abs(offset - nearest) > 1e-6 for offset in offsets):
        draft.mend(
            msg(
                "The anchors' centres are {shifts} px from the cell's corner, which is not the "
                "same share of the stride on every level (center_offset counts in base sizes, not "
                "strides): grid offset {offset} is taken for all.",
                shifts=[f"{shift:.4g}" for shift in shifts[:6]],
                offset=spell(nearest),
            )
        )
    return nearest


def _pairs(centers: Any) -> list[tuple[float, float]]:
    pairs = centers if isinstance(centers, list | tuple) else ()
    good = all(
        isinstance(pair, list | tuple) and len(pair) == 2 and all(map(is_number, pair))
        for pair in pairs
    )
    if not pairs or not good:
        raise UserError(
            "centers is {value}, but it must be one pair (x, y) per level.", value=shown(centers)
        )
    return [(pair[0], pair[1]) for pair in pairs]
