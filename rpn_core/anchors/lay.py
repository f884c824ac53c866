"""Anchors: the boxes that an RPN judges, laid on every cell of every feature map.

Letters: L levels, H x W cells of a level, A shapes of a level, R anchors in all.
Order of the R anchors: level, then row y, then column x, then shape a (torchvision's (H, W, A)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.anchors.shapes import Shape, shapes_by_level
from rpn_core.errors import UserError
from rpn_core.settings import AnchorSettings

# Above what any detector lays at the largest input (torchvision's FPN: 818,400), and what a browser
# still draws. A link of 200 characters could ask for 27 million, some gigabytes in each stage.
MAX_ANCHORS = 1_000_000


@dataclass(frozen=True, slots=True)
class Address:
    """Where an anchor lives: level, row and column of its cell, and number of its shape."""

    level: int
    y: int
    x: int
    shape: int


@dataclass(frozen=True, eq=False, slots=True)
class LevelAnchors:
    """What one level contributes.

    Attributes:
        grid_hw: cells of the feature map.
        stride_hw: pixels of the network input between neighbouring cells.
        cell_anchors: (A, 4) float xyxy around the cell's own point, pixels of the network input.
        size_ratio: (A, 2) float, the size (px, before rounding) and the ratio h/w asked for.
        offset: shift of the cell's point from its corner, in strides.
        start: index of the level's first anchor among all R.
    """

    grid_hw: tuple[int, int]
    stride_hw: tuple[float, float]
    cell_anchors: Tensor
    size_ratio: Tensor
    offset: float
    start: int

    @property
    def shapes(self) -> int:
        return int(self.cell_anchors.shape[0])

    @property
    def count(self) -> int:
        return self.grid_hw[0] * self.grid_hw[1] * self.shapes


@dataclass(frozen=True, eq=False, slots=True)
class Anchors:
    """All anchors of one image.

    Attributes:
        boxes: (R, 4) float xyxy, pixels of the network input; not clipped to the image.
        level: (R,) uint8, the level of each.
        levels: one `LevelAnchors` per level, also those without anchors.
    """

    boxes: Tensor
    level: Tensor
    levels: tuple[LevelAnchors, ...]

    def __len__(self) -> int:
        return int(self.boxes.shape[0])

    def address(self, index: int) -> Address:
        """Where anchor `index` lives. Raises IndexError outside 0 <= index < R."""
        if not 0 <= index < len(self):
            raise IndexError(f"anchor {index} does not exist: there are {len(self)}")
        level = int(self.level[index])
        grid = self.levels[level]
        cell, shape = divmod(index - grid.start, grid.shapes)
        y, x = divmod(cell, grid.grid_hw[1])
        return Address(level, y, x, shape)

    def size_ratio(self, index: int) -> tuple[float, float]:
        """Size (px, before rounding) and ratio h/w that were asked for anchor `index`."""
        address = self.address(index)
        size, ratio = self.levels[address.level].size_ratio[address.shape].tolist()
        return size, ratio

    def sides(self, index: int) -> tuple[float, float]:
        """Width and height of anchor `index` as it lies, pixels of the network input."""
        address = self.address(index)
        x1, y1, x2, y2 = self.levels[address.level].cell_anchors[address.shape].tolist()
        return x2 - x1, y2 - y1

    def index(self, address: Address) -> int:
        """The inverse of `address`. Raises IndexError for a place that does not exist."""
        if not 0 <= address.level < len(self.levels):
            raise IndexError(f"{address} does not exist: there are {len(self.levels)} levels")
        grid = self.levels[address.level]
        height, width = grid.grid_hw
        inside = 0 <= address.y < height and 0 <= address.x < width
        if not (inside and 0 <= address.shape < grid.shapes):
            raise IndexError(
                f"{address} does not exist: its level has {height}x{width} cells "
                f"with {grid.shapes} shapes"
            )
        return grid.start + (address.y * width + address.x) * grid.shapes + address.shape


def cell_anchors(shapes: Sequence[Shape], *, rounded: bool) -> tuple[Tensor, Tensor]:
    """The anchors of one cell, around the origin.

    Args:
        rounded: round corners half-to-even to whole pixels, as torchvision does.
    Returns:
        (A, 4) float xyxy, and (A, 2) float (size, ratio), one row a shape.
    Source: torchvision AnchorGenerator.generate_anchors; detectron2 generate_cell_anchors.

    >>> from rpn_core.anchors.shapes import product_shapes
    >>> cell_anchors(product_shapes((32,), (0.5,), ratio_major=True), rounded=True)[0].tolist()
    [[-23.0, -11.0, 23.0, 11.0]]
    """
    table = torch.tensor(shapes, dtype=torch.float32).reshape(-1, len(Shape._fields))
    half, size_ratio = table[:, :2] / 2, table[:, 2:]
    boxes = torch.cat((-half, half), dim=1)
    return (boxes.round() if rounded else boxes), size_ratio


def cell_anchors_of(settings: AnchorSettings, shapes: Sequence[Shape]) -> tuple[Tensor, Tensor]:
    """`cell_anchors` as the convention of some settings rounds them."""
    return cell_anchors(shapes, rounded=settings.convention == "torchvision")


def grid_points(grid_hw: tuple[int, int], stride_hw: tuple[float, float], offset: float) -> Tensor:
    """The point of each cell, row by row: (H * W, 2) float (x, y), pixels of the network input.

    >>> grid_points((1, 2), (16, 16), 0.5).tolist()
    [[8.0, 8.0], [24.0, 8.0]]
    """
    y = (torch.arange(grid_hw[0], dtype=torch.float32) + offset) * stride_hw[0]
    x = (torch.arange(grid_hw[1], dtype=torch.float32) + offset) * stride_hw[1]
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    return torch.stack((columns.reshape(-1), rows.reshape(-1)), dim=1)


def lay_anchors(
    grids_hw: tuple[tuple[int, int], ...],
    padded_hw: tuple[int, int],
    strides: tuple[int, ...],
    settings: AnchorSettings,
) -> Anchors:
    """Lay every anchor of the settings on every cell.

    Args:
        grids_hw: cells of each level's feature map.
        padded_hw: size of the network input with its padding.
        strides: nominal stride of each level; not used by the torchvision convention, which
            divides the padded size by the grid (so P6 of 800x1088 is (61, 64)).
        settings: must have as many levels as there are grids.
    Returns:
        R anchors; R is 0 when no level has a shape.
    Raises:
        ValueError: the number of levels differs.
        UserError: they would be more than MAX_ANCHORS.
    Source: Ren et al. 2015, sec. 3.1.1; agrees with torchvision's AnchorGenerator (tests/parity).
    """
    if not len(settings.sizes) == len(grids_hw) == len(strides):
        raise ValueError(
            f"settings have {len(settings.sizes)} levels, feature maps {len(grids_hw)}, "
            f"strides {len(strides)}; all three must agree"
        )
    by_level = shapes_by_level(settings)
    count = sum(
        height * width * len(asked)
        for (height, width), asked in zip(grids_hw, by_level, strict=True)
    )
    if count > MAX_ANCHORS:
        raise UserError(
            "These settings lay {anchors:,} anchors on this photo, but at most {most:,} can be "
            "looked at: take fewer sizes, aspect ratios or shapes, or a smaller input.",
            anchors=count,
            most=MAX_ANCHORS,
        )
    like_torchvision = settings.convention == "torchvision"
    levels: list[LevelAnchors] = []
    boxes: list[Tensor] = []
    start = 0
    for grid_hw, stride, asked in zip(grids_hw, strides, by_level, strict=True):
        shapes, size_ratio = cell_anchors_of(settings, asked)
        stride_hw: tuple[float, float] = (stride, stride)
        if like_torchvision:
            stride_hw = (padded_hw[0] // grid_hw[0], padded_hw[1] // grid_hw[1])
        points = grid_points(grid_hw, stride_hw, settings.offset)
        # (H*W, 1, 4) + (1, A, 4) -> (H*W, A, 4) -> (H*W*A, 4)
        level_boxes = (points.repeat(1, 2)[:, None] + shapes[None]).reshape(-1, 4)
        level = LevelAnchors(grid_hw, stride_hw, shapes, size_ratio, settings.offset, start)
        start += level.count
        levels.append(level)
        boxes.append(level_boxes)
    level_index = torch.repeat_interleave(
        torch.arange(len(levels), dtype=torch.uint8), torch.tensor([lv.count for lv in levels])
    )
    return Anchors(torch.cat(boxes), level_index, tuple(levels))
