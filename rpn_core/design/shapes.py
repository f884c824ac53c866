"""Anchor settings as a flat table of shapes for compiled loops.

Letters: N images, L levels, S shapes of all levels together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.anchors.lay import cell_anchors_of
from rpn_core.anchors.shapes import shapes_by_level
from rpn_core.design.pyramid import Pyramid
from rpn_core.settings import AnchorSettings


@dataclass(frozen=True, eq=False, slots=True)
class ShapeTable:
    """The shapes of one cell of every level, level by level in the order of the anchors.

    Attributes:
        boxes: (S, 4) float32 xyxy around the cell's point, pixels of the network input, rounded
            where the convention rounds.
        size_ratio: (S, 2) float32, the size (px) and ratio h/w that were asked for.
        level: (S,) int64.
        within: (S,) int64, place among the shapes of its level.
    """

    boxes: NDArray[np.float32]
    size_ratio: NDArray[np.float32]
    level: NDArray[np.int64]
    within: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.level)

    @property
    def wh(self) -> NDArray[np.float32]:
        """(S, 2) width and height, pixels of the network input."""
        return self.boxes[:, 2:] - self.boxes[:, :2]


def shape_table(settings: AnchorSettings) -> ShapeTable:
    """Lay the shapes of every level in one table, with the very corners that `lay_anchors` moves.

    >>> table = shape_table(AnchorSettings(((32,), ()), ((1, 2), (1,)), convention="torchvision"))
    >>> table.boxes.tolist(), table.level.tolist()
    ([[-16.0, -16.0, 16.0, 16.0], [-11.0, -23.0, 11.0, 23.0]], [0, 0])
    """
    parts = [cell_anchors_of(settings, shapes) for shapes in shapes_by_level(settings)]
    counts = [len(boxes) for boxes, _ in parts]
    return ShapeTable(
        np.concatenate([boxes.numpy().reshape(-1, 4) for boxes, _ in parts]),
        np.concatenate([size_ratio.numpy().reshape(-1, 2) for _, size_ratio in parts]),
        np.repeat(np.arange(len(counts)), counts),
        np.concatenate([np.arange(count) for count in counts]),
    )


@dataclass(frozen=True, eq=False, slots=True)
class Grids:
    """The grids of N images.

    Attributes:
        cells_hw: (N, L, 2) int64.
        stride_hw: (N, L, 2) float32, pixels of the network input between neighbouring cells.
        offset: shift of a cell's point from its corner, in strides.
    """

    cells_hw: NDArray[np.int64]
    stride_hw: NDArray[np.float32]
    offset: float


def lay_grids(padded_hw: NDArray[np.int64], pyramid: Pyramid, settings: AnchorSettings) -> Grids:
    """The grids of every image as `lay_anchors` lays them, by the settings' convention.

    >>> grids = lay_grids(np.array([[800, 1088]]), Pyramid((64,)),
    ...                   AnchorSettings(((512,),), ((1,),), convention="torchvision"))
    >>> grids.stride_hw.tolist()
    [[[61.0, 64.0]]]
    """
    cells = pyramid.grids_hw(padded_hw)
    if settings.convention == "torchvision":
        stride = padded_hw[:, None, :] // cells
    else:
        stride = np.broadcast_to(np.asarray(pyramid.strides)[None, :, None], cells.shape)
    return Grids(cells, np.ascontiguousarray(stride, np.float32), settings.offset)
