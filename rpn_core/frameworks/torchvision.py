"""torchvision's AnchorGenerator: sizes in pixels, ratios h/w, one tuple a level, ratio-major."""

from __future__ import annotations

from typing import Any

from rpn_core.anchors.lay import cell_anchors_of
from rpn_core.anchors.shapes import shapes_by_level
from rpn_core.frameworks.exported import (
    Exported,
    commented,
    list_of,
    scaled_sizes,
    size_factor_warning,
    strides_text,
    tuple_of_tuples,
    uneven_warning,
)
from rpn_core.frameworks.fit import fit
from rpn_core.frameworks.pasted import (
    Draft,
    Pasted,
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
    `offset` is 0 (tests/parity); what differs otherwise is in `warnings`. A list of shapes goes in
    as `cell_anchors`, of every level, beside sizes and ratios that give as many.

    >>> print(export(AnchorSettings(((32,),), ((0.5, 1),), offset=0,
    ...     convention="torchvision"), (16,)).text.splitlines()[4])
        sizes=((32,),),
    """
    if settings.shapes:
        return _export_cells(settings, strides)
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


def _export_cells(settings: AnchorSettings, strides: tuple[int, ...]) -> Exported:
    by_level = shapes_by_level(settings)
    warnings = [
        *_other_offset(settings),
        *size_factor_warning(settings),
        *uneven_warning(settings, msg("torchvision's RPNHead")),
    ]
    if settings.convention != "torchvision":
        warnings.append(
            msg(
                "The app's stride is the nominal one; torchvision divides the padded input by the "
                "grid for its own."
            )
        )
    about = (
        "cell_anchors: x1, y1, x2, y2 around the cell's point, in pixels of the network input; "
        f"{strides_text(strides)}.",
        "torchvision lays these as they are; of sizes and ratios only their number counts.",
    )
    cells = [cell_anchors_of(settings, shapes)[0].tolist() for shapes in by_level]
    tensors = "".join(
        "    torch.tensor([\n"
        + "".join(f"        {list_of(corners)},\n" for corners in level)
        + "    ]),\n"
        if level
        else "    torch.zeros(0, 4),\n"
        for level in cells
    )
    sizes = tuple(tuple(shape.size for shape in shapes) for shapes in by_level)
    text = (
        f"{commented(about, warnings)}"
        "import torch\n"
        "from torchvision.models.detection.anchor_utils import AnchorGenerator\n"
        "\n"
        "anchor_generator = AnchorGenerator(\n"
        f"    sizes={tuple_of_tuples(sizes)},\n"
        f"    aspect_ratios={tuple_of_tuples(((1,),) * len(strides))},\n"
        ")\n"
        f"anchor_generator.cell_anchors = [\n{tensors}]\n"
    )
    return Exported(text, "anchors_torchvision.py", "python", tuple(warnings))


def _other_grid(settings: AnchorSettings) -> list[Message]:
    warnings = _other_offset(settings)
    if settings.convention == "detectron2":
        warnings.append(
            msg(
                "The app's anchors follow detectron2's convention; torchvision rounds corners to "
                "whole pixels, divides the padded input by the grid for its stride, and orders a "
                "cell's anchors by ratio first."
            )
        )
    if settings.convention == "mmdetection":
        warnings.append(
            msg(
                "The app's anchors follow mmdetection's convention; torchvision rounds corners to "
                "whole pixels, and divides the padded input by the grid for its stride."
            )
        )
    return warnings


def _other_offset(settings: AnchorSettings) -> list[Message]:
    if settings.offset == 0:
        return []
    return [
        msg(
            "The app lays these anchors with grid offset {offset}; torchvision centres them at "
            "the cell's corner (offset 0), which it cannot change.",
            offset=spell(settings.offset),
        )
    ]


def read(sizes: Any, ratios: Any, text: str, strides: tuple[int, ...], draft: Draft) -> Pasted:
    """Read the two arguments as torchvision does.

    A flat list of sizes is one size a level there, a flat list of ratios belongs to all levels.

    Raises:
        UserError: nothing usable is written.
    """
    written_sizes, flat = nested(draft, "sizes", sizes)
    if flat:
        written_sizes = [[size] for size in written_sizes[0]]
    written_ratios, shared = nested(draft, "aspect_ratios", ratios)
    size_levels = valid_numbers(draft, "sizes", "sizes", written_sizes)
    ratio_levels = valid_numbers(draft, "aspect_ratios", "aspect_ratios", written_ratios)
    if says_w_over_h(text):
        ratio_levels = inverted(draft, "torchvision", ratio_levels)
    settings = fit(
        draft,
        size_levels,
        ratio_levels,
        strides,
        shared=shared,
        offset=0.0,
        convention="torchvision",
    )
    return draft.done(KEY, settings, lambda made: export(made, strides))
