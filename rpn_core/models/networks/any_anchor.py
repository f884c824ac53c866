"""The project's own networks: a timm backbone, a light pyramid or one map, the conditioned head.

An ordinary head can take its place, to be measured against.
"""

from __future__ import annotations

from typing import Any

import timm
import torch
import torch.nn.functional as F
from timm.models.efficientnet import EfficientNetFeatures
from torch import Tensor, nn

from rpn_core.errors import UserError
from rpn_core.models.networks.base import Maps, RpnNetwork
from rpn_core.models.networks.conditioned_head import ConditionedHead
from rpn_core.models.networks.fixed_anchor_head import FixedAnchorHead
from rpn_core.models.networks.fuse import fuse_batch_norms
from rpn_core.models.networks.plan import DEFAULT_PLAN, NetworkPlan


def _separable(channels: int, stride: int = 1) -> nn.Sequential:
    """A depthwise 3x3 convolution and a pointwise one: 1/8 of the cost of a full 3x3."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, stride, padding=1, groups=channels),
        nn.Conv2d(channels, channels, 1),
    )


def build_backbone(plan: NetworkPlan) -> nn.Module:
    """A timm backbone that ends with the coarsest stride that is needed, weights at random.

    Raises:
        UserError: timm has no such backbone, or none of its maps has a stride that is asked for.
    """
    if not timm.is_model(plan.backbone):
        raise UserError(
            "timm {version} has no model {backbone!r}: give one of timm.list_models().",
            version=timm.__version__,
            backbone=plan.backbone[:60],
        )
    try:
        with torch.device("meta"):  # only to see which maps there are
            whole = timm.create_model(plan.backbone, features_only=True, pretrained=False)
    except (RuntimeError, AttributeError) as error:
        raise UserError(
            "{backbone} cannot give feature maps ({reason}).", backbone=plan.backbone, reason=error
        ) from None
    found = [int(stride) for stride in whole.feature_info.reduction()]
    wanted = _backbone_strides(plan.strides, max(found))
    if not wanted or any(stride not in found for stride in wanted):
        raise UserError(
            "{backbone} has maps at strides {strides}, but {wanted} are asked for: choose another "
            "backbone.",
            backbone=plan.backbone,
            strides=str(found),
            wanted=str(list(plan.strides)),
        )
    places = tuple(whole.feature_info.out_indices[found.index(stride)] for stride in wanted)
    backbone: nn.Module = timm.create_model(
        plan.backbone, features_only=True, pretrained=False, out_indices=places
    )
    if isinstance(backbone, EfficientNetFeatures):
        # timm would keep, and run, the stages after the last map that is asked for.
        last: int = backbone.feature_info.get_dicts()[-1]["stage"]
        backbone.blocks = backbone.blocks[:last]
    return backbone


def _backbone_strides(strides: tuple[int, ...], coarsest: int) -> tuple[int, ...]:
    return strides[:-1] if len(strides) > 1 and strides[-1] == 2 * coarsest else strides


class AnyAnchorNetwork(RpnNetwork):
    """Backbone, a pyramid over its maps (for one stride, that map alone), and the head.

    `fused` folds the backbone's batch norms into its convolutions, as in the shipped weights.

    Source: Lin et al., Feature Pyramid Networks, 2017, with separable 3x3 convolutions.
    """

    # Depthwise convolutions on a CPU are 2 to 3 times as fast when channels lie side by side.
    MEMORY_FORMAT = torch.channels_last

    def __init__(self, plan: NetworkPlan = DEFAULT_PLAN, *, fused: bool = True) -> None:
        super().__init__()
        self.plan = plan
        self.backbone = build_backbone(plan)
        if fused:
            fuse_batch_norms(self.backbone)
        info: Any = self.backbone.feature_info
        widths = info.channels()
        channels = plan.channels
        self.lateral = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in widths)
        self.smooth = nn.ModuleList(_separable(channels) for _ in widths)
        self.coarsest: nn.Module | None = None
        if len(widths) < len(plan.strides):
            self.coarsest = nn.Sequential(nn.ReLU(), _separable(channels, stride=2))
        self.head: ConditionedHead | FixedAnchorHead = ConditionedHead(channels)
        if plan.fixed_shapes:
            self.head = FixedAnchorHead(channels, plan.fixed_shapes)

    def trunk(self, pixels: Tensor) -> Maps:
        """See `RpnNetwork`; H and W must be multiples of 32."""
        pixels = pixels.contiguous(memory_format=self.MEMORY_FORMAT)
        laterals = [conv(c) for conv, c in zip(self.lateral, self.backbone(pixels), strict=True)]
        merged = [laterals[-1]]
        for lateral in reversed(laterals[:-1]):
            merged.insert(0, lateral + F.interpolate(merged[0], size=lateral.shape[-2:]))
        pyramid = [conv(m) for conv, m in zip(self.smooth, merged, strict=True)]
        if self.coarsest is not None:
            pyramid.append(self.coarsest(pyramid[-1]))
        return tuple(pyramid)

    def rpn_maps(self, pyramid: Maps) -> Maps:
        """See `RpnNetwork`."""
        return tuple(self.head.hidden(level) for level in pyramid)

    def outputs(self, rpn_map: Tensor, wh: Tensor, stride: int) -> tuple[Tensor, Tensor]:
        """See `RpnNetwork`; any shapes, unless the head is an ordinary one."""
        return self.head.outputs(rpn_map, wh, stride)
