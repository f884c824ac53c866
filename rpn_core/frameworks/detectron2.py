"""detectron2's DefaultAnchorGenerator: sizes in pixels, ratios h/w, a list a level, size-major."""

from __future__ import annotations

from typing import Any

from rpn_core.errors import UserError
from rpn_core.frameworks.exported import (
    Exported,
    Levels,
    commented,
    list_of,
    list_of_lists,
    lists_refused,
    scaled_sizes,
    size_factor_warning,
    strides_text,
    uneven_warning,
)
from rpn_core.frameworks.fit import fit
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
from rpn_core.messages import Message, msg
from rpn_core.settings import AnchorSettings
from rpn_core.settings.spelling import spell

YAML, LAZY = "detectron2 yaml", "detectron2 LazyConfig"
_ABOUT = "Sizes: sqrt(area) in pixels of the network input; ratios: h/w; one list per level,"


def _warnings(settings: AnchorSettings) -> list[Message]:
    warnings = []
    if settings.convention != "detectron2":
        warnings.append(
            msg(
                "The app's anchors follow torchvision's convention; detectron2 does not round "
                "corners, uses the nominal stride, and orders a cell's anchors by size first."
            )
            if settings.convention == "torchvision"
            else msg(
                "The app's anchors follow mmdetection's order on a cell, all sizes of the first "
                "ratio first; detectron2 orders them by size first."
            )
        )
    if settings.offset >= 1:
        warnings.append(msg("The app's grid offset is 1, but detectron2 takes 0 <= offset < 1."))
    return [
        *warnings,
        *size_factor_warning(settings),
        *uneven_warning(settings, msg("detectron2's StandardRPNHead")),
    ]


def _shared_once(ratios: Levels) -> str:
    return list_of_lists(ratios[:1] if len(set(ratios)) == 1 else ratios)


def _decimal(number: float) -> str:
    """With a point: yacs refuses an integer where the default is a float."""
    return repr(float(number))


def export_yaml(settings: AnchorSettings, strides: tuple[int, ...]) -> Exported:
    """Write the ANCHOR_GENERATOR section of a yaml config; of lists of shapes, why not.

    >>> print(export_yaml(AnchorSettings(((32,),), ((0.5, 1),)), (16,)).text.splitlines()[-3])
        SIZES: [[32]]
    """
    why = lists_refused(settings, strides, "DefaultAnchorGenerator")
    if why is not None:
        return Exported(commented((why,), ()), "anchors_detectron2.yaml", "yaml", (why,))
    warnings = _warnings(settings)
    text = (
        f"{commented((f'{_ABOUT} {strides_text(strides)}.',), warnings)}"
        "MODEL:\n"
        "  ANCHOR_GENERATOR:\n"
        "    NAME: DefaultAnchorGenerator\n"
        f"    SIZES: {list_of_lists(scaled_sizes(settings))}\n"
        f"    ASPECT_RATIOS: {_shared_once(settings.aspect_ratios)}\n"
        f"    OFFSET: {_decimal(settings.offset)}\n"
    )
    return Exported(text, "anchors_detectron2.yaml", "yaml", tuple(warnings))


def export_lazy(settings: AnchorSettings, strides: tuple[int, ...]) -> Exported:
    """Write the anchor generator of a LazyConfig; of lists of shapes, why not.

    >>> print(export_lazy(AnchorSettings(((32,),), ((0.5, 1),)), (16,)).text.splitlines()[-2])
        offset=0.5,
    """
    why = lists_refused(settings, strides, "DefaultAnchorGenerator")
    if why is not None:
        return Exported(commented((why,), ()), "anchors_detectron2.py", "python", (why,))
    warnings = _warnings(settings)
    text = (
        f"{commented((f'{_ABOUT} {strides_text(strides)}.',), warnings)}"
        "from detectron2.config import LazyCall as L\n"
        "from detectron2.modeling.anchor_generator import DefaultAnchorGenerator\n"
        "\n"
        "anchor_generator = L(DefaultAnchorGenerator)(\n"
        f"    sizes={list_of_lists(scaled_sizes(settings))},\n"
        f"    aspect_ratios={_shared_once(settings.aspect_ratios)},\n"
        f"    strides={list_of(strides)},\n"
        f"    offset={spell(settings.offset)},\n"
        ")\n"
    )
    return Exported(text, "anchors_detectron2.py", "python", tuple(warnings))


# ---- reading ---------------------------------------------------------------------------------


def read(
    sizes: Any,
    ratios: Any,
    offset: Any,
    text: str,
    strides: tuple[int, ...],
    *,
    written_strides: tuple[float, ...] | None,
    lazy: bool,
    draft: Draft,
) -> Pasted:
    """Read the arguments as detectron2 does.

    A flat list, and a single list of lists, is laid on every level there.

    Args:
        written_strides: of the text, where it has any.
        draft: with what was told of the text before.
    Raises:
        UserError: nothing usable is written, or the offset is no number from 0 to 1.
    """
    size_name, ratio_name = ("sizes", "aspect_ratios") if lazy else ("SIZES", "ASPECT_RATIOS")
    if not is_number(offset) or not 0 <= offset <= 1:
        raise UserError(
            "The offset is {offset}, but it must be a number from 0 to 1, in strides.",
            offset=shown(offset),
        )
    written_sizes, _ = nested(draft, size_name, sizes)
    written_ratios, _ = nested(draft, ratio_name, ratios)
    size_levels = valid_numbers(draft, "sizes", size_name, written_sizes)
    ratio_levels = valid_numbers(draft, "aspect_ratios", ratio_name, written_ratios)
    if says_w_over_h(text):
        ratio_levels = inverted(draft, "detectron2", ratio_levels)
    levels = len(written_strides or strides)
    if len(size_levels) == 1 and levels > 1:
        if len(size_levels[0]) == levels:
            draft.remark(
                msg(
                    "detectron2 lays all {levels} sizes of {name} on each of the {levels} levels. "
                    "If one size a level was meant, write one list per level: {lists}.",
                    levels=levels,
                    name=size_name,
                    lists=list_of_lists(tuple((size,) for size in size_levels[0])),
                )
            )
        size_levels *= levels
    settings = fit(
        draft,
        size_levels,
        ratio_levels,
        strides,
        shared=True,
        offset=offset,
        convention="detectron2",
        written_strides=written_strides,
    )
    export = export_lazy if lazy else export_yaml
    return draft.done(LAZY if lazy else YAML, settings, lambda made: export(made, strides))
