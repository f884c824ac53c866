"""torchvision's `cell_anchors`, which overrule sizes and ratios: the corners of each anchor."""

from __future__ import annotations

from typing import Any

from rpn_core.errors import UserError
from rpn_core.frameworks.fit import levels_text
from rpn_core.frameworks.listed import settings_of_lists
from rpn_core.frameworks.pasted import Draft, Pasted, is_number, shown
from rpn_core.messages import msg, nmsg
from rpn_core.settings import AnchorConvention

_SAME = 1e-3  # corners of a centred box that differ by less, pixels


def read_cells(cells: Any, strides: tuple[int, ...], framework: str, draft: Draft) -> Pasted:
    """Read `cell_anchors`: for each level the corners of each anchor around the cell's point.

    torchvision lays them as they are, so corners that are not whole want a convention that leaves
    them so; its stride is then the nominal one.

    Raises:
        UserError: they are no boxes around it, or not for this model's levels.
    """
    levels = tuple(tuple(map(_centred, level)) for level in _levels(cells, strides))
    whole = all(side % 2 == 0 for shapes in levels for shape in shapes for side in shape)
    if not whole:
        draft.remark(
            msg(
                "Some corners are not whole pixels, which the torchvision convention would round: "
                "the anchors are laid as detectron2 lays them, unrounded and at the nominal stride."
            )
        )
    convention: AnchorConvention = "torchvision" if whole else "detectron2"
    return draft.done(framework, settings_of_lists(levels, 0.0, convention), None)


def _levels(value: Any, strides: tuple[int, ...]) -> list[Any]:
    name = "cell_anchors"
    if not isinstance(value, list | tuple) or not all(isinstance(v, list | tuple) for v in value):
        raise UserError(
            "{name} is {value}, but it must be one list per level.", name=name, value=shown(value)
        )
    if len(value) != len(strides):
        raise UserError(
            nmsg(
                "{name} has {count} list, but the model has {levels}: write one list per level.",
                "{name} has {count} lists, but the model has {levels}: write one list per level.",
                count=len(value), name=name, levels=levels_text(strides),
            )
        )  # fmt: skip
    return list(value)


def _numbers(value: Any, count: int) -> bool:
    return isinstance(value, list | tuple) and len(value) == count and all(map(is_number, value))


def _centred(value: Any) -> tuple[float, float]:
    if not _numbers(value, 4) or value[0] >= value[2] or value[1] >= value[3]:
        raise UserError(
            "cell_anchors has {value} where x1, y1, x2, y2 of an anchor belong.", value=shown(value)
        )
    x1, y1, x2, y2 = value
    if abs(x1 + x2) > _SAME or abs(y1 + y2) > _SAME:
        raise UserError(
            "cell_anchors has {value}, which is not centred on the cell's point: the app lays "
            "centred anchors only, and shifts them all by its grid offset.",
            value=shown(value),
        )
    return x2 - x1, y2 - y1
