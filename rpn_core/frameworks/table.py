"""Every framework that anchors can be written for, by name."""

from __future__ import annotations

from collections.abc import Callable

from rpn_core.errors import UserError
from rpn_core.frameworks import detectron2, mmdetection, ours, torchvision, yolo
from rpn_core.frameworks.exported import Exported
from rpn_core.settings import AnchorSettings

_PLAIN: dict[str, Callable[[AnchorSettings, tuple[int, ...]], Exported]] = {
    torchvision.KEY: torchvision.export,
    detectron2.YAML: detectron2.export_yaml,
    detectron2.LAZY: detectron2.export_lazy,
    mmdetection.KEY: mmdetection.export,
}
_SCALED = {yolo.YAML: yolo.export_yaml, yolo.LIST: yolo.export_list}
FRAMEWORKS = (*_PLAIN, *_SCALED, ours.KEY)
DEFAULT_SIDE = 448


def is_scaled(framework: str) -> bool:
    """Whether an export depends on the training size: YOLO's pixels are those of `--img`."""
    return framework in _SCALED


def export_anchors(
    framework: str,
    settings: AnchorSettings,
    strides: tuple[int, ...],
    *,
    side: int | None = None,
    image_size: int | None = None,
) -> Exported:
    """Write anchors in a framework's own units and order.

    Args:
        framework: one of FRAMEWORKS.
        strides: nominal stride of each level, pixels of the network input.
        side: long side of the app's network input. Read by YOLO's forms only.
        image_size: YOLO's training size; anchors are scaled by image_size / side. Without it they
            stay as they are.
    Raises:
        UserError: no framework has this name, or a size is not positive.
        ValueError: settings and strides differ in their number of levels.

    >>> export_anchors("torchvision", AnchorSettings(), (8, 16, 32, 64)).file_name
    'anchors_torchvision.py'
    """
    if len(settings.sizes) != len(strides):
        raise ValueError(f"{len(settings.sizes)} levels of sizes, {len(strides)} strides")
    if framework in _PLAIN:
        return _PLAIN[framework](settings, strides)
    if framework in _SCALED:
        from_side = side or image_size or DEFAULT_SIDE
        to_side = image_size or from_side
        if from_side < 1 or to_side < 1:
            raise UserError(
                "The training size is {side}, but it must be at least 1 px.", side=to_side
            )
        return _SCALED[framework](settings, strides, side=from_side, image_size=to_side)
    if framework == ours.KEY:
        return ours.export(settings)
    raise UserError(
        "{framework!r} is no framework known here: choose one of {frameworks}.",
        framework=framework[:40],
        frameworks=FRAMEWORKS,
    )
