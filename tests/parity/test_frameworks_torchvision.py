"""An exported torchvision snippet, executed: the app's anchors to the last bit."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torchvision.models.detection.image_list import ImageList

from rpn_core.anchors.lay import lay_anchors
from rpn_core.frameworks.table import export_anchors
from rpn_core.settings import AnchorSettings

GRIDS = ((56, 76), (28, 38), (14, 19), (7, 10))
STRIDES = (8, 16, 32, 64)
PADDED = (448, 608)

SETTINGS = [
    pytest.param(AnchorSettings().sizes, ((0.5, 1, 2),) * 4, 1.0, id="the app's own"),
    pytest.param(((32,), (64,), (128,), (256,)), ((0.5, 1, 2),) * 4, 1.0, id="one size a level"),
    pytest.param(
        ((31.7, 45), (64.25,), (), (2, 2048)), ((0.05, 20), (1,), (1, 2), (0.333, 0.8)), 1.0,
        id="fractions, and a level without sizes",
    ),
    pytest.param(((32, 51), (64,), (99.9,), (256,)), ((0.7,),) * 4, 1.37, id="with a size factor"),
]  # fmt: skip


@pytest.mark.parametrize(("sizes", "ratios", "factor"), SETTINGS)
def test_the_executed_snippet_lays_the_same_anchors(sizes: Any, ratios: Any, factor: float) -> None:
    settings = AnchorSettings(sizes, ratios, factor, offset=0, convention="torchvision")
    scope: dict[str, Any] = {}
    exec(export_anchors("torchvision", settings, STRIDES).text, scope)
    images = ImageList(torch.empty(1, 3, *PADDED), [PADDED])
    (theirs,) = scope["anchor_generator"](images, [torch.empty(1, 8, *grid) for grid in GRIDS])
    assert len(theirs) > 1000
    assert torch.equal(theirs, lay_anchors(GRIDS, PADDED, STRIDES, settings).boxes)


def test_other_settings_differ_as_the_warning_says() -> None:
    settings = AnchorSettings()  # offset 0.5, detectron2
    made = export_anchors("torchvision", settings, STRIDES)
    scope: dict[str, Any] = {}
    exec(made.text, scope)
    images = ImageList(torch.empty(1, 3, *PADDED), [PADDED])
    (theirs,) = scope["anchor_generator"](images, [torch.empty(1, 8, *grid) for grid in GRIDS])
    assert not torch.equal(theirs, lay_anchors(GRIDS, PADDED, STRIDES, settings).boxes)
    assert len(made.warnings) == 2
