"""torchvision's AnchorGenerator: sizes in pixels, ratios h/w, one tuple a level, ratio-major."""

from __future__ import annotations

from typing import Any

from rpn_core.frameworks.exported import (
    Exported,
    commented,
    scaled_sizes,
    size_factor_warning,
    strides_text,
    tuple_of_tuples,
    uneven_warning,
)
from rpn_core.frameworks.pasted import (
    Draft,
    Pasted,
    finished,
    fit_levels,
    fit_ratios,
    inverted,
    nested,
    says_w_over_h,
    valid_numbers,
)
from rpn_core.messages import Message, msg
from rpn_core.settings import AnchorSettings
from rpn_core.settings.spelling import spell

KEY = "torchvision"


def export(settings: AnchorSettings, strides: tuple[int, ...]) -> Exported:
    """Write a snippet that makes the anchors with torchvision.

    Executed, it yields the app's anchors to the last bit when `convention` is torchvision and
    `offset` is 0 (tests/parity); what differs otherwise is in `warnings`.

    >>> print(export(AnchorSettings(((32,),), ((0.5, 1),), offset=0,
    ...     convention="torchvision"), (16,)).text.splitlines()[4])
        sizes=((32,),),
    """
    warnings = [
        *_other_grid(settings),
        *size_factor_warning(settings),
        *uneven_warning(settings, msg("torchvision's RPNHead")),
    ]
    about = (
        f"Sizes: sqrt(area) in pixels of the network input; ratios: h/w; {strides_text(strides)}.",
    )
    text = (
        f"{commented(about, warnings)}"
        "from torchvision.models.detection.anchor_utils import AnchorGenerator\n"
        "\n"
        "anchor_generator = AnchorGenerator(\n"
        f"    sizes={tuple_of_tuples(scaled_sizes(settings))},\n"
        f"    aspect_ratios={tuple_of_tuples(settings.aspect_ratios)},\n"
        ")\n"
    )
    return Exported(text, "anchors_torchvision.py", "python", tuple(warnings))


def _other_grid(settings: AnchorSettings) -> list[Message]:
    warnings = []
    if settings.offset != 0:
        warnings.append(
            msg(
                "The app lays these anchors with grid offset {offset}; torchvision centres them at "
                "the cell's corner (offset 0), which it cannot change.",
                offset=spell(settings.offset),
            )
        )
    if settings.convention != "torchvision":
        warnings.append(
            msg(
                "The app's anchors follow detectron2's convention; torchvision rounds corners to "
                "whole pixels, divides the padded input by the grid for its stride, and orders a "
                "cell's anchors by ratio first."
            )
        )
    return warnings


def read(sizes: Any, ratios: Any, text: str, strides: tuple[int, ...]) -> Pasted:
    """Read the two arguments as torchvision does.

    A flat list of sizes is one size a level there, a flat list of ratios belongs to all levels.

    Raises:
        UserError: nothing usable is written.
    """
    draft = Draft()
    written_sizes, flat = nested(draft, "sizes", sizes)
    if flat:
        written_sizes = [[size] for size in written_sizes[0]]
    written_ratios, shared = nested(draft, "aspect_ratios", ratios)
    size_levels = valid_numbers(draft, "sizes", "sizes", written_sizes)
    ratio_levels = valid_numbers(draft, "aspect_ratios", "aspect_ratios", written_ratios)
    if says_w_over_h(text):
        ratio_levels = inverted(draft, "torchvision", ratio_levels)
    ratio_levels = fit_ratios(draft, ratio_levels, len(strides), len(written_sizes), shared=shared)
    settings = finished(
        draft,
        fit_levels(draft, size_levels, strides),
        ratio_levels,
        offset=0.0,
        convention="torchvision",
    )
    mended = any(finding.mended for finding in draft.findings)
    corrected = export(settings, strides).text if mended else ""
    return Pasted(KEY, settings, tuple(draft.findings), corrected)
