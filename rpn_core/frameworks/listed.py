"""Lists of shapes where generators take them: torchvision's `cell_anchors`, mmdetection's YOLO."""

from __future__ import annotations

import math
from typing import Any

from rpn_core.errors import UserError
from rpn_core.frameworks.pasted import ConfigFinding, Pasted, is_number, shown
from rpn_core.messages import Message, msg, nmsg
from rpn_core.settings import AnchorConvention, AnchorSettings, Shapes

_SAME = 1e-3  # corners of a centred box that differ by less, pixels


def read_cells(cells: Any, strides: tuple[int, ...], framework: str) -> Pasted:
    """Read `cell_anchors`: for each level the corners of each anchor around the cell's point.

    torchvision lays them as they are, so corners that are not whole want a convention that leaves
    them so; its stride is then the nominal one.

    Raises:
        UserError: they are no boxes around it, or not for this model's levels.
    """
    levels = tuple(tuple(map(_centred, level)) for level in _levels(cells, "cell_anchors", strides))
    if all(side % 2 == 0 for shapes in levels for shape in shapes for side in shape):
        return Pasted(framework, _settings(levels, 0.0, "torchvision"), (), "")
    said = msg(
        "Some corners are not whole pixels, which the torchvision convention would round: the "
        "anchors are laid as detectron2 lays them, unrounded and at the nominal stride."
    )
    finding = ConfigFinding(said, False)
    return Pasted(framework, _settings(levels, 0.0, "detectron2"), (finding,), "")


def read_base_sizes(
    base_sizes: Any, written_strides: tuple[float, ...], strides: tuple[int, ...], framework: str
) -> Pasted:
    """Read mmdetection's YOLOAnchorGenerator: `base_sizes` are (w, h) of each anchor, a list a
    stride, from the coarsest to the finest as often as not.

    Raises:
        UserError: they are no pairs, or the strides are not those of the model.
    """
    if sorted(written_strides) != sorted(strides):
        raise UserError(
            "The text is for strides {written}, but the model has {strides}: choose a model with "
            "these strides, or leave levels out.",
            written=[f"{stride:g}" for stride in written_strides],
            strides=strides,
        )
    written = [tuple(map(_pair, level)) for level in _levels(base_sizes, "base_sizes", strides)]
    by_stride = dict(zip(written_strides, written, strict=True))
    levels = tuple(by_stride[stride] for stride in strides)
    findings: tuple[ConfigFinding, ...] = ()
    if tuple(written_strides) != strides:
        said = msg("The text goes from stride {first:g} to {last:g}: each list goes to its stride.",
                   first=written_strides[0], last=written_strides[-1])  # fmt: skip
        findings = (ConfigFinding(said, False),)
    return Pasted(framework, _settings(levels, 0.5, "detectron2"), findings, "")


def _levels(value: Any, name: str, strides: tuple[int, ...]) -> list[Any]:
    if not isinstance(value, list | tuple) or not all(isinstance(v, list | tuple) for v in value):
        raise UserError(
            "{name} is {value}, but it must be one list per level.", name=name, value=shown(value)
        )
    if len(value) != len(strides):
        raise UserError(
            nmsg(
                "{name} has {count} list, but the model has {levels}: write one list per level.",
                "{name} has {count} lists, but the model has {levels}: write one list per level.",
                count=len(value), name=name, levels=_strides(strides),
            )
        )  # fmt: skip
    return list(value)


def _strides(strides: tuple[int, ...]) -> Message:
    return nmsg(
        "{count} level (stride {strides})", "{count} levels (strides {strides})",
        count=len(strides), strides=strides,
    )  # fmt: skip


def _settings(
    levels: tuple[Shapes, ...], offset: float, convention: AnchorConvention
) -> AnchorSettings:
    """Exactly these shapes; beside each list the sizes and ratios of the default wait."""
    return AnchorSettings(
        tuple((_size(level),) if level else () for level in levels),
        ((1,),) * len(levels),
        offset=offset,
        convention=convention,
        shapes=levels,
    )


def _size(shapes: Shapes) -> float:
    """The mean size of a level, for the day that its list is switched off."""
    mean = math.exp(sum(math.log(w * h) / 2 for w, h in shapes) / len(shapes))
    return min(2048.0, max(2.0, float(f"{mean:.3g}")))


def _numbers(value: Any, count: int) -> bool:
    return isinstance(value, list | tuple) and len(value) == count and all(map(is_number, value))


def _pair(value: Any) -> tuple[float, float]:
    if not _numbers(value, 2) or min(value) <= 0:
        raise UserError(
            "base_sizes has {value} where a pair (w, h) in pixels belongs.", value=shown(value)
        )
    return value[0], value[1]


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
