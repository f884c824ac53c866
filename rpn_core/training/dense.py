"""What a network says of every anchor of a batch, in one call."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rpn_core.anchors.lay import grid_points
from rpn_core.anchors.shapes import shape_wh
from rpn_core.models.networks.any_anchor import AnyAnchorNetwork
from rpn_core.training.random_shapes import Shapes


@dataclass(frozen=True, eq=False, slots=True)
class DenseOutputs:
    """What the network says of every anchor of a batch.

    Attributes:
        anchors: (R, 4) float32 xyxy, pixels of the network input; the same for each image.
        logits: (N, R) float32.
        deltas: (N, R, 4) float32.
        locations: cells of all levels, each of which carries several anchors.
    """

    anchors: Tensor
    logits: Tensor
    deltas: Tensor
    locations: int


class DenseHead(nn.Module):
    """Pixels and anchor shapes in, scores and offsets of all anchors out: one call a step.

    One module, so that PyTorch's engine for several processes sees every parameter used inside.
    """

    def __init__(self, network: AnyAnchorNetwork, offset: float) -> None:
        super().__init__()
        self.network = network
        self.offset = offset

    def forward(
        self, pixels: Tensor, shapes: tuple[Shapes, ...]
    ) -> tuple[Tensor, Tensor, Tensor, int]:
        """The fields of `DenseOutputs`."""
        logits: list[Tensor] = []
        deltas: list[Tensor] = []
        anchors: list[Tensor] = []
        _, maps = self.network(pixels)
        # Without autocast, as when the model is used: half precision would tie close scores.
        with torch.autocast(pixels.device.type, enabled=False):
            for hidden, stride, level in zip(maps, self.network.plan.strides, shapes, strict=True):
                size, ratio = torch.tensor(level).unbind(1)
                wh = shape_wh(size, ratio)
                level_logits, level_deltas = self.network.outputs(
                    hidden.float(), wh.to(pixels.device), stride
                )
                logits.append(level_logits)
                deltas.append(level_deltas)
                grid_hw = (int(hidden.shape[2]), int(hidden.shape[3]))
                points = grid_points(grid_hw, (stride, stride), self.offset)
                cell = torch.cat((-wh / 2, wh / 2), dim=1)
                # (H*W, 1, 4) + (1, A, 4) -> (H*W*A, 4)
                anchors.append((points.repeat(1, 2)[:, None] + cell[None]).reshape(-1, 4))
        locations = sum(hidden.shape[2] * hidden.shape[3] for hidden in maps)
        return (
            torch.cat(anchors).to(pixels.device),
            torch.cat(logits, dim=1),
            torch.cat(deltas, dim=1),
            locations,
        )
