"""The architecture of each model, without weights.

Every builder imports what it needs when it is called: torchvision's models and timm take seconds.
"""

from __future__ import annotations

from collections.abc import Callable

from rpn_core.models.networks.base import RpnNetwork
from rpn_core.models.networks.fixed_rpn import FixedRpn


def _any_anchor(name: str) -> RpnNetwork:
    from rpn_core.models.networks.any_anchor import AnyAnchorNetwork
    from rpn_core.models.networks.trainable import network_plan

    return AnyAnchorNetwork(network_plan(name))


def _torchvision_detector(name: str) -> Callable[[], RpnNetwork]:
    def build() -> RpnNetwork:
        from torchvision.models import detection

        # weights_backbone must be given: its default makes torchvision download ImageNet weights.
        detector = getattr(detection, name)(weights=None, weights_backbone=None)
        return FixedRpn(detector.backbone, detector.rpn.head)

    return build


def _vgg16() -> RpnNetwork:
    from torchvision.models.detection.rpn import RPNHead
    from torchvision.models.vgg import cfgs, make_layers

    # Layers 0..29 end with conv5_3 and its ReLU; layer 30 would be pool5.
    conv5_3 = make_layers(cfgs["D"])[:30]
    return FixedRpn(conv5_3, RPNHead(in_channels=512, num_anchors=9))


_BUILDERS: dict[str, Callable[[], RpnNetwork]] = {
    "vgg16": _vgg16,
} | {
    name: _torchvision_detector(name)
    for name in (
        "fasterrcnn_resnet50_fpn",
        "fasterrcnn_resnet50_fpn_v2",
        "fasterrcnn_mobilenet_v3_large_fpn",
        "fasterrcnn_mobilenet_v3_large_320_fpn",
        "maskrcnn_resnet50_fpn",
    )
}


def build_network(name: str) -> RpnNetwork:
    """Build the network of model `name`, initialised at random; under `torch.device("meta")`
    nothing is allocated."""
    return _BUILDERS[name]() if name in _BUILDERS else _any_anchor(name)
