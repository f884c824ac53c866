"""mmdetection's generators, from 1.x to 3.x, read: see `mmdetection` for their units and order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rpn_core.errors import UserError
from rpn_core.frameworks.fit import fit
from rpn_core.frameworks.listed import WrittenList, read_lists, ssd_sides
from rpn_core.frameworks.mmdetection import KEY, export
from rpn_core.frameworks.pasted import (
    Draft,
    Pasted,
    inverted,
    is_number,
    nested,
    says_w_over_h,
    shown,
    valid_numbers,
)
from rpn_core.messages import msg, nmsg
from rpn_core.settings import number_of
from rpn_core.settings.spelling import spell

# Of 1.x, and of Guided Anchoring there, by the names that they have had since.
OLD_NAMES = {
    "anchor_scales": "scales",
    "anchor_ratios": "ratios",
    "octave_ratios": "ratios",
    "anchor_strides": "strides",
    "anchor_base_sizes": "base_sizes",
}
ARGUMENTS = ("strides", "ratios", "scales", "base_sizes", "scale_major", "octave_base_scale",
             "scales_per_octave", "centers", "center_offset")  # fmt: skip
SSD_ARGUMENTS = ("min_sizes", "max_sizes", "basesize_ratio_range", "input_size")
# (input size, percent that the range begins with): percent of the first level, which is its own.
_SSD_FIRST = {(300, 15): (7, 15), (300, 20): (10, 20), (512, 10): (4, 10), (512, 15): (7, 15)}
_LEGACY = ("LegacyAnchorGenerator", "LegacySSDAnchorGenerator")


def read(
    values: Mapping[str, Any], kind: str, text: str, strides: tuple[int, ...], draft: Draft
) -> Pasted:
    """Read the arguments of a generator, by their names.

    Args:
        kind: the class that it is of.
        draft: with what was told of the text before.
    Raises:
        UserError: strides, scales or ratios are missing, or nothing usable is written.
    """
    of_1x = any(name in values for name in OLD_NAMES)
    values = {OLD_NAMES.get(name, name): value for name, value in values.items()}
    values = {name: value for name, value in values.items() if value is not None}
    if kind == "YOLOAnchorGenerator":
        return _read_yolo(values, strides, draft)
    if kind.endswith("SSDAnchorGenerator"):
        return _read_ssd(values, kind, strides, draft)
    _refuse_missing(values)
    own_strides = read_strides(values["strides"])
    bases = _bases(draft, values.get("base_sizes"), own_strides)
    scales = _scales(draft, values, len(bases))
    sizes = [
        [size for scale in level if (size := _product(draft, scale, base)) is not None]
        for level, base in zip(scales, bases, strict=True)
    ]
    if not any(sizes) and draft.findings:
        raise UserError(
            "scales has no usable number: {finding}", finding=draft.findings[-1].sentence
        )
    size_levels = valid_numbers(draft, "sizes", msg("scale x base size"), sizes)
    written, flat = nested(draft, "ratios", values["ratios"])
    ratios = valid_numbers(draft, "aspect_ratios", "ratios", written)
    if not flat:
        draft.mend(msg("ratios is a list of lists, but mmdetection has one list for all levels."))
    if says_w_over_h(text):
        ratios = inverted(draft, "mmdetection", ratios)
    scale_major = values.get("scale_major", True)
    if scale_major and len(size_levels[0]) > 1 and len(ratios[0]) > 1:
        draft.remark(
            msg(
                "scale_major is True, mmdetection's default: on a cell all sizes of the first "
                "ratio come first. The anchors keep this order of channels, under the convention "
                "mmdetection."
            )
        )
    legacy = of_1x or kind in _LEGACY
    if legacy:
        _tell_legacy(draft, kind)
    offsets = {"center_offset": 0.5} if of_1x else {}
    settings = fit(
        draft,
        size_levels,
        ratios,
        strides,
        shared=True,
        offset=_offset(draft, {**offsets, **values}, own_strides, bases),
        convention="mmdetection" if scale_major else "detectron2",
        written_strides=own_strides,
    )
    return draft.done(KEY, settings, lambda made: export(made, strides))


def _refuse_missing(values: Mapping[str, Any]) -> None:
    """Name all that an override leaves to its `_base_`."""
    octaves = "octave_base_scale" in values and "scales_per_octave" in values
    missing = [
        *([] if "strides" in values else ["strides"]),
        *([] if "scales" in values or octaves else ["scales"]),
        *([] if "ratios" in values else ["ratios"]),
    ]
    if not missing:
        return
    if {"octave_base_scale", "scales_per_octave"} & set(values) and "scales" in missing:
        raise UserError(
            "scales is missing: write scales=[8], or octave_base_scale and scales_per_octave."
        )
    raise UserError(
        "The text lacks {missing}: an override takes that from its _base_, which is not pasted. "
        "Add it, like {example}.",
        missing=missing,
        example="strides=[8, 16, 32, 64], scales=[8], ratios=[0.5, 1, 2]",
    )


def _tell_legacy(draft: Draft, kind: str) -> None:
    draft.lose(
        msg(
            "By {kind} a box is measured in whole pixels, one less than its width: sizes, "
            "ratios and strides are read, but its corners are rounded and lie up to a pixel from "
            "those here, and its centres half a pixel.",
            kind=kind if kind in _LEGACY else msg("mmdetection 1.x"),
        )
    )


def _read_yolo(values: Mapping[str, Any], strides: tuple[int, ...], draft: Draft) -> Pasted:
    if "base_sizes" not in values or "strides" not in values:
        raise UserError(
            "YOLOAnchorGenerator needs base_sizes, one list of (w, h) per level, and strides."
        )
    own = read_strides(values["strides"])
    bases = values["base_sizes"]
    if not isinstance(bases, list | tuple) or len(bases) != len(own):
        raise UserError(
            "base_sizes is {value}, but it must be one list of (w, h) for each of stride "
            "{strides}.",
            value=shown(bases),
            strides=[spell(stride) for stride in own],
        )
    if own[0] > own[-1]:
        draft.remark(
            msg(
                "The text goes from stride {first:g} to {last:g}: each list goes to its stride.",
                first=own[0],
                last=own[-1],
            )
        )
    lists = []
    for level, stride in zip(bases, own, strict=True):
        pairs = level if isinstance(level, list | tuple) else [level]
        if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
            raise UserError(
                "base_sizes has {value}, but YOLOAnchorGenerator takes one list of (w, h) per "
                "level.",
                value=shown(level),
            )
        lists.append(WrittenList([side for pair in pairs for side in pair], stride))
    return read_lists(draft, KEY, lists, strides)


def _ssd_sizes(values: Mapping[str, Any], levels: int) -> dict[str, list[int]]:
    """min_sizes and max_sizes by the share of the image that they span; {} where it is no such.

    Source: mmdetection's SSDAnchorGenerator.__init__.
    """
    shares, side = values.get("basesize_ratio_range"), values.get("input_size", 300)
    if not isinstance(shares, list | tuple) or len(shares) != 2 or not all(map(is_number, shares)):
        return {}
    low, high = (int(min(max(share, 0), 10) * 100) for share in shares)
    first = _SSD_FIRST.get((side, low)) if is_number(side) else None
    step = int((high - low) / (levels - 2)) if levels > 2 else 0
    if first is None or step < 1:
        return {}
    rising = range(low, high + 1, step)
    return {
        "min_sizes": [int(side * percent / 100) for percent in (first[0], *rising)],
        "max_sizes": [int(side * (p + step) / 100) for p in (first[1] - step, *rising)],
    }


def _read_ssd(
    values: Mapping[str, Any], kind: str, strides: tuple[int, ...], draft: Draft
) -> Pasted:
    """min_size with every ratio, and sqrt(min_size x max_size) as a second square.

    Source: mmdetection's SSDAnchorGenerator with scale_major=False, as its configs have it.
    """
    names = ("strides", "ratios", "min_sizes", "max_sizes")
    if "min_sizes" not in values and isinstance(values.get("ratios"), list | tuple):
        values = {**values, **_ssd_sizes(values, len(values["ratios"]))}
    missing = [name for name in names if name not in values]
    if missing:
        raise UserError(
            "{kind} lacks {missing}. Write min_sizes and max_sizes, in pixels, one a level, or a "
            "basesize_ratio_range that mmdetection has, with its input_size of 300 or 512.",
            kind=kind,
            missing=missing,
        )
    if values.get("scale_major", True):
        raise UserError(
            "The shapes of {kind} are picked by their number, which is meant for "
            "scale_major=False, as its configs have it. Write that, if it is what the model was "
            "trained with.",
            kind=kind,
        )
    own = read_strides(values["strides"])
    lists = []
    each = [values[name] for name in names[1:]]
    if not all(isinstance(value, list | tuple) and len(value) == len(own) for value in each):
        raise UserError(
            "ratios, min_sizes and max_sizes of {kind} need one entry for each of stride "
            "{strides}.",
            kind=kind,
            strides=[spell(stride) for stride in own],
        )
    for stride, ratios, smallest, largest in zip(own, *each, strict=True):
        ratios = ratios if isinstance(ratios, list | tuple) else [ratios]
        numbers = [smallest, largest, *ratios]
        if not all(is_number(number) and number > 0 for number in numbers):
            raise UserError(
                "{kind} has {value} among its sizes and ratios, which must be numbers above 0.",
                kind=kind,
                value=shown(numbers),
            )
        sides = ssd_sides(smallest, math.sqrt(smallest * largest), ratios)
        lists.append(WrittenList(sides, stride))
    if kind in _LEGACY:
        _tell_legacy(draft, kind)
    return read_lists(draft, KEY, lists, strides)


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
