"""keras-retinanet's ini and EfficientDet's yaml: read, never written.

Both lay every scale with every ratio around the middle of the cell, unrounded, at the nominal
stride. keras-retinanet lays all scales of the first ratio (h/w) first; EfficientDet all ratios
(w/h, or pairs of factors of w and h) of the first scale.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from typing import Any

from rpn_core.errors import UserError
from rpn_core.frameworks.fit import fit
from rpn_core.frameworks.listed import WrittenList, read_lists, tidy
from rpn_core.frameworks.pasted import (
    MAX_WRITTEN,
    Draft,
    Pasted,
    inverted,
    is_number,
    says_w_over_h,
    shown,
    valid_numbers,
)
from rpn_core.messages import msg

KERAS, EFFICIENT_DET = "keras-retinanet ini", "EfficientDet yaml"
_SECTION = "anchor_parameters"
EFFICIENT_DET_KEYS = ("anchor_scale", "anchors_scales", "anchors_ratios")
_ZYLO_SCALE = 4.0  # of the PyTorch EfficientDet, whose yaml has the scales of an octave only


def is_ini(text: str) -> bool:
    """Whether a text has keras-retinanet's section."""
    return f"[{_SECTION}]" in text


def read_ini(text: str, strides: tuple[int, ...]) -> Pasted:
    """Read `[anchor_parameters]`: sizes, strides, ratios and scales, numbers with spaces.

    Raises:
        UserError: it is no ini file, or an entry is missing or no list of numbers.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
        section = parser[_SECTION]
    except (configparser.Error, KeyError, ValueError) as error:
        line = getattr(error, "lineno", None)
        if line is None and getattr(error, "errors", None):
            line = error.errors[0][0]  # type: ignore[union-attr]
        raise UserError(
            "The text is not a valid ini file (line {line}).", line=line or 1
        ) from error
    missing = [name for name in ("sizes", "strides", "ratios", "scales") if name not in section]
    if missing:
        raise UserError(
            "[anchor_parameters] has no {missing}: keras-retinanet needs sizes, strides, ratios "
            "and scales.",
            missing=missing,
        )
    bases, own, ratios, scales = (
        _numbers(name, section[name]) for name in ("sizes", "strides", "ratios", "scales")
    )
    if len(bases) != len(own):
        raise UserError(
            "sizes is {sizes} and strides {strides}, but both have one number a level.",
            sizes=shown(bases),
            strides=shown(own),
        )
    draft = Draft()
    sizes = valid_numbers(
        draft, "sizes", msg("size x scale"), [[base * scale for scale in scales] for base in bases]
    )
    upright = valid_numbers(draft, "aspect_ratios", "ratios", [list(ratios)])
    if says_w_over_h(text):
        upright = inverted(draft, "keras-retinanet", upright)
    settings = fit(
        draft, sizes, upright, strides, shared=True, offset=0.5, convention="mmdetection",
        written_strides=_strides(own),
    )  # fmt: skip
    return draft.done(KERAS, settings, None)


def _numbers(name: str, written: str) -> tuple[float, ...]:
    words = written.replace(",", " ").split()
    try:
        numbers = tuple(float(word) for word in words)
    except ValueError:
        numbers = ()
    if not 0 < len(numbers) <= MAX_WRITTEN or not all(map(is_number, numbers)):
        raise UserError(
            "{name} is {value}, but it must be numbers with spaces between them.",
            name=name,
            value=shown(written),
        )
    return numbers


def _strides(strides: tuple[float, ...]) -> tuple[float, ...]:
    if not all(1 <= stride <= 4096 for stride in strides):
        raise UserError(
            "strides is {value}, but each must be from 1 to 4096 px.", value=shown(strides)
        )
    return strides


def read_efficient_det(values: Mapping[str, Any], strides: tuple[int, ...]) -> Pasted:
    """Read EfficientDet's parameters: google's, and those of the PyTorch one (`anchors_scales`).

        size = anchor_scale * stride * 2 ** (octave / num_scales)

    Args:
        values: of the yaml, decoded.
    Raises:
        UserError: one is missing or no number.
    """
    draft = Draft()
    octaves = values.get("anchors_scales")
    absent = [
        *([] if "num_scales" in values or octaves is not None else ["num_scales: 3"]),
        *(
            []
            if {"aspect_ratios", "anchors_ratios"} & set(values)
            else ["aspect_ratios: 1, 2, 0.5"]
        ),
    ]
    if absent:
        draft.remark(
            msg("What the text lacks is taken as EfficientDet has it: {absent}.", absent=absent)
        )
    scale = values.get("anchor_scale", _ZYLO_SCALE if octaves is not None else None)
    if octaves is None:
        count = values.get("num_scales", 3)
        if not isinstance(count, int) or not 1 <= count <= 10:
            raise UserError(
                "num_scales is {value}, but it must be a whole number from 1 to 10.",
                value=shown(count),
            )
        octaves = [2 ** (octave / count) for octave in range(count)]
    if not _are_numbers(octaves):
        raise UserError(
            "{name} is {value}, but it must be a list of numbers.",
            name="anchors_scales",
            value=shown(octaves),
        )
    if not is_number(scale) or scale <= 0:
        raise UserError(
            "{name} is {value}, but it must be one number above 0, for all levels: anchors of "
            "another size on each level are not read here.",
            name="anchor_scale",
            value=shown(scale),
        )
    ratios = values.get("aspect_ratios", values.get("anchors_ratios", [1.0, 2.0, 0.5]))
    own = _own_strides(values, strides)
    if _are_numbers(ratios):
        sizes = valid_numbers(
            draft, "sizes", msg("anchor_scale x stride x octave"),
            [[scale * stride * octave for octave in octaves] for stride in own],
        )  # fmt: skip
        upright = valid_numbers(draft, "aspect_ratios", "aspect_ratios", [[1 / r for r in ratios]])
        draft.remark(
            msg(
                "EfficientDet's aspect_ratios are w/h: {written} is h/w {read}.",
                written=[f"{ratio:g}" for ratio in ratios],
                read=[f"{ratio:g}" for ratio in upright[0]],
            )
        )
        settings = fit(
            draft, sizes, upright, strides, shared=True, offset=0.5, convention="detectron2",
            written_strides=own,
        )  # fmt: skip
        return draft.done(EFFICIENT_DET, settings, None)
    if not isinstance(ratios, list | tuple) or not ratios or not all(map(_is_pair, ratios)):
        raise UserError(
            "aspect_ratios is {value}, but it must be a list of w/h, or of pairs like (1.4, 0.7).",
            value=shown(ratios),
        )
    lists = [
        WrittenList(
            [
                tidy(side * scale * stride * octave)
                for octave in octaves
                for pair in ratios
                for side in pair
            ],
            stride,
        )
        for stride in own
    ]
    return read_lists(draft, EFFICIENT_DET, lists, strides)


def _own_strides(values: Mapping[str, Any], strides: tuple[int, ...]) -> tuple[float, ...]:
    """2 ** level from min_level to max_level; without them, those of the model."""
    low, high = values.get("min_level", 3), values.get("max_level", 7)
    if not isinstance(low, int) or not isinstance(high, int) or not 1 <= low <= high <= 9:
        raise UserError(
            "min_level is {low} and max_level {high}, but they must be whole numbers from 1 to 9.",
            low=shown(low),
            high=shown(high),
        )
    written = tuple(float(2**level) for level in range(low, high + 1))
    if "min_level" in values or "max_level" in values:
        return written
    return tuple(float(stride) for stride in strides)


def _are_numbers(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and 0 < len(value) <= MAX_WRITTEN
        and all(is_number(number) and number > 0 for number in value)
    )


def _is_pair(value: Any) -> bool:
    return _are_numbers(value) and len(value) == 2
