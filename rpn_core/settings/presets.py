"""Ready-made settings: the model's own, torchvision's for pyramids, and the paper's.

A preset is not one fixed set of numbers: anchors are laid on levels, so it depends on the model's
strides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from rpn_core.errors import UserError
from rpn_core.messages import Message, msg
from rpn_core.settings.proposals import (
    AnchorSettings,
    InputSettings,
    NmsSettings,
    SelectionSettings,
)
from rpn_core.settings.whole import Settings

RATIOS = (0.5, 1, 2)
PAPER_SIZES = (128, 256, 512)
PAPER_STRIDE = 16


@dataclass(frozen=True, slots=True)
class Preset:
    """One of the ready-made settings.

    Attributes:
        name: in links.
        label: for people.
        description: one sentence on what it is and where its numbers are from.
    """

    name: str
    label: Message
    description: Message


MODELS_OWN = Preset(
    "model's own",
    msg("model's own"),
    msg("What this model was trained with, as recorded beside its weights."),
)
TORCHVISION_FPN = Preset(
    "torchvision FPN",
    msg("torchvision FPN"),
    msg(
        "One size per level, 8 times its stride, with ratios 1:2, 1:1 and 2:1, as in torchvision's "
        "fasterrcnn_resnet50_fpn at test time (Lin et al. 2017, sec. 4.1)."
    ),
)
PAPER_2015 = Preset(
    "paper 2015",
    msg("paper 2015"),
    msg(
        "Sizes 128, 256 and 512 with ratios 1:2, 1:1 and 2:1 on the level of stride 16, short side "
        "600 (Ren et al. 2015, sec. 3.3), the best 6,000 boxes before NMS and 300 after it as in "
        "the authors' py-faster-rcnn."
    ),
)
PRESETS = (MODELS_OWN, TORCHVISION_FPN, PAPER_2015)


def preset(name: str, strides: tuple[int, ...], own: Settings) -> Settings:
    """Make a preset's settings for one model.

    Args:
        name: of one of PRESETS.
        strides: nominal stride of each of the model's levels, pixels of the network input.
        own: the settings that the model was trained with. What is no part of a preset (`head`,
            and what training reads) is taken from here.
    Returns:
        settings with one list of sizes and ratios per stride.
    Raises:
        UserError: no preset has this name.

    >>> preset("torchvision FPN", (8, 16), Settings()).anchors.sizes
    ((64,), (128,))
    >>> preset("paper 2015", (8, 16), Settings()).anchors.sizes
    ((), (128, 256, 512))
    """
    if name == MODELS_OWN.name:
        return own
    if name == TORCHVISION_FPN.name:
        return _torchvision_fpn(strides, own)
    if name == PAPER_2015.name:
        return _paper_2015(strides, own)
    raise UserError(
        "{name!r} is not a preset: choose one of {presets}.",
        name=name[:40],
        presets=tuple(known.name for known in PRESETS),
    )


def with_preset(settings: Settings, base: Settings) -> Settings:
    """The preset's settings, with those that no preset speaks of as they were."""
    return replace(base, match=settings.match, sample=settings.sample, loss=settings.loss)


def carry_over(settings: Settings, old_base: Settings, new_base: Settings) -> Settings:
    """Settings for another model: its preset, with what was changed by hand after the network.

    Anchor sizes and input size mean something else to another model, so they start again.

    Args:
        settings: of the model before.
        old_base, new_base: the preset's settings for that model, and for the other one.
    """
    selection = settings.selection if settings.selection != old_base.selection else None
    nms = settings.nms if settings.nms != old_base.nms else None
    carried = replace(new_base, selection=selection or new_base.selection, nms=nms or new_base.nms)
    return with_preset(settings, carried)


def _torchvision_fpn(strides: tuple[int, ...], own: Settings) -> Settings:
    return replace(
        own,
        input=InputSettings(min_side=800, max_side=1333),
        anchors=_anchors_without_offset(tuple((8 * stride,) for stride in strides)),
        selection=SelectionSettings(pre_nms_top_n=1000, min_size=1e-3, score_thresh=0.0),
        nms=NmsSettings(nms_thresh=0.7, post_nms_top_n=1000),
    )


def _paper_2015(strides: tuple[int, ...], own: Settings) -> Settings:
    # The first of them: two levels of one stride would lay every anchor twice.
    nearest = min(range(len(strides)), key=lambda i: abs(math.log2(strides[i] / PAPER_STRIDE)))
    return replace(
        own,
        input=InputSettings(min_side=600, max_side=1000),
        anchors=_anchors_without_offset(
            tuple(PAPER_SIZES if level == nearest else () for level in range(len(strides)))
        ),
        selection=SelectionSettings(pre_nms_top_n=6000, min_size=1e-3, score_thresh=0.0),
        nms=NmsSettings(nms_thresh=0.7, post_nms_top_n=300),
    )


def _anchors_without_offset(sizes: tuple[tuple[float, ...], ...]) -> AnchorSettings:
    return AnchorSettings(
        sizes=sizes,
        aspect_ratios=(RATIOS,) * len(sizes),
        size_factor=1.0,
        offset=0.0,
        convention="torchvision",
    )
