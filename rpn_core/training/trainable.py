"""What can be trained by name: the project's own models, or any backbone of timm."""

from __future__ import annotations

from dataclasses import dataclass

from rpn_core.models.any_anchor_network import NetworkPlan
from rpn_core.models.table import CARDS, DEFAULT_MODEL
from rpn_core.network_input import Preprocess
from rpn_core.settings import AnchorSettings, InputSettings

_RATIOS = (0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Trainable:
    """A network and how it wants its input.

    Attributes:
        name: of the files that a run writes.
        plan: what is built.
        anchors: canonical; the head learns others too.
        preprocess: of its photos.
        input: size at which it is validated.
    """

    name: str
    plan: NetworkPlan
    anchors: AnchorSettings
    preprocess: Preprocess
    input: InputSettings


def find_trainable(name: str) -> Trainable:
    """`lite0-fpn`, `lite0-c4`, or a timm backbone with a pyramid on strides 8 to 64.

    `lite0-c4` has one map at stride 16, as the paper has, with the paper's ratios and sizes of 32
    to 362 px in half octaves: the anchors of `lite0-fpn`, all on one level.
    """
    own = CARDS[DEFAULT_MODEL]
    settings = own.own_settings
    if name == "lite0-c4":
        sizes = tuple(sorted(size for level in settings.anchors.sizes for size in level))
        anchors = AnchorSettings((sizes,), (_RATIOS,))
        plan = NetworkPlan(strides=(16,))
        return Trainable(name, plan, anchors, own.preprocess, settings.input)
    plan = NetworkPlan() if name == DEFAULT_MODEL else NetworkPlan(backbone=name)
    return Trainable(name, plan, settings.anchors, own.preprocess, settings.input)
