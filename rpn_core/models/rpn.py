"""A loaded model, ready to look at photos: the one thing pages and the command line hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, replace
from enum import Enum
from itertools import chain

import torch
from torch import Tensor, nn

from rpn_core.anchors.lay import Anchors, lay_anchors
from rpn_core.errors import UserError
from rpn_core.messages import Message, msg, nmsg
from rpn_core.models.catalogue.card import ModelCard
from rpn_core.models.networks.base import RpnNetwork
from rpn_core.models.runtime.device_lost import (
    DeviceLost,
    FeaturesLost,
    ScoresOutOfMemory,
    is_out_of_memory,
    lost_device_is_told,
    mark_lost,
)
from rpn_core.settings import AnchorSettings
from rpn_core.stages.head_outputs import FeatureMaps, HeadOutputs
from rpn_core.stages.network_input import NetworkInput


class WeightsState(Enum):
    """What the weights of a loaded model are."""

    BUNDLED = "bundled"
    DOWNLOADED = "downloaded"
    OWN_CHECKPOINT = "own_checkpoint"
    UNTRAINED = "untrained"

    @property
    def trained(self) -> bool:
        return self is not WeightsState.UNTRAINED

    @property
    def sentence(self) -> Message:
        return _STATES[self]


_STATES = {
    WeightsState.BUNDLED: msg("Trained: the weights that come with this project."),
    WeightsState.DOWNLOADED: msg("Trained: torchvision's weights."),
    WeightsState.OWN_CHECKPOINT: msg("Weights from your own checkpoint."),
    WeightsState.UNTRAINED: msg("Untrained: the head's scores and offsets mean nothing."),
}


@dataclass(frozen=True, eq=False, slots=True)
class Rpn:
    """One model with its weights, on one device; never changed after it is made.

    Attributes:
        card: what is known about the model.
        state: what its weights are.
        device: where it runs.
        dtype: precision of the forward pass; the head after it is always float32.
        network: the module, in evaluation mode.
        notes: one sentence for each thing to know about the loading ("91 tensors ignored").
    """

    card: ModelCard
    state: WeightsState
    device: torch.device
    dtype: torch.dtype
    network: RpnNetwork
    notes: tuple[Message, ...] = ()

    def feature_maps(self, network_input: NetworkInput) -> FeatureMaps:
        """Run the trunk and the RPN's 3x3 convolution: once a photo, whatever the anchors.

        Not thread-safe in memory use: take a turn in `forward_queue`, or call
        `fallback.run_with_fallback`, which does.

        Returns:
            maps on the model's device. The 1x1 outputs are computed in float32: in half precision
            thousands of anchors would share one score, and ties decide NMS.
        """
        pixels = network_input.pixels.to(self.device)
        precision: AbstractContextManager[None] = nullcontext()
        if self.dtype != torch.float32:
            precision = torch.autocast(self.device.type, dtype=self.dtype)
        with torch.inference_mode(), precision:
            pyramid, rpn_maps = self.network(pixels)
        return FeatureMaps(
            pyramid, tuple(level.float() for level in rpn_maps), network_input.padded_hw
        )

    def lay_anchors(self, features: FeatureMaps, settings: AnchorSettings) -> Anchors:
        """Lay the anchors of `settings` on the model's grids.

        Raises:
            UserError: the settings are for another number of levels.
        """
        strides = self.card.strides
        if len(settings.sizes) != len(strides):
            raise UserError(
                nmsg(
                    "The anchors are for {count} level, but {model} has {own} (stride {strides} "
                    "px): reset the anchors to this model's own.",
                    "The anchors are for {count} levels, but {model} has {own} (stride {strides} "
                    "px): reset the anchors to this model's own.",
                    count=len(settings.sizes),
                    model=self.card.name,
                    own=len(strides),
                    strides=strides,
                )
            )
        return lay_anchors(features.grids_hw, features.padded_hw, strides, settings)

    def trained_anchors(self, features: FeatureMaps) -> Anchors:
        """The anchors that the model was trained for, on the same grids."""
        return self.lay_anchors(features, self.card.own_settings.anchors)

    def head_outputs(self, features: FeatureMaps, anchors: Anchors) -> HeadOutputs:
        """Score `anchors`, in their order.

        Args:
            features: from `feature_maps` of this model.
            anchors: any, if the head is anchor-conditioned (`card.any_anchor`); otherwise those
                of `trained_anchors`. `scoring.score_anchors` takes care of the others.
        Raises:
            ValueError: a head with fixed anchors is asked for another number of them.
            UserError: the network's numbers are not finite.
            FeaturesLost: the device stopped working, or is an accelerator without the memory
                for this; run the network again, as `fallback.again_if_lost` does.
        """
        logits: list[Tensor] = []
        deltas: list[Tensor] = []
        try:
            with torch.inference_mode(), lost_device_is_told(self.device):
                for level_logits, level_deltas in self._levels(features, anchors):
                    logits.append(level_logits[0].float().cpu())
                    deltas.append(level_deltas[0].float().cpu())
        except DeviceLost as error:
            mark_lost(self.device)
            raise FeaturesLost(
                "{device} stopped working, and the features of this photo were on it: choose the "
                "CPU as the device.",
                device=self.device.type.upper(),
            ) from error
        except RuntimeError as error:
            if self.device.type == "cpu" or not is_out_of_memory(error):
                raise
            raise ScoresOutOfMemory(
                "{device} ran out of memory while the anchors were scored: choose a smaller input, "
                "fewer anchors, or the CPU as the device.",
                device=self.device.type.upper(),
            ) from error
        outputs = HeadOutputs(
            torch.cat(logits) if logits else torch.zeros(0),
            torch.cat(deltas) if deltas else torch.zeros(0, 4),
        )
        if not (outputs.objectness_logits.isfinite().all() and outputs.deltas.isfinite().all()):
            raise UserError(
                "{model} gives scores that are not numbers for this photo: its weights are "
                "damaged, or do not bear half precision; load others, or choose the CPU.",
                model=self.card.name,
            )
        return outputs

    def _levels(self, features: FeatureMaps, anchors: Anchors) -> Iterator[tuple[Tensor, Tensor]]:
        for rpn_map, level, stride in zip(
            features.rpn, anchors.levels, self.card.strides, strict=True
        ):
            if level.shapes:
                wh = (level.cell_anchors[:, 2:] - level.cell_anchors[:, :2]).to(rpn_map.device)
                yield self.network.outputs(rpn_map, wh, stride)

    def moved(self, device: torch.device, dtype: torch.dtype) -> Rpn:
        """The same model on another device or in another precision; this one stays as it is."""
        tensors = chain(self.network.parameters(), self.network.buffers())
        # A plain deepcopy would first double the memory on the device that we want to leave.
        copies: dict[int, object] = {id(t): _on(t, device) for t in tensors}
        return replace(self, device=device, dtype=dtype, network=deepcopy(self.network, copies))


def _on(tensor: Tensor, device: torch.device) -> Tensor:
    moved = tensor.detach().to(device)
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(moved, requires_grad=False)
    return moved
